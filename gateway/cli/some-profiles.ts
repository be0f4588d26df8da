import { existsSync } from 'node:fs';
import type { Context } from './context.ts';
import { glanceAt } from './glance.ts';
import { bundledProfiles } from './load-settings.ts';
import { GatewayError } from '../model/errors.ts';
import { loadProfileFile, withOwnProfiles, type Profiles } from '../profiles/load.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Profile } from '../profiles/profile.ts';

/** The profiles that come with Lamppost, and those of the folder that the configuration here names. */
export async function profilesHere(context: Pick<Context, 'config'>): Promise<Profiles> {
  const { profiles } = await glanceAt(context);
  // A folder that is not there is told by `config check`; here it is one without profiles as yet.
  const isThere = profiles !== undefined && existsSync(profiles);
  return isThere ? withOwnProfiles(bundledProfiles(), profiles) : bundledProfiles();
}

/** A profile by its id, or from a file that somebody is writing. */
export function loadProfile(profiles: Profiles, name: string): Promise<Profile> {
  return isFile(name) ? loadProfileFile(name) : profiles.load(name);
}

export const isFile = (name: string): boolean => /\.ya?ml$/.test(name);

/**
 * Profiles of devices on a line: the one that is named, else all.
 *
 * @param line - instead of each one's own.
 */
export async function profilesFor(
  profiles: Profiles,
  { only, line }: { readonly only?: string | undefined; readonly line?: LineSettings | undefined } = {},
): Promise<readonly Profile[]> {
  const names = only === undefined ? await profiles.list() : [only];
  const loaded = await Promise.all(names.map((name) => loadProfile(profiles, name).catch(ignoreBroken(only))));
  return loaded.flatMap((profile) => {
    if (!profile || !('line' in profile.connect)) return [];
    return line ? { ...profile, connect: { ...profile.connect, line } } : profile;
  });
}

/** One bad profile among many is told by `lamppost profiles list`. */
function ignoreBroken(only: string | undefined): (error: unknown) => undefined {
  return (error) => {
    if (only !== undefined || !(error instanceof GatewayError)) throw error;
  };
}
