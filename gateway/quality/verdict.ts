import type { Quality, Reason } from '../model/reading.ts';

/** What a test says of a value; `not_yet`: it could not be run, for want of anything to compare with. */
export type Verdict = 'pass' | 'suspect' | 'bad' | 'not_yet';

/** A verdict as the quality of a reading: QARTOD 1, 3, 4 and 2. */
export const qualityOf: Readonly<Record<Verdict, Quality>> = {
  pass: 'good',
  suspect: 'suspect',
  bad: 'bad',
  not_yet: 'unchecked',
};

/** What a test that did not pass says, under its own name. */
export interface Finding {
  readonly verdict: Verdict;
  readonly reason: Reason;
}

/** One value in time; `start` where it stands for an interval. Milliseconds of any one clock. */
export interface Moment {
  readonly value: number;
  readonly at: number;
  readonly start?: number;
}

/** A test that remembers. Moments come in the order of time; each is judged against those before it, then remembered. */
export interface HistoryTest {
  readonly reason: Reason;
  judge(moment: Moment): Verdict;
}

/** Whether a difference is larger than its limit, and not only by the last binary digit: 0.35 - 0.25 is not 0.1. */
export function exceeds(difference: number, limit: number): boolean {
  return difference - limit > 1e-9 * Math.max(1, Math.abs(limit));
}

/** `bad` beyond the second limit, `suspect` beyond the first. */
export function beyond(
  difference: number,
  { suspect, bad }: { readonly suspect: number; readonly bad?: number },
): Verdict {
  if (bad !== undefined && exceeds(difference, bad)) return 'bad';
  return exceeds(difference, suspect) ? 'suspect' : 'pass';
}
