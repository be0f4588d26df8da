import { existsSync } from 'node:fs';
import { chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file; root leaves it, and a folder that is new, to whom the gateway runs as, who has to read it.
 *
 * @param likes - files whose owner that is; the first one that is there tells.
 */
export async function asOwner(path: string, likes: readonly string[], write: () => Promise<void>): Promise<void> {
  const owner = process.getuid?.() === 0 ? await ownerOf(likes) : undefined;
  const isNewFolder = !existsSync(dirname(path));
  await write();
  if (!owner) return;
  await chown(path, owner.uid, owner.gid);
  if (isNewFolder) await chown(dirname(path), owner.uid, owner.gid);
}

async function ownerOf(paths: readonly string[]): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined); // the next one may be there
    if (found) return found;
  }
  return undefined;
}
