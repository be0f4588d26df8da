/** So many wrong passwords in a row are nobody's typing error. */
const freeAttempts = 5;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;
/** Of so many keys the failures are remembered; the oldest is forgotten first. */
const mostKeys = 1000;

interface Failures {
  count: number;
  pauseEndsMono: number;
}

/** Slows down whoever guesses: after some wrong passwords each further one costs a longer pause. */
export class LoginGate {
  readonly #failures = new Map<string, Failures>();

  /** Whether an attempt may be made now. */
  isOpen(key: string, mono: number): boolean {
    return mono >= (this.#failures.get(key)?.pauseEndsMono ?? 0);
  }

  failed(key: string, mono: number): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.delete(key);
    const pause = count < freeAttempts ? 0 : Math.min(firstPauseMs * 2 ** (count - freeAttempts), longestPauseMs);
    this.#failures.set(key, { count, pauseEndsMono: mono + pause });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > mostKeys && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}
