import type { RateCheck } from '../profiles/checks.ts';
import { beyond, type HistoryTest, type Moment, type Verdict } from './verdict.ts';

/** Values that are remembered in one `perMs`: a faster sensor is thinned. */
const steps = 16;

/**
 * Rate of change: how far the value has gone since the newest value that is at least `perMs` old, or since the oldest
 * there is. What changes in less than `perMs` may be as much as in all of it, so that neither two values in one second
 * nor the last digit of a fast sensor look like a flood; over longer times the limit grows with them.
 *
 * Memory: 18 values.
 */
export class RateTest implements HistoryTest {
  readonly reason = 'rate';
  readonly #check: RateCheck;
  #past: Moment[] = [];

  constructor(check: RateCheck) {
    this.#check = check;
  }

  judge(moment: Moment): Verdict {
    const { perMs } = this.#check;
    while ((this.#past[1]?.at ?? Infinity) <= moment.at - perMs) this.#past.shift();
    const [reference] = this.#past;
    const newest = this.#past.at(-1);
    if (!newest || moment.at - newest.at >= perMs / steps) this.#past.push(moment);
    if (!reference) return 'not_yet';
    const times = Math.max(1, (moment.at - reference.at) / perMs);
    return beyond(Math.abs(moment.value - reference.value) / times, this.#check);
  }
}

/**
 * Rate of a sum, such as rain: the amount against the length of its own interval, or against the time since the value
 * before it. An interval shorter than `perMs` may hold as much as all of it.
 *
 * Memory: one time.
 */
export class SumRateTest implements HistoryTest {
  readonly reason = 'rate';
  readonly #check: RateCheck;
  #last: number | undefined;

  constructor(check: RateCheck) {
    this.#check = check;
  }

  judge({ value, at, start = this.#last }: Moment): Verdict {
    this.#last = at;
    if (start === undefined) return 'not_yet';
    return beyond(Math.abs(value) / Math.max(1, (at - start) / this.#check.perMs), this.#check);
  }
}
