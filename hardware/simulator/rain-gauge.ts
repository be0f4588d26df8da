import type { VirtualBoard } from './board.ts';

/**
 * One tip of the bucket as its reed switch shows it: milliseconds from the start, and whether the contact is closed.
 * A Texas Electronics TR-525 stays closed for 135 ms and bounces for 0.75 ms (maker's data, "Average Switch Closure
 * Time", "Max Bounce Settling Time"); ours is shorter and bounces for longer, so that what counts it has a margin.
 */
const tip = [
  [0, true],
  [0.4, false],
  [0.9, true],
  [1.7, false],
  [2.6, true],
  [60, false],
  [60.5, true],
  [61.2, false],
  [62, true],
  [62.8, false],
] as const satisfies readonly (readonly [ms: number, closed: boolean])[];

/** A bucket cannot tip again before it has swung over: with the tips below, 6.7 a second at most. */
const tipEveryMs = 150;

/** Floating-point dust: a thousand times finer than a drop in any bucket. */
const dustMm = 1e-6;

export interface RainGaugeSettings {
  readonly pin: number;
  /** Rain for one tip. */
  readonly bucketMm: number;
}

/** What the gauge needs of a board. */
export type Wiring = Pick<VirtualBoard, 'ms' | 'after' | 'setPin'>;

/** A tipping-bucket rain gauge: a contact between a pin and ground. */
export class RainGauge {
  readonly #board: Wiring;
  readonly #settings: RainGaugeSettings;
  #heldMm = 0;
  #tips = 0;
  #freeAtMs = 0;

  constructor(board: Wiring, settings: RainGaugeSettings) {
    this.#board = board;
    this.#settings = settings;
  }

  /** Tips so far, those that are still to come included. */
  get tips(): number {
    return this.#tips;
  }

  /** Lets rain fall. What does not fill the bucket stays in it; the tips follow in simulated time. */
  rain(mm: number): void {
    const { bucketMm } = this.#settings;
    this.#heldMm += mm;
    const tips = Math.floor((this.#heldMm + dustMm) / bucketMm);
    this.#heldMm -= tips * bucketMm;
    for (let i = 0; i < tips; i++) this.#tip();
  }

  #tip(): void {
    const startMs = Math.max(this.#freeAtMs, this.#board.ms);
    this.#freeAtMs = startMs + tipEveryMs;
    this.#tips++;
    for (const [ms, closed] of tip) {
      const level = closed ? 'low' : 'open';
      this.#board.after(startMs - this.#board.ms + ms, () => this.#board.setPin(this.#settings.pin, level));
    }
  }
}
