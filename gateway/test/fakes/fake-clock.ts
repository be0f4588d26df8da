import type { Clock } from '../../platform/clock.ts';

interface Timer {
  at: number;
  readonly everyMs: number | undefined;
  readonly call: () => void;
}

/** Time that moves only when a test says so. Wall and monotonic time run together until the wall is set. */
export class FakeClock implements Clock {
  #mono = 1_000_000;
  #wall: number;
  #timers: Timer[] = [];

  constructor(wall = Date.UTC(2026, 10, 22, 8)) {
    this.#wall = wall;
  }

  mono(): number {
    return this.#mono;
  }

  wall(): number {
    return this.#wall;
  }

  /** Somebody sets the machine's clock. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  after(ms: number, call: () => void): () => void {
    return this.#start({ at: this.#mono + ms, everyMs: undefined, call });
  }

  every(ms: number, call: () => void): () => void {
    return this.#start({ at: this.#mono + ms, everyMs: ms, call });
  }

  /** Lets time pass, running what falls due in order and letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#mono + ms;
    for (let next = this.#nextDue(until); next; next = this.#nextDue(until)) {
      this.#pass(next.at - this.#mono);
      if (next.everyMs === undefined) this.#timers = this.#timers.filter((timer) => timer !== next);
      else next.at += next.everyMs;
      next.call();
      await settle();
    }
    this.#pass(until - this.#mono);
    await settle();
  }

  #start(timer: Timer): () => void {
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  #nextDue(until: number): Timer | undefined {
    return this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }

  #pass(ms: number): void {
    this.#mono += ms;
    this.#wall += ms;
  }
}

/** Lets everything that is ready to run, run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
