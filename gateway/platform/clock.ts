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
  /**
   * Waits to within a tenth of a millisecond, where a timer is up to one and a half late: for a few milliseconds only,
   * since the last of them is spent turning the event loop. Absent where timers are exact.
   */
  fine?(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  mono: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => Date.now(),
  after: (ms, call) => {
    // A moment that has just passed is now; Node warns of a negative time on the terminal.
    const timer = setTimeout(call, Math.max(0, ms));
    timer.unref();
    return () => clearTimeout(timer);
  },
  every: (ms, call) => {
    const timer = setInterval(call, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  fine: async (ms) => {
    const untilMono = systemClock.mono() + ms;
    if (ms > timerSlackMs) await sleep(systemClock, ms - timerSlackMs);
    while (systemClock.mono() < untilMono) await new Promise((resolve) => setImmediate(resolve));
  },
};

/** A timer of Node is late by up to so much. */
const timerSlackMs = 1.5;

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
