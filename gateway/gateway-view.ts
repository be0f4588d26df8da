import type { LinkView } from './forward/forwarder.ts';
import type { AlarmTransition } from './model/alarm.ts';
import type { DeviceDescription, DeviceStatus } from './model/device.ts';
import type { Reading } from './model/reading.ts';

/** One moment of a running gateway, for people. */
export interface GatewayView {
  readonly gateway: string;
  readonly epoch: number;
  readonly clock: 'synced' | 'held' | 'unset';
  /** Unix milliseconds. */
  readonly now: number;
  /** When it started, Unix milliseconds. */
  readonly since: number;
  readonly devices: readonly {
    readonly description: DeviceDescription;
    readonly status: DeviceStatus | undefined;
    readonly latest: ReadonlyMap<string, Reading>;
  }[];
  readonly alarms: readonly AlarmTransition[];
  readonly links: readonly LinkView[];
  readonly journal: { readonly head: number; readonly usedBytes: number; readonly failing?: string };
  readonly broker: { readonly host: string; readonly port: number; readonly clients: number };
}
