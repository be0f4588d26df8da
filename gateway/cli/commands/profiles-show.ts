import type { Profile } from '../../profiles/profile.ts';
import { ok, type Call, type Context } from '../context.ts';
import { profileLines } from '../profile-lines.ts';
import { loadProfile, profilesHere } from '../some-profiles.ts';

/** What a technician has to know of one kind of device. */
export async function profilesShow(context: Context, { args }: Call): Promise<number> {
  const { language, isJson, out } = context;
  const profile = await loadProfile(await profilesHere(context), args[0] ?? '');
  if (isJson) out(JSON.stringify(jsonOf(profile)));
  else for (const line of profileLines(profile, { language, columns: process.stdout.columns })) out(line);
  return ok;
}

/** What can be told in JSON: formulas as they were written, nothing of the grammar of frames. */
function jsonOf({ decode: _decode, derive: _derive, examples: _examples, ...profile }: Profile): object {
  const channels = Object.entries(profile.channels).map(
    ([key, { value, ...channel }]) => [key, { ...channel, value: value.text }] as const,
  );
  return { ...profile, channels: Object.fromEntries(channels) };
}
