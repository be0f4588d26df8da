import { didYouMean, pointerTo } from '../platform/problem.ts';
import { buildChecks } from '../profiles/build-checks.ts';
import { checkNames, type ChannelChecks } from '../profiles/checks.ts';
import type { Profile } from '../profiles/profile.ts';
import { problemFrom, within } from '../profiles/report.ts';
import type { WrittenChecks } from '../profiles/written.ts';
import type { Report } from './report.ts';

/** What is tested of a device: test by test what the site says, else what the profile says. */
export function deviceChecks(
  written: Readonly<Record<string, WrittenChecks>> = {},
  { id, channels }: Pick<Profile, 'id' | 'channels'>,
  report: Report,
): Readonly<Record<string, ChannelChecks>> {
  const own: Record<string, ChannelChecks> = {};
  for (const [name, checks] of Object.entries(written)) {
    const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
    if (channel) {
      const tell = within((finding) => report(problemFrom(finding)), 'checks', name);
      own[name] = buildChecks(checks, channel.quantity, tell);
    } else {
      report(unknownChannel(id, name, Object.keys(channels)));
    }
  }
  const merged = Object.entries(channels).map(([name, { checks = {} }]) => {
    const said = Object.keys(written[name] ?? {});
    const kept = checkNames.flatMap((check) => (said.includes(check) ? [] : [[check, checks[check]] as const]));
    const all = Object.entries({ ...Object.fromEntries(kept), ...own[name] });
    return [name, Object.fromEntries(all.filter(([, check]) => check !== undefined))] as const;
  });
  return Object.fromEntries(merged.filter(([, checks]) => Object.keys(checks).length > 0));
}

function unknownChannel(profile: string, name: string, known: readonly string[]): Parameters<Report>[0] {
  const list = known.join(', ');
  return {
    pointer: pointerTo('checks', name),
    part: 'key',
    what: { en: `${profile} has no channel \`${name}\``, zh: `${profile} 没有通道 \`${name}\`` },
    hint: didYouMean(name, known) ?? { en: `it has ${list}`, zh: `可用通道：${list}` },
  };
}
