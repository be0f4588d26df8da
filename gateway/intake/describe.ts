import type { ChannelDescription, DeviceDescription } from '../model/device.ts';
import type { Text } from '../model/alarm.ts';
import type { Place } from '../model/device.ts';
import { quantityOf } from '../model/quantity.ts';
import type { DeadBand } from '../model/sampling.ts';
import type { ChannelChecks } from '../profiles/checks.ts';
import type { Setup } from '../profiles/setup.ts';

/** What is known of a device from its configuration. */
export interface DeviceFacts {
  readonly id: string;
  readonly name?: Text;
  readonly setup: Setup;
  readonly everyMs?: number;
  readonly deadBand?: DeadBand;
  readonly checks?: Readonly<Record<string, ChannelChecks>>;
  readonly place?: Place;
  readonly labels: Readonly<Record<string, string>>;
}

/** What subscribers are told of a device. `rev` is a digest of everything else in it. */
export function describeDevice(
  facts: DeviceFacts,
  site: { readonly place?: Place; readonly labels: Readonly<Record<string, string>> },
  digest: (text: string) => string,
): DeviceDescription {
  const { id, name, setup, everyMs, deadBand, checks = {}, labels } = facts;
  const { profile, datums } = setup;
  const place = facts.place ?? site.place;
  const channels = Object.fromEntries(
    Object.entries(profile.channels).map(([channel, row]): [string, ChannelDescription] => {
      const { min, max, unit } = quantityOf(row.quantity);
      const limits = row.limits ?? (min === undefined || max === undefined ? undefined : ([min, max] as const));
      const datum = datums[channel];
      const longestMs = deadBand?.bands[channel] === undefined ? everyMs : deadBand.mostMs;
      const calibration = setup.calibrations?.get(channel);
      const isCrossChecked = profile.crossChecks?.some(({ doubts }) => doubts.includes(channel)) ?? false;
      const tests = [...Object.keys(checks[channel] ?? {}), ...(isCrossChecked ? ['cross_check'] : [])];
      return [
        channel,
        {
          quantity: row.quantity,
          unit,
          name: row.name,
          ...(datum === undefined ? {} : { datum }),
          resolution: row.resolution,
          ...(limits ? { limits } : {}),
          ...(longestMs === undefined ? {} : { every: longestMs }),
          ...(tests.length > 0 ? { tests } : {}),
          ...(calibration ? { calibration: { id: calibration.id, validUntil: calibration.validUntil } } : {}),
        },
      ];
    }),
  );
  const commands = Object.fromEntries(
    Object.entries(profile.commands).map(([command, { kind }]) => [command, { kind }]),
  );
  const description = {
    v: 1,
    device: id,
    rev: '',
    name: name ?? profile.name,
    profile: profile.id,
    ...(place ? { place } : {}),
    ...(Object.keys({ ...site.labels, ...labels }).length > 0 ? { labels: { ...site.labels, ...labels } } : {}),
    ...(everyMs === undefined ? {} : { every: everyMs }),
    channels,
    ...(Object.keys(commands).length > 0 ? { commands } : {}),
  } as const satisfies DeviceDescription;
  return { ...description, rev: digest(JSON.stringify(description)) };
}
