import type { Severity, Text } from '../model/alarm.ts';
import type { Encoding } from '../model/delivery.ts';
import type { Place } from '../model/device.ts';
import type { Reduction } from '../model/statistics.ts';
import type { WrittenChecks } from '../profiles/written.ts';

/** `lamppost.yaml` as it was written, once it follows `config.schema.json`. */
export interface WrittenConfig {
  readonly gateway: {
    readonly id: string;
    readonly timeZone?: string;
    readonly dayStart?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly place?: Place;
  };
  /** Folder of device profiles of one's own. */
  readonly profiles?: string;
  readonly journal?: {
    readonly dir?: string;
    readonly budget?: string;
    readonly keepDays?: number;
    readonly commitMs?: number;
    readonly ackMs?: number;
  };
  readonly broker?: {
    readonly host?: string;
    readonly port?: number;
    readonly users?: string;
    readonly publish?: 'accepted' | 'kept';
  };
  readonly web?: { readonly host?: string; readonly port?: number };
  readonly calibrations?: string;
  readonly boards?: readonly {
    readonly id: string;
    readonly source: WrittenByteSource | { readonly gpio: string };
  }[];
  readonly buses?: readonly WrittenBus[];
  readonly devices?: readonly WrittenDevice[];
  readonly alarms?: readonly WrittenAlarm[];
  readonly upstreams?: readonly WrittenUpstream[];
}

export interface WrittenBus {
  readonly id: string;
  readonly source: WrittenByteSource;
  readonly line?: string;
  readonly framing?: 'rtu' | 'tcp';
}

export type WrittenByteSource =
  | { readonly serial: string; readonly line?: string }
  | { readonly tcp: string }
  | { readonly simulated: string };

export interface WrittenDevice {
  readonly id: string;
  readonly name?: string | Text;
  readonly profile: string;
  readonly source:
    | 'ingest'
    | 'gateway'
    | { readonly sysfs: string }
    | WrittenByteSource
    | { readonly listen: string }
    | { readonly topic: string }
    | { readonly bus: string; readonly address: number | string }
    | { readonly board: string; readonly pin?: number | string; readonly address?: number };
  readonly every?: string;
  readonly reduce?: Reduction;
  readonly sample?: string;
  readonly burst?: WrittenBurst;
  readonly deadBand?: string | number | Readonly<Record<string, string | number>>;
  readonly deadBandMost?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly checks?: Readonly<Record<string, WrittenChecks>>;
  readonly place?: Place;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface WrittenBurst {
  readonly every: string;
  readonly near?: string | number;
  readonly rising?: string;
  readonly hold?: string;
  readonly channel?: string;
}

export interface WrittenAlarm {
  readonly id: string;
  readonly when: {
    readonly device: string;
    readonly channel: string;
    readonly above?: string | number;
    readonly below?: string | number;
    readonly equals?: boolean | string;
    readonly for?: string;
    readonly clearBelow?: string | number;
    readonly clearAbove?: string | number;
    readonly clearFor?: string;
  };
  readonly severity?: Severity;
  readonly text?: string | Text;
  readonly blind?: 'alarm' | 'hold';
  readonly then?: readonly { readonly command: string; readonly value: boolean }[];
}

export interface WrittenUpstream {
  readonly id: string;
  readonly url: string;
  readonly protocol?: 5 | '5' | '3.1.1';
  readonly prefix?: string;
  readonly encoding?: Encoding;
  readonly start?: 'oldest' | 'now';
  readonly username?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}
