import type { Rule } from '../model/alarm-rule.ts';
import type { Text } from '../model/alarm.ts';
import type { Encoding } from '../model/delivery.ts';
import type { Place } from '../model/device.ts';
import type { Burst, DeadBand } from '../model/sampling.ts';
import type { Reduction } from '../model/statistics.ts';
import type { ChannelChecks } from '../profiles/checks.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Setup } from '../profiles/setup.ts';

/** Everything a gateway is told, checked: paths absolute, values in base units, profiles loaded. */
export interface Settings {
  /** Path of `lamppost.yaml`. */
  readonly file: string;
  /** Path of the file of calibrations. */
  readonly calibrations: string;
  readonly gateway: GatewaySettings;
  readonly journal: JournalSettings;
  readonly broker: BrokerSettings;
  readonly web: Address;
  readonly boards: readonly BoardSettings[];
  readonly buses: readonly BusSettings[];
  readonly devices: readonly DeviceSettings[];
  readonly alarms: readonly Rule[];
  readonly upstreams: readonly UpstreamSettings[];
}

export interface GatewaySettings {
  readonly id: string;
  readonly timeZone: string;
  readonly dayStart: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly place?: Place;
}

export interface JournalSettings {
  readonly directory: string;
  readonly budgetBytes: number;
  readonly keepMs: number;
  readonly commitMs: number;
  readonly ackMs: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface BrokerSettings extends Address {
  readonly users?: string;
  readonly publish: 'accepted' | 'kept';
}

/** Where bytes come from. */
export type ByteSource =
  | { readonly kind: 'serial'; readonly path: string; readonly line?: LineSettings }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'simulated'; readonly name: string };

export interface BoardSettings {
  readonly id: string;
  /** `gpio`: this machine's own header, by the label of its chip, or `auto`. */
  readonly source: ByteSource | { readonly kind: 'gpio'; readonly label: string };
}

/** A line that several devices share. */
export interface BusSettings {
  readonly id: string;
  readonly source: ByteSource;
  /** Absent: as the profiles say. */
  readonly line?: LineSettings;
  readonly framing: 'rtu' | 'tcp';
}

/** Where a device's values come from. */
export type DeviceSource =
  | ByteSource
  /** `address`: a number for Modbus, twelve digits for DL/T 645. */
  | { readonly kind: 'bus'; readonly bus: string; readonly address: number | string }
  /** A port of ours that the device dials. */
  | { readonly kind: 'listen'; readonly host: string; readonly port: number }
  /** Its own topics on our broker. */
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'board'; readonly board: string; readonly pin?: number | string; readonly address?: number }
  /** A device of the kernel, as it is called below /sys. */
  | { readonly kind: 'sysfs'; readonly id: string }
  /** This machine. */
  | { readonly kind: 'gateway' }
  | { readonly kind: 'ingest' };

export interface DeviceSettings {
  readonly id: string;
  readonly name?: Text;
  readonly setup: Setup;
  readonly source: DeviceSource;
  readonly everyMs?: number;
  readonly reduce?: Reduction;
  /** How often a device that does not send by itself is asked. */
  readonly sampleMs?: number;
  readonly burst?: Burst;
  readonly deadBand?: DeadBand;
  /** What is tested, by channel: the profile's word and the site's. */
  readonly checks: Readonly<Record<string, ChannelChecks>>;
  readonly place?: Place;
  readonly labels: Readonly<Record<string, string>>;
}

export interface UpstreamSettings {
  readonly id: string;
  readonly url: string;
  readonly protocol: 4 | 5;
  readonly prefix: string;
  readonly encoding: Encoding;
  readonly start: 'oldest' | 'now';
  readonly username?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}
