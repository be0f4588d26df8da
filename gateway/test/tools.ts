import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

function isThere(tool: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter).concat('/usr/sbin');
  return directories.some((directory) => {
    try {
      accessSync(join(directory, tool), constants.X_OK);
      return true;
    } catch {
      return false; // not in this directory
    }
  });
}

/**
 * A suite that needs programs from outside npm. Where one is missing the suite is skipped and says which; under
 * `CI=true` it fails instead, because there `npm test` installs them.
 */
export function describeWith(tools: readonly string[], name: string, suite: () => void): void {
  const missing = process.env['CI'] ? [] : tools.filter((tool) => !isThere(tool));
  const title = missing.length === 0 ? name : `${name} (skipped: ${missing.join(', ')} not installed)`;
  describe.skipIf(missing.length > 0)(title, suite);
}
