/**
 * The machine's clocks, and the only way to wait.
 *
 * Contract: `mono` never goes back, counts milliseconds with fractions, and is shared by all processes of one boot
 * (CLOCK_MONOTONIC). `wall` is Unix milliseconds and may jump at any time. Timers run on the monotonic clock and do
 * not keep the process alive.
 */
export interface Clock {
  mono(): number;
  wall(): number;
  /** Calls back once after `ms`; the result cancels. */
  after(ms: number, call: () => void): () => void;
  /** Calls back each `ms`; the result cancels. */
  every(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  mono: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every: (ms, call) => {
    const timer = setInterval(call, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** Resolves after `ms`, or at once when the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
