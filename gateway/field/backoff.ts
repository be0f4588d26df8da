const firstMs = 200;
const mostMs = 30_000;

/** How long to wait before the next attempt: 0.2 s, doubling to 30 s; a success begins anew. */
export class Backoff {
  #nextMs = firstMs;

  next(): number {
    const pause = this.#nextMs;
    this.#nextMs = Math.min(mostMs, pause * 2);
    return pause;
  }

  succeeded(): void {
    this.#nextMs = firstMs;
  }
}
