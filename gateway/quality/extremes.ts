/** Parts that a window is kept in. */
const parts = 32;
/** Fewer values than this say nothing about a window. */
const fewest = 3;

interface Part {
  readonly start: number;
  min: number;
  max: number;
  count: number;
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
    }
    while ((this.#parts[1]?.start ?? Infinity) <= at - this.#windowMs) this.#parts.shift();
  }

  /** Largest minus smallest value; `undefined` until values have come for the whole window. */
  get range(): number | undefined {
    const [first] = this.#parts;
    if (!first || first.start > this.#last - this.#windowMs) return undefined;
    let [min, max, count] = [Infinity, -Infinity, 0];
    for (const part of this.#parts) {
      min = Math.min(min, part.min);
      max = Math.max(max, part.max);
      count += part.count;
    }
    return count < fewest ? undefined : max - min;
  }

  /** Parts in memory now. */
  get size(): number {
    return this.#parts.length;
  }
}
