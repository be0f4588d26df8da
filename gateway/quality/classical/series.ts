/** A record of one channel as it lies in a file, in the order of the file. */
export interface Series {
  /** Unix milliseconds. */
  readonly at: readonly number[];
  /** NaN: missing. */
  readonly values: readonly number[];
}

/** QARTOD's flags, the primary scheme of IODE (vocab.nerc.ac.uk/collection/L34). */
export const flags = { good: 1, unchecked: 2, suspect: 3, fail: 4, missing: 9 } as const;
export type Flag = (typeof flags)[keyof typeof flags];

/** Two limits; a test without `fail` says no more than suspect. */
export interface Thresholds {
  readonly suspect?: number;
  readonly fail?: number;
}

/** Fail beyond one limit, suspect beyond the other. NaN is beyond neither. */
export function flagAbove(size: number, { suspect = Infinity, fail = Infinity }: Thresholds): Flag {
  if (size > fail) return flags.fail;
  return size > suspect ? flags.suspect : flags.good;
}

/** Middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** Time between neighbours, milliseconds. */
export function steps(at: readonly number[]): readonly number[] {
  return at.slice(1).map((time, index) => time - (at[index] ?? Number.NaN));
}
