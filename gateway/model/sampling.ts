/** When a device is read faster than usual. Values in canonical units, times in milliseconds. */
export interface Burst {
  readonly everyMs: number;
  /** How long to stay fast after the last reason for it. */
  readonly holdMs: number;
  /** What is a reason, by channel. */
  readonly channels: Readonly<Record<string, BurstReason>>;
}

export interface BurstReason {
  /** An alarm limit is nearer than this, or passed. */
  readonly near?: number;
  /** The channel rises by more than this in a millisecond. */
  readonly risingPerMs?: number;
}

/** Which values are near enough to the last published one not to be published. */
export interface DeadBand {
  /** By channel, in its canonical unit; 0 for states, of which only changes are published. Others have none. */
  readonly bands: Readonly<Record<string, number>>;
  /** However little changes, there is a reading so often. */
  readonly mostMs: number;
}

/** Where an alarm begins and where it ends, in the canonical unit of its channel. */
export interface AlarmLimit {
  readonly kind: 'above' | 'below';
  readonly limit: number;
  readonly clear: number;
}
