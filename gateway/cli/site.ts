import { existsSync } from 'node:fs';
import { chown, copyFile, open, readFile, realpath, rename, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { newSite, type Site } from '../commission/new-device.ts';
import { gatewayError, reasonOf } from '../model/errors.ts';
import { withOwnProfiles } from '../profiles/load.ts';
import type { Context } from './context.ts';
import { ownFolder } from './glance.ts';
import { bundledProfiles, configPath } from './load-settings.ts';
import { profilesHere } from './some-profiles.ts';
import { systemTimeZone } from './times.ts';

/** The configuration here; `undefined` when there is none. @throws GatewayError FILE_UNREADABLE */
export async function siteHere(context: Pick<Context, 'config'>): Promise<Site | undefined> {
  const file = configPath(context);
  if (file === undefined || !existsSync(file)) return undefined;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path: file, reason: reasonOf(error) }, error);
  });
  return { file, base: dirname(file), text, bundled: bundledProfiles(), profiles: await profilesHere(context) };
}

/** A configuration that does not exist yet. */
export function siteToMake({ config }: Pick<Context, 'config'>, gateway: string): Site {
  const file = resolve(config ?? 'lamppost.yaml');
  const base = dirname(file);
  const own = resolve(base, ownFolder);
  const hasOwn = existsSync(own);
  const bundled = bundledProfiles();
  return {
    file,
    base,
    text: newSite(gateway, systemTimeZone(), hasOwn ? ownFolder : undefined),
    bundled,
    profiles: hasOwn ? withOwnProfiles(bundled, own) : bundled,
  };
}

/** Where the configuration as it was before is kept. */
export const backupOf = (file: string): string => `${file}.bak`;

/**
 * Puts a new configuration in the place of the old one, in one step: whatever happens, one of the two is there whole.
 *
 * @throws GatewayError FILE_UNWRITABLE, DEVICE_REFUSED when somebody else has changed it meanwhile
 */
export async function writeSite({ file: path, text: before }: Site, after: string, device: string): Promise<void> {
  const now = await readFile(path, 'utf8').catch(() => undefined);
  if (now !== undefined && now !== before) throw gatewayError('DEVICE_REFUSED', { device, ...changedMeanwhile });
  // Where the path is a link, what it leads to is written: the link stays.
  const file = await realpath(path).catch(() => path);
  const draft = `${file}.new`;
  try {
    const old = now === undefined ? undefined : await stat(file);
    const handle = await open(draft, 'w', old?.mode ?? 0o644);
    try {
      if (old) await handle.chmod(old.mode & 0o7777); // whatever the umask: who could read it still can
      await handle.writeFile(after);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (old && process.getuid?.() === 0) await chown(draft, old.uid, old.gid);
    if (old) await copyFile(file, backupOf(path));
    await rename(draft, file);
  } catch (error) {
    throw gatewayError('FILE_UNWRITABLE', { path, reason: reasonOf(error) }, error);
  }
}

const changedMeanwhile = {
  what: { en: 'somebody else has just changed the configuration', zh: '配置文件刚被他人修改' },
  hint: { en: 'Nothing was written; try again.', zh: '未写入任何内容，请重试。' },
};
