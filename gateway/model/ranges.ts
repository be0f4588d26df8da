/** A closed interval of whole numbers, `from <= to`. */
export type Range = readonly [from: number, to: number];

/**
 * A set of whole numbers kept as disjoint, ascending, non-touching ranges. The ledger of what was delivered, sent or
 * received: millions of numbers cost one pair as long as they are consecutive.
 */
export class RangeSet {
  #ranges: [number, number][] = [];

  static of(ranges: Iterable<Range>): RangeSet {
    const set = new RangeSet();
    for (const [from, to] of ranges) set.add(from, to);
    return set;
  }

  /** How many numbers are in the set. */
  get size(): number {
    return this.#ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Ascending, disjoint, with at least one missing number between neighbours. */
  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  add(from: number, to: number): void {
    if (from > to) return;
    const last = this.#ranges.at(-1);
    if (last && from >= last[0] && from <= last[1] + 1) {
      last[1] = Math.max(last[1], to);
      return;
    }
    const start = this.#firstEndingAtOrAfter(from - 1);
    let end = start;
    let low = from;
    let high = to;
    for (let range = this.#ranges[end]; range && range[0] <= to + 1; range = this.#ranges[++end]) {
      low = Math.min(low, range[0]);
      high = Math.max(high, range[1]);
    }
    this.#ranges.splice(start, end - start, [low, high]);
  }

  addAll(ranges: Iterable<Range>): void {
    for (const [from, to] of ranges) this.add(from, to);
  }

  delete(from: number, to: number): void {
    if (from > to) return;
    const start = this.#firstEndingAtOrAfter(from);
    let end = start;
    const kept: [number, number][] = [];
    for (let range = this.#ranges[end]; range && range[0] <= to; range = this.#ranges[++end]) {
      if (range[0] < from) kept.push([range[0], from - 1]);
      if (range[1] > to) kept.push([to + 1, range[1]]);
    }
    this.#ranges.splice(start, end - start, ...kept);
  }

  has(value: number): boolean {
    const range = this.#ranges[this.#firstEndingAtOrAfter(value)];
    return range !== undefined && range[0] <= value;
  }

  /** Whether every number of `from..to` is in the set. */
  covers(from: number, to: number): boolean {
    const range = this.#ranges[this.#firstEndingAtOrAfter(from)];
    return range !== undefined && range[0] <= from && range[1] >= to;
  }

  /** The first range of numbers `>= from` that are not in the set, cut at `limit`; `undefined` when there is none. */
  firstGap(from: number, limit: number): Range | undefined {
    let low = from;
    let index = this.#firstEndingAtOrAfter(low);
    let range = this.#ranges[index];
    if (range && range[0] <= low) {
      low = range[1] + 1;
      range = this.#ranges[++index];
    }
    if (low > limit) return undefined;
    return [low, Math.min(limit, range ? range[0] - 1 : limit)];
  }

  /** All ranges of numbers within `from..to` that are not in the set. */
  *gaps(from: number, to: number): Generator<Range> {
    for (let gap = this.firstGap(from, to); gap; gap = this.firstGap(gap[1] + 1, to)) yield gap;
  }

  /** The ranges of the set that lie within `from..to`, cut at its edges. */
  *within(from: number, to: number): Generator<Range> {
    let index = this.#firstEndingAtOrAfter(from);
    for (let range = this.#ranges[index]; range && range[0] <= to; range = this.#ranges[++index]) {
      yield [Math.max(range[0], from), Math.min(range[1], to)];
    }
  }

  clone(): RangeSet {
    return RangeSet.of(this.#ranges);
  }

  toJSON(): readonly Range[] {
    return this.#ranges;
  }

  #firstEndingAtOrAfter(value: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range && range[1] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
