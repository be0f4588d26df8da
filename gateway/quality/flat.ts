import type { FlatCheck } from '../profiles/checks.ts';
import { WindowExtremes } from './extremes.ts';
import { exceeds, type HistoryTest, type Moment, type Verdict } from './verdict.ts';

/**
 * Flat line by time: whether all values of so long a time lie within a tolerance of each other. The classical test
 * counts samples and demands less than the tolerance, so that with a tolerance of 0 it never speaks; here equal values
 * are flat at 0. A line that we have not seen for so long is no flat line yet, and passes.
 *
 * Memory: two windows of 34 parts.
 */
export class FlatTest implements HistoryTest {
  readonly reason = 'flat';
  readonly #within: number;
  readonly #suspect: WindowExtremes;
  readonly #bad: WindowExtremes | undefined;

  constructor({ afterMs, badMs, within }: FlatCheck, periodMs?: number) {
    this.#within = within;
    this.#suspect = new WindowExtremes(afterMs, periodMs);
    this.#bad = badMs === undefined ? undefined : new WindowExtremes(badMs, periodMs);
  }

  judge({ value, at }: Moment): Verdict {
    this.#suspect.add(value, at);
    this.#bad?.add(value, at);
    if (this.#isFlat(this.#bad?.range)) return 'bad';
    return this.#isFlat(this.#suspect.range) ? 'suspect' : 'pass';
  }

  #isFlat(range: number | undefined): boolean {
    return range !== undefined && !exceeds(range, this.#within);
  }
}
