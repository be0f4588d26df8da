import { flags, type Flag, type Series } from './series.ts';

export const spreads = ['std', 'range'] as const;
export type Spread = (typeof spreads)[number];

export interface AttenuatedOptions {
  readonly suspect: number;
  readonly fail: number;
  /** Seconds; the whole record when absent. */
  readonly periodS?: number;
  readonly by?: Spread;
}

/**
 * QARTOD test 9 as in ioos_qc: the spread of the values of the last period, the beginning of it left out, is below a
 * threshold. A missing value in the window makes `range` unchecked and is left out of `std` (of the population). The
 * first windows are shorter than the period, so they tend to be flagged. A record whose times go back is unchecked.
 */
export function attenuatedSignal(
  { at, values }: Series,
  { suspect, fail, periodS, by = 'std' }: AttenuatedOptions,
): readonly Flag[] {
  const isOrdered = at.every((time, index) => index === 0 || time >= (at[index - 1] ?? time));
  const windows = periodS === undefined ? wholeRecord(values, by) : spreadsIn({ at, values }, periodS * 1000, by);
  return values.map((value, index): Flag => {
    const spread = windows(index);
    if (Number.isNaN(value)) return flags.missing;
    if ((periodS !== undefined && !isOrdered) || Number.isNaN(spread)) return flags.unchecked;
    if (spread < fail) return flags.fail;
    return spread < suspect ? flags.suspect : flags.good;
  });
}

function wholeRecord(values: readonly number[], by: Spread): () => number {
  const present = values.filter((value) => !Number.isNaN(value));
  const spread = spreadOver(present, { first: 0, last: present.length - 1, by });
  return () => spread;
}

function spreadsIn({ at, values }: Series, periodMs: number, by: Spread): (index: number) => number {
  let first = 0;
  return (last) => {
    while ((at[first] ?? Infinity) <= (at[last] ?? 0) - periodMs) first++;
    return spreadOver(values, { first, last, by });
  };
}

interface Window {
  readonly first: number;
  readonly last: number;
  readonly by: Spread;
}

/** NaN where there is no value, or one is missing and `by` is range. */
function spreadOver(values: readonly number[], { first, last, by }: Window): number {
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity];
  for (let index = first; index <= last; index++) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value) && by === 'range') return Number.NaN;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (count === 0) return Number.NaN;
  if (by === 'range') return max - min;
  const mean = sum / count;
  let squares = 0;
  for (let index = first; index <= last; index++) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  }
  return Math.sqrt(squares / count);
}
