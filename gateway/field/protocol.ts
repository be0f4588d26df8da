import type { Calibration } from '../model/calibration.ts';
import type { Sample } from '../model/reading.ts';
import type { AlarmLimit, Burst, DeadBand } from '../model/sampling.ts';
import type { Reduction } from '../model/statistics.ts';
import type { Setup } from '../profiles/setup.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Framing } from './decode/question.ts';
import type { BusAddress } from './decode/questions.ts';
import type { LinkSource } from './transports/link.ts';

/** One device as its child sees it. */
export interface DevicePlan {
  readonly device: string;
  readonly setup: Setup;
  readonly everyMs: number;
  readonly reduce?: Reduction;
  /** How often a device that does not send by itself is asked; `everyMs` when absent. See `Sampling.askMs`. */
  readonly sampleMs?: number;
  readonly burst?: Burst;
  readonly deadBand?: DeadBand;
  /** By channel. */
  readonly alarmLimits?: Readonly<Record<string, readonly AlarmLimit[]>>;
  /** Pin of a board. */
  readonly pin?: number | string;
  /** Address on a board's I2C bus; the chip is looked for when absent. */
  readonly i2cAddress?: number;
  /** Where it stands, as an IANA name; `UTC` when absent. */
  readonly timeZone?: string;
  /** What was stored last of the source itself, such as a counter's last count. */
  readonly state?: unknown;
}

/** One thing to look after. */
export type WorkPlan =
  /** A device on a line of its own. */
  | { readonly kind: 'line'; readonly source: LinkSource; readonly device: DevicePlan }
  /** Files of the kernel, below `root`; see `SysfsConnect`. */
  | { readonly kind: 'files'; readonly root: string; readonly id: string; readonly device: DevicePlan }
  /** The machine itself; `directory` is on the disk of interest. */
  | { readonly kind: 'machine'; readonly directory: string; readonly device: DevicePlan }
  | BusPlan;

/** A line that several devices share. */
export interface BusPlan {
  readonly kind: 'bus';
  readonly bus: string;
  readonly source: LinkSource;
  /** What is spoken behind the source, also where that is no serial port of ours. */
  readonly line: LineSettings;
  readonly framing: Framing;
  readonly devices: readonly BusDevicePlan[];
}

export interface BusDevicePlan extends DevicePlan {
  readonly address: BusAddress;
}

/** What one child looks after: up to eight works, or one board with everything on it. */
export type ChildPlan =
  | { readonly kind: 'shared'; readonly works: readonly WorkPlan[] }
  | {
      readonly kind: 'board';
      readonly board: string;
      /** `gpio`: this machine's own header, by the label of its chip. */
      readonly source: LinkSource | { readonly kind: 'gpio'; readonly label: string };
      readonly devices: readonly DevicePlan[];
    };

/** Core → child. */
export type ToChild =
  | { readonly kind: 'plan'; readonly plan: ChildPlan; readonly credits: number }
  /** The core is there. */
  | { readonly kind: 'alive' }
  /** The core stops: outputs go to their safe level, and the process ends. */
  | { readonly kind: 'end' }
  /** The core has room for so many more samples. */
  | { readonly kind: 'credits'; readonly count: number }
  /** Whether samples that were sent with a receipt are durable. */
  | { readonly kind: 'kept'; readonly device: string; readonly receipt: number; readonly isKept: boolean }
  /** Other calibrations are in force; by channel. */
  | {
      readonly kind: 'calibrations';
      readonly device: string;
      readonly calibrations: ReadonlyMap<string, Calibration>;
    }
  | {
      readonly kind: 'command';
      readonly id: number;
      readonly device: string;
      readonly name: string;
      readonly value: boolean;
    };

/** Child → core. */
export type FromChild =
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'samples';
      readonly device: string;
      readonly samples: readonly Sample[];
      /** Stored together with the samples. */
      readonly state?: unknown;
      /** The device waits for its samples to be kept. */
      readonly packet?: SentPacket;
    }
  | { readonly kind: 'link'; readonly device: string; readonly isUp: boolean; readonly why?: string }
  /** What a device says the time is, Unix milliseconds, at a monotonic moment. */
  | { readonly kind: 'time'; readonly device: string; readonly utcMs: number; readonly mono: number }
  /** Bytes that nobody understood. */
  | {
      readonly kind: 'garbage';
      readonly device: string;
      readonly why: string;
      readonly bytes: Uint8Array;
      readonly skipped: number;
    }
  | { readonly kind: 'result'; readonly id: number; readonly why?: string };

/** Samples that a device sends again until it hears that they are kept. */
export interface SentPacket {
  /** What the core names when they are kept. */
  readonly receipt: number;
  /** The same when they are sent again; absent: a repeat cannot be told. */
  readonly key?: string;
}

/** A child that says nothing for so long is killed. */
export const silenceMs = 5000;
export const aliveEveryMs = 1000;
/** Samples that a child may have sent without hearing that there is room for more. */
export const initialCredits = 2000;
/** Samples that wait in a child without credits before its ports are not read any more. */
export const mostWaitingSamples = 2000;

/** The devices of a work. */
export function devicesOfWork(work: WorkPlan): readonly DevicePlan[] {
  return work.kind === 'bus' ? work.devices : [work.device];
}

/** A work with its devices changed. */
export function withDevices(work: WorkPlan, change: (device: DevicePlan) => DevicePlan): WorkPlan {
  if (work.kind !== 'bus') return { ...work, device: change(work.device) };
  const changed = (device: BusDevicePlan): BusDevicePlan => ({ ...change(device), address: device.address });
  return { ...work, devices: work.devices.map(changed) };
}

/** A plan with its devices changed. */
export function withDevicesOf(plan: ChildPlan, change: (device: DevicePlan) => DevicePlan): ChildPlan {
  return plan.kind === 'board'
    ? { ...plan, devices: plan.devices.map(change) }
    : { ...plan, works: plan.works.map((work) => withDevices(work, change)) };
}
