import type { SpikeCheck } from '../profiles/checks.ts';
import { beyond, type HistoryTest, type Moment, type Verdict } from './verdict.ts';

/**
 * Spike on the past only. The classical test holds a value against both neighbours, so its verdict is one value late;
 * here a value is held against the median of the three before it. One false value in three is flagged and the way back
 * is not; a true step is flagged for two values, until the median has followed: whether it stays, nobody can know before.
 *
 * Memory: three values.
 */
export class SpikeTest implements HistoryTest {
  readonly reason = 'spike';
  readonly #check: SpikeCheck;
  readonly #withinMs: number;
  /** The three values before, oldest first. */
  #first: Moment | undefined;
  #second: Moment | undefined;
  #third: Moment | undefined;

  constructor(check: SpikeCheck, withinMs: number) {
    this.#check = check;
    this.#withinMs = withinMs;
  }

  judge(moment: Moment): Verdict {
    const [first, second, third] = [this.#first, this.#second, this.#third];
    [this.#first, this.#second, this.#third] = [second, third, moment];
    if (!first || !second || !third || moment.at - first.at > this.#withinMs) return 'not_yet';
    return beyond(Math.abs(moment.value - medianOfThree(first.value, second.value, third.value)), this.#check);
  }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
