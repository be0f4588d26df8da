import type { AttenuatedCheck } from '../profiles/checks.ts';
import { WindowExtremes } from './extremes.ts';
import { exceeds, type HistoryTest, type Moment, type Verdict } from './verdict.ts';

/**
 * Attenuated signal: whether the values of a long time differ by less than they always do, as behind a clogged inlet or
 * a blocked float. Range, not standard deviation. Until values have come for the whole time, it passes.
 *
 * Memory: one window of 34 parts.
 */
export class AttenuatedTest implements HistoryTest {
  readonly reason = 'attenuated';
  readonly #check: AttenuatedCheck;
  readonly #window: WindowExtremes;

  constructor(check: AttenuatedCheck, periodMs?: number) {
    this.#check = check;
    this.#window = new WindowExtremes(check.overMs, periodMs);
  }

  judge({ value, at }: Moment): Verdict {
    this.#window.add(value, at);
    const { range } = this.#window;
    const { least, bad } = this.#check;
    if (range === undefined) return 'pass';
    if (bad !== undefined && exceeds(bad, range)) return 'bad';
    return exceeds(least, range) ? 'suspect' : 'pass';
  }
}
