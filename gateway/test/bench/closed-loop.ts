import { cpuMicros } from './measure.ts';

/** How much goes through what is measured, and whose CPU time counts. */
export interface LoopPlan {
  readonly pids: readonly number[];
  /** Those that are measured, and those that go before to warm up. */
  readonly messages: number;
  readonly warmUp: number;
  /** So many may be on their way. */
  readonly window: number;
  /** So many begin in a second at most. */
  readonly perSecond?: number;
}

export interface LoadResult {
  /** CPU time of the measured processes for one message. */
  readonly microsPerMessage: number;
  readonly messagesPerSecond: number;
  /** CPU time of the load generator for one message. */
  readonly ownMicros: number;
}

/** When nothing arrives for so long, something was lost. */
const stallMs = 10_000;

interface Ends {
  /** Sends up to so many messages and returns how many it sent; 0: not now. */
  readonly send: (atMost: number) => number;
  /** How many have gone all the way. */
  readonly done: () => number;
}

/** Keeps a window of messages on their way, without end or loss, and measures what a message costs. */
export class ClosedLoop {
  readonly #plan: LoopPlan;
  readonly #ends: Ends;
  readonly #marks: { readonly count: number; readonly resolve: () => void }[] = [];
  #sent = 0;
  #isScheduled = false;
  #startedAt = 0;

  constructor(plan: LoopPlan, ends: Ends) {
    this.#plan = plan;
    this.#ends = ends;
  }

  async run(): Promise<LoadResult> {
    const { warmUp, messages, pids, perSecond } = this.#plan;
    this.#startedAt = performance.now();
    const timers = [this.#watchForStall()];
    // A rate is kept by the clock, not by what comes back.
    if (perSecond !== undefined) timers.push(setInterval(() => this.#pump(), 1));
    this.turn();
    await this.#when(warmUp);
    const [before, own, start] = [cpuMicros(pids), process.cpuUsage(), performance.now()];
    await this.#when(warmUp + messages);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(own);
    for (const timer of timers) clearInterval(timer);
    return {
      microsPerMessage: (cpuMicros(pids) - before) / messages,
      messagesPerSecond: messages / seconds,
      ownMicros: (user + system) / messages,
    };
  }

  /** Something arrived: looks, once in this turn of the event loop, what can be sent. */
  turn(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #when(count: number): Promise<void> {
    return new Promise((resolve) => this.#marks.push({ count, resolve }));
  }

  #pump(): void {
    const done = this.#ends.done();
    while (this.#marks[0] && done >= this.#marks[0].count) this.#marks.shift()?.resolve();
    const { warmUp, messages, window, perSecond = Infinity } = this.#plan;
    const due = perSecond === Infinity ? Infinity : ((performance.now() - this.#startedAt) / 1000) * perSecond;
    const until = Math.min(warmUp + messages, done + window, due);
    for (let sent = 1; sent > 0; this.#sent += sent) sent = this.#ends.send(Math.floor(until - this.#sent));
  }

  #watchForStall(): NodeJS.Timeout {
    let before = -1;
    return setInterval(() => {
      const done = this.#ends.done();
      if (done === before) throw new Error(`nothing moves any more: ${this.#sent} sent, ${done} arrived`);
      before = done;
    }, stallMs);
  }
}
