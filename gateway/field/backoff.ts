const firstMs = 200;

/** Somebody who plugs a cable back in waits no longer than this, and trying to open a port costs next to nothing. */
export const mostPortPauseMs = 5000;

/** How long to wait before the next attempt: 0.2 s, doubling to 30 s or what is given; a success begins anew. */
export class Backoff {
  readonly #mostMs: number;
  #nextMs = firstMs;

  constructor(mostMs = 30_000) {
    this.#mostMs = mostMs;
  }

  next(): number {
    const pause = this.#nextMs;
    this.#nextMs = Math.min(this.#mostMs, pause * 2);
    return pause;
  }

  succeeded(): void {
    this.#nextMs = firstMs;
  }
}
