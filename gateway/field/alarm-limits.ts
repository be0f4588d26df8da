import type { Rule } from '../model/alarm-rule.ts';
import type { AlarmLimit } from '../model/sampling.ts';

type Limits = Readonly<Record<string, readonly AlarmLimit[]>>;

/** Devices with the limits of their alarms by channel, where they have any: a burst and a dead band look at them. */
export function withAlarmLimits<T extends { readonly id: string }>(
  devices: readonly T[],
  alarms: readonly Rule[] = [],
): readonly (T & { readonly alarmLimits?: Limits })[] {
  return devices.map((device) => {
    const own = alarms.flatMap(({ device: id, channel, condition }) =>
      id === device.id && condition.kind !== 'equals' ? [{ channel, limit: condition }] : [],
    );
    if (own.length === 0) return device;
    const byChannel = Map.groupBy(own, ({ channel }) => channel);
    const limits = [...byChannel].map(([channel, of]) => [channel, of.map(({ limit }) => limit)] as const);
    return { ...device, alarmLimits: Object.fromEntries(limits) };
  });
}
