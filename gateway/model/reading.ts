/** How far a value may be trusted. QARTOD flags 1 good, 3 suspect, 4 bad, 9 missing, 2 not checked. */
export const qualities = ['good', 'suspect', 'bad', 'missing', 'unchecked'] as const;
export type Quality = (typeof qualities)[number];

/** Why a value is not good: a closed list, so that a receiver can act on it. */
export const reasons = [
  'range',
  'rate',
  'spike',
  'flat',
  'attenuated',
  'cross_check',
  'stale',
  'decode',
  'warm_up',
  'maintenance',
  'calibration_expired',
  'clock',
  'saturated',
  'device_fault',
] as const;
export type Reason = (typeof reasons)[number];

/** How far `at` may be trusted. `sender`: the time is the sender's own. */
export const clockStates = ['synced', 'held', 'unset', 'sender'] as const;
export type ClockState = (typeof clockStates)[number];

/** Which statistic a value is, when it stands for an interval. */
export const stats = [
  'sum',
  'mean',
  'energy_mean',
  'circular_mean',
  'weighted_mean',
  'min',
  'max',
  'median',
  'last',
  'count',
] as const;
export type Stat = (typeof stats)[number];

export type Value = number | boolean | string | null;

/**
 * One measured value on its way from a device to every subscriber (SensorThings: Observation). It never changes after
 * acceptance. Times are Unix milliseconds, UTC. Published as `schema/reading.schema.json`.
 */
export interface Reading {
  /** `<epoch>-<seq>`: unique for ever within a gateway; receivers deduplicate on (gateway, id). */
  readonly id: string;
  readonly device: string;
  readonly channel: string;
  readonly quantity: string;
  /** In the quantity's canonical unit, rounded to the channel's resolution. `null`: no usable value; `quality` says why. */
  readonly value: Value;
  /** UCUM code; `1` for booleans and strings. */
  readonly unit: string;
  readonly quality: Quality;
  /** Absent when good. */
  readonly why?: readonly Reason[];
  /** When it was measured; the end of the interval if there is one. */
  readonly at: number;
  /** Start of the interval. */
  readonly start?: number;
  readonly stat?: Stat;
  /** Number of samples in the interval. */
  readonly n?: number;
  readonly clock: ClockState;
  readonly clockErrorMs?: number;
  /** Calibration record in force. */
  readonly calibration?: string;
}

/**
 * When a sample was taken: on the machine's monotonic clock (milliseconds, shared by all processes of one boot), or
 * as the sender's own wall clock says (Unix milliseconds).
 */
export type SampleTime =
  | { readonly mono: number; readonly startMono?: number }
  | { readonly sender: number; readonly startSender?: number };

/** A reading before the core gave it an id, a time and a unit: what the field children and the ingest door hand over. */
export interface Sample {
  readonly device: string;
  readonly channel: string;
  readonly value: Value;
  readonly quality: Quality;
  readonly why?: readonly Reason[];
  readonly time: SampleTime;
  readonly stat?: Stat;
  readonly n?: number;
  readonly calibration?: string;
}

/** `210934871123-204` for epoch 210934871123, seq 204. */
export function readingId(epoch: number, seq: number): string {
  return `${epoch}-${seq}`;
}
