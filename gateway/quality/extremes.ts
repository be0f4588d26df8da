/** Parts that a window is kept in. */
const parts = 32;
/** Fewer values than this say nothing about a window. */
const fewest = 3;

interface Extremes {
  min: number;
  max: number;
  count: number;
}

interface Part extends Extremes {
  readonly start: number;
}

/**
 * How far the values of the last `windowMs` lie apart, in bounded memory: 34 parts of four numbers, however fast the
 * sensor. What is looked at is never shorter than the window and longer by a thirty-second part at most, so what needs
 * the whole window is found so much late at most, and never early. A long silence starts the window anew: nobody knows
 * what was in it.
 */
export class WindowExtremes {
  readonly #windowMs: number;
  readonly #silenceMs: number;
  #parts: Part[] = [];
  /** All parts but the last, taken together. */
  #older: Extremes = nothing;
  #last = -Infinity;

  /** @param periodMs - how often values come, where that is known: a slow sensor is not a silent one. */
  constructor(windowMs: number, periodMs = 0) {
    this.#windowMs = windowMs;
    this.#silenceMs = Math.max(windowMs / 4, 3 * periodMs);
  }

  add(value: number, at: number): void {
    if (at - this.#last > this.#silenceMs) this.#parts = [];
    this.#last = at;
    const part = this.#parts.at(-1);
    if (part && at - part.start < this.#windowMs / parts) {
      part.min = Math.min(part.min, value);
      part.max = Math.max(part.max, value);
      part.count++;
    } else {
      this.#parts.push({ start: at, min: value, max: value, count: 1 });
      this.#older = together(this.#parts);
    }
    while ((this.#parts[1]?.start ?? Infinity) <= at - this.#windowMs) {
      this.#parts.shift();
      this.#older = together(this.#parts);
    }
  }

  /** Largest minus smallest value; `undefined` until values have come for the whole window. */
  get range(): number | undefined {
    const [first] = this.#parts;
    const last = this.#parts.at(-1);
    if (!first || !last || first.start > this.#last - this.#windowMs) return undefined;
    const { min, max, count } = this.#older;
    return count + last.count < fewest ? undefined : Math.max(max, last.max) - Math.min(min, last.min);
  }

  /** Parts in memory now. */
  get size(): number {
    return this.#parts.length;
  }
}

const nothing: Extremes = { min: Infinity, max: -Infinity, count: 0 };

/** All but the last. */
function together(all: readonly Extremes[]): Extremes {
  const sum = { ...nothing };
  for (let index = 0; index < all.length - 1; index++) {
    const { min, max, count } = all[index] ?? nothing;
    sum.min = Math.min(sum.min, min);
    sum.max = Math.max(sum.max, max);
    sum.count += count;
  }
  return sum;
}
