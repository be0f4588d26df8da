import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import { setUp, type Setup } from '../profiles/setup.ts';

const profiles = openProfiles(rootPath('device-profiles'));

/** A device of one of our profiles, set up as a site would. */
export async function setupOf(profile: string, settings: Readonly<Record<string, unknown>> = {}): Promise<Setup> {
  const checked = setUp(await profiles.load(profile), settings);
  if (!checked.ok) throw new Error(checked.problems[0]?.what.en);
  return checked.setup;
}
