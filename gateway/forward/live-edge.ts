import type { Clock } from '../platform/clock.ts';
import type { Pending } from './pending.ts';

/** When live readings wait longer than this, they become backfill and live begins anew. */
const liveBehindMs = 10_000;

/**
 * Where live begins. A link that cannot keep up must not turn live readings into a queue of old ones: the newest go
 * first, and what falls behind is caught up.
 */
export class LiveEdge {
  readonly #pending: Pending;
  readonly #clock: Clock;
  /** When live numbers became durable, as long as one of them waits. */
  #marks: { readonly upTo: number; readonly mono: number }[] = [];

  constructor(pending: Pending, clock: Clock) {
    this.#pending = pending;
    this.#clock = clock;
  }

  /** From here on numbers are live; what waits at or below `head` is backfill. */
  begin(head: number): void {
    this.#pending.liveFrom = head + 1;
    this.#marks = [];
  }

  /** Numbers up to `head` are durable now. */
  mark(head: number): void {
    this.#marks.push({ upTo: head, mono: this.#clock.mono() });
  }

  /** Looks whether live has fallen behind; called every second or so. */
  watch({ epoch, durableHead }: { readonly epoch: number; readonly durableHead: number }): void {
    const oldest = this.#pending.oldestLive({ epoch, head: durableHead });
    this.#marks = oldest === undefined ? [] : this.#marks.filter(({ upTo }) => upTo >= oldest);
    const since = this.#marks[0]?.mono;
    if (since !== undefined && this.#clock.mono() - since > liveBehindMs) this.begin(durableHead);
  }
}
