import type { LinkView } from '../forward/forwarder.ts';
import type { AlarmTransition } from '../model/alarm.ts';
import type { DeviceDescription, DeviceStatus } from '../model/device.ts';
import type { Reading } from '../model/reading.ts';
import type { Told } from './client.ts';

/** An upstream as the gateway tells of it. */
export interface LinkReport extends LinkView {
  readonly waiting: LinkView['waiting'] & {
    /** Unix milliseconds of the oldest entry that waits. */
    readonly oldest?: number;
  };
}

/** The answer to `ask/backlog`. */
export interface BacklogReport {
  readonly upstreams: readonly LinkReport[];
  readonly journal: {
    readonly epoch: number;
    readonly head: number;
    readonly bytes: number;
    /** Why the journal cannot be written, while that is so. */
    readonly failing?: string;
  };
}

export interface DeviceReport {
  readonly description: DeviceDescription;
  readonly status?: DeviceStatus;
  readonly latest: Readonly<Record<string, Reading>>;
}

/** One moment of a running gateway, from what it has published. */
export interface StatusView {
  readonly gateway: string;
  readonly url: string;
  /** Unix milliseconds. */
  readonly now: number;
  readonly since: number;
  readonly devices: readonly DeviceReport[];
  readonly alarms: readonly AlarmTransition[];
  /** Absent when this user may not ask for it. */
  readonly backlog?: BacklogReport;
}

/** The retained topics that tell how a gateway is. */
export const statusFilters = ['device/+', 'status/+', 'latest/+', 'alarm/+/+'] as const;

/** Puts together what the retained topics tell: devices by name, alarms with the worst and then the newest first. */
export function readStatus(told: readonly Told[]): Pick<StatusView, 'devices' | 'alarms'> {
  const descriptions = new Map<string, DeviceDescription>();
  const statuses = new Map<string, DeviceStatus>();
  const latest = new Map<string, DeviceReport['latest']>();
  const alarms: AlarmTransition[] = [];
  for (const { topic, content } of told) {
    if (topic.kind === 'device') descriptions.set(topic.device, content as DeviceDescription);
    else if (topic.kind === 'status') statuses.set(topic.device, content as DeviceStatus);
    else if (topic.kind === 'latest') latest.set(topic.device, content as DeviceReport['latest']);
    else if (topic.kind === 'alarm') alarms.push(content as AlarmTransition);
  }
  const names = [...descriptions.keys()].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return {
    devices: names.flatMap((name): readonly DeviceReport[] => {
      const [description, status] = [descriptions.get(name), statuses.get(name)];
      return description ? [{ description, latest: latest.get(name) ?? {}, ...(status ? { status } : {}) }] : [];
    }),
    alarms: alarms.toSorted((a, b) => weight[b.severity] - weight[a.severity] || b.raisedAt - a.raisedAt),
  };
}

const weight = { info: 0, warning: 1, critical: 2 } as const;

/**
 * How long an upstream has been in its state, milliseconds; `undefined` while it tries again and again, for each try is
 * a state of its own.
 */
export function linkAge({ since, state }: LinkReport, now: number): number | undefined {
  return state === 'waiting' || state === 'connecting' ? undefined : Math.max(0, now - since);
}
