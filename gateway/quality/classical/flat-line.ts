import { flags, median, steps, type Flag, type Series } from './series.ts';

/** Fewer values than this have no line. */
const fewest = 3;

/** Times in seconds. */
export interface FlatLineOptions {
  readonly suspectS: number;
  readonly failS: number;
  readonly tolerance: number;
}

/**
 * QARTOD test 8 as in ioos_qc: the times become counts by the median step in whole seconds, and a value is flagged when
 * so many values before it and itself lie within less than the tolerance of each other, missing ones left out. So a
 * tolerance of 0 never flags, and where values do not come evenly it is no time. Where the median step is below one
 * second there is no count: everything is unchecked.
 */
export function flatLine({ at, values }: Series, { suspectS, failS, tolerance }: FlatLineOptions): readonly Flag[] {
  if (values.length < fewest) return values.map(() => flags.good);
  const stepS = Math.trunc(median(steps(at)) / 1000);
  const found: Flag[] = values.map(() => (stepS > 0 ? flags.good : flags.unchecked));
  for (const [seconds, flag] of [[suspectS, flags.suspect] as const, [failS, flags.fail] as const]) {
    if (stepS <= 0) break;
    const count = Math.trunc(Math.trunc(seconds) / stepS);
    for (const index of flatEnds(values, count, tolerance)) found[index] = flag;
  }
  return found.map((flag, index) => (Number.isNaN(values[index]) ? flags.missing : flag));
}

/** Where windows of one value more than `count` end whose values lie within less than the tolerance. */
function* flatEnds(values: readonly number[], count: number, tolerance: number): Generator<number> {
  const [highest, lowest] = [new Extreme(values, 1), new Extreme(values, -1)];
  for (const index of values.keys()) {
    const [max, min] = [highest.over(index, count), lowest.over(index, count)];
    if (index >= count && max !== undefined && min !== undefined && max - min < tolerance) yield index;
  }
}

/** The largest value of a window that slides over values (sign 1), or the smallest (sign -1): each value goes in and out once. */
class Extreme {
  readonly #values: readonly number[];
  readonly #sign: 1 | -1;
  /** Places of values that may be the extreme of a window to come, best first. */
  #candidates: number[] = [];
  #first = 0;

  constructor(values: readonly number[], sign: 1 | -1) {
    this.#values = values;
    this.#sign = sign;
  }

  /** Over the value at `index` and `count` before it; called for each index in turn. */
  over(index: number, count: number): number | undefined {
    const value = this.#values[index] ?? Number.NaN;
    if (!Number.isNaN(value)) {
      while (this.#candidates.length > this.#first && this.#isBeaten(value)) this.#candidates.pop();
      this.#candidates.push(index);
    }
    while ((this.#candidates[this.#first] ?? Infinity) < index - count) this.#first++;
    return this.#values[this.#candidates[this.#first] ?? -1];
  }

  #isBeaten(by: number): boolean {
    const last = this.#values[this.#candidates.at(-1) ?? -1] ?? Number.NaN;
    return (by - last) * this.#sign >= 0;
  }
}
