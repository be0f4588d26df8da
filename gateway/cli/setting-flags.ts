import { readAmount } from '../platform/amount.ts';
import { whatAndHint } from '../platform/problem.ts';
import type { Profile } from '../profiles/profile.ts';
import { setUp } from '../profiles/setup.ts';
import { partialSetup, type PartialSetup } from '../commission/partial-setup.ts';
import { listOf, usage, type Call } from './context.ts';

/** What `--setting sensorHeight=3200mm` says, as it would stand in lamppost.yaml. @throws GatewayError USAGE */
export function settingsIn(call: Call): Readonly<Record<string, string>> {
  const pairs = listOf(call, 'setting').map((written): readonly [string, string] => {
    const [, name, value] = /^([^=\s]+)\s*=\s*(.+)$/.exec(written) ?? [];
    if (name !== undefined && value !== undefined) return [name, value];
    throw usage(call, {
      en: `\`--setting ${written}\` has no value; write for example \`--setting sensorHeight=3200mm\``,
      zh: `\`--setting ${written}\` 没有值，例如写作 \`--setting sensorHeight=3200mm\``,
    });
  });
  return Object.fromEntries(pairs);
}

/** A profile with the settings of the command line; the others may be missing. @throws GatewayError USAGE */
export function partialSetupFrom(call: Call, profile: Profile): PartialSetup {
  const written = settingsIn(call);
  const checked = setUp(profile, written);
  // A setting that is not there is no mistake here: its pointer leads to the group.
  const wrong = checked.ok ? undefined : checked.problems.find(({ pointer }) => pointer !== '');
  if (wrong) throw usage(call, whatAndHint(wrong));
  const numbers = Object.entries(profile.settings).flatMap(([name, { unit }]) => {
    const read = readAmount(written[name], unit);
    return written[name] !== undefined && read.ok ? [[name, read.value] as const] : [];
  });
  return partialSetup(profile, Object.fromEntries(numbers));
}
