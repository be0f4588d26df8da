import type { Setup } from '../../profiles/setup.ts';
import type { NormalisedValue } from './normalise.ts';

/** Values and the moment that they belong to, milliseconds of the monotonic clock. */
export interface Moment {
  readonly values: readonly NormalisedValue[];
  readonly mono: number;
}

/** The state of a channel that counts, and another one that may come to count. */
interface Held {
  readonly counts: boolean;
  readonly next?: { readonly value: NormalisedValue; readonly sinceMono: number };
}

/**
 * Lets a change of a state count only after it has held for the channel's `dwell`: a float that bobs in the waves, a
 * car that passes over a parking space. Until then values say the state before. The first state after a start counts
 * at once, since there is none to hold it against. A value that is no state breaks the hold.
 *
 * A source may send changes only: a state that nobody contradicts holds, and comes to count at its time by `due`.
 */
export class Dwell {
  readonly #setup: Setup;
  readonly #held = new Map<string, Held>();

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  /** What the values of one moment count as. Take what is `due` before. */
  take(values: readonly NormalisedValue[], mono: number): readonly NormalisedValue[] {
    return values.map((value) => this.#taken(value, mono));
  }

  /** Changes that have come to count by now, each at the moment when it did. */
  due(mono: number): readonly Moment[] {
    const moments: Moment[] = [];
    for (const [channel, { next }] of this.#held) {
      const dueMono = (next?.sinceMono ?? Infinity) + this.#dwellMs(channel);
      if (!next || dueMono > mono) continue;
      this.#held.set(channel, { counts: next.value.value === true });
      moments.push({ values: [next.value], mono: dueMono });
    }
    return moments.toSorted((a, b) => a.mono - b.mono);
  }

  /** The device was lost: nobody knows whether a change that had begun still holds. */
  forget(): void {
    for (const [channel, { counts }] of this.#held) this.#held.set(channel, { counts });
  }

  #dwellMs(channel: string): number {
    return this.#setup.profile.channels[channel]?.dwellMs ?? 0;
  }

  #taken(value: NormalisedValue, mono: number): NormalisedValue {
    const { channel, value: state } = value;
    if (this.#dwellMs(channel) === 0) return value;
    const held = this.#held.get(channel);
    if (typeof state !== 'boolean') {
      if (held) this.#held.set(channel, { counts: held.counts });
      return value;
    }
    if (!held || held.counts === state) {
      this.#held.set(channel, { counts: state });
      return value;
    }
    this.#held.set(channel, { ...held, next: { value, sinceMono: held.next?.sinceMono ?? mono } });
    return { ...value, value: held.counts };
  }
}
