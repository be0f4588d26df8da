import { alarmKey } from '../model/alarm.ts';
import { reasonOf } from '../model/errors.ts';
import { sleep } from '../platform/clock.ts';
import { WireError, type WireSession } from '../platform/wire.ts';
import type { Kept } from './delivery-log.ts';
import { NativeTopics } from './dialects/native.ts';
import { Pending } from './pending.ts';
import { Sender, statusEveryMs, type SenderMemory } from './sender.ts';
import type { UpstreamOptions } from './upstream-options.ts';
import { SendWindow } from './window.ts';

export type LinkState = 'waiting' | 'connecting' | 'online' | 'refused' | 'stopped';

/** What people see of an upstream. */
export interface LinkView {
  readonly upstream: string;
  readonly state: LinkState;
  readonly why?: string;
  /** Monotonic milliseconds. */
  readonly since: number;
  readonly protocol: 4 | 5;
  readonly waiting: { readonly alarm: number; readonly live: number; readonly backfill: number };
  readonly acked: number;
  readonly sentBytes: number;
  /** How late the last alarm was acked, and the worst one, milliseconds. */
  readonly alarmLateness?: { readonly lastMs: number; readonly worstMs: number };
}

const firstBackoffMs = 500;
const mostBackoffMs = 30_000;
/** An upstream that refuses is asked again at this pace. */
const refusedPauseMs = 60_000;
/** When live readings wait longer than this, they become backfill and live begins anew. */
const liveBehindMs = 10_000;
/** How often overdue acks and live readings that fall behind are looked for. */
const watchEveryMs = 1000;
/** After a read error of the journal. */
const readPauseMs = 5000;

/**
 * Brings the journal to one upstream: alarms first, nothing lost, nothing that was acked sent again. It keeps no queue
 * of its own: what to send is what the journal has and the upstream has not acked.
 */
export class Forwarder {
  readonly #options: UpstreamOptions;
  readonly #memory: SenderMemory;
  readonly #stop = new AbortController();
  #state: LinkState = 'waiting';
  #why: string | undefined;
  #since: number;
  #protocol: 4 | 5;
  #wake: () => void = () => {};
  #running: Promise<void> | undefined;
  /** When the live numbers up to `upTo` became durable; those that were acked are dropped. */
  #liveMarks: { readonly upTo: number; readonly mono: number }[] = [];

  constructor(options: UpstreamOptions) {
    this.#options = options;
    const { prefix, gateway, encoding, log, upstream, clock } = options;
    const pending = new Pending((epoch) => log.upstream(upstream).deliveredOf(epoch));
    pending.liveFrom = log.durableHead + 1;
    pending.addAlarms(log.alarms);
    this.#memory = {
      pending,
      window: new SendWindow(),
      topics: new NativeTopics(prefix, gateway, encoding),
      ratio: 1,
      split: undefined,
      acked: 0,
      sentBytes: 0,
      lateness: undefined,
    };
    this.#since = clock.mono();
    this.#protocol = options.protocol;
    log.onKept((groups) => this.#heard(groups));
  }

  get view(): LinkView {
    const { pending, acked, sentBytes, lateness } = this.#memory;
    return {
      upstream: this.#options.upstream,
      state: this.#state,
      ...(this.#why === undefined ? {} : { why: this.#why }),
      since: this.#since,
      protocol: this.#protocol,
      waiting: pending.waiting(this.#options.log.epochs),
      acked,
      sentBytes,
      ...(lateness ? { alarmLateness: lateness } : {}),
    };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Says good-bye and stops; what is on its way counts as not delivered. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
    this.#become('stopped');
  }

  /** Something to send may have come up, such as a device's new description. */
  poke(): void {
    this.#wake();
  }

  async #run(): Promise<void> {
    const { clock, ids } = this.#options;
    const { signal } = this.#stop;
    this.#registerStart();
    let attempt = 0;
    while (!signal.aborted) {
      const ackedBefore = this.#memory.acked;
      const canRetryAtOnce = await this.#connectAndServe();
      attempt = this.#memory.acked > ackedBefore ? 0 : attempt + 1;
      const backoff = ids.random() * Math.min(mostBackoffMs, firstBackoffMs * 2 ** attempt);
      const pause = this.#state === 'refused' ? Math.max(refusedPauseMs, backoff) : backoff;
      if (!signal.aborted && !canRetryAtOnce) await sleep(clock, pause, signal);
    }
  }

  /** One connection from dialling to its end. @returns whether another way may be tried at once. */
  async #connectAndServe(): Promise<boolean> {
    const { logger, upstream } = this.#options;
    this.#become('connecting');
    try {
      const sessionId = this.#options.ids.token();
      const session = await this.#dial(sessionId);
      this.#become('online');
      logger.info('upstream online', { upstream });
      const { denied, why } = await this.#serve(session, sessionId);
      if (denied === undefined) {
        if (!this.#stop.signal.aborted) logger.warn('upstream lost; readings wait in the journal', { upstream, why });
        this.#become('waiting', why);
      } else {
        logger.error('upstream refuses what we send; everything waits', { upstream, why: denied });
        this.#become('refused', denied);
      }
    } catch (error) {
      const kind = error instanceof WireError ? error.kind : 'unreachable';
      if (kind === 'version' && this.#protocol === 5) {
        logger.warn('upstream does not speak MQTT 5; using 3.1.1, where a broker acks what it throws away', {
          upstream,
        });
        this.#protocol = 4;
        return true;
      }
      this.#become(kind === 'unreachable' ? 'waiting' : 'refused', reasonOf(error));
      if (kind !== 'unreachable') logger.error('upstream refuses the connection', { upstream, why: reasonOf(error) });
    }
    return false;
  }

  #dial(session: string): Promise<WireSession> {
    const { wire, gateway, upstream, dial } = this.#options;
    const will = JSON.stringify({ v: 1, gateway, state: 'offline', session });
    const clientId = `lamppost-${gateway}-${upstream}`;
    const options = {
      ...wire,
      clientId,
      protocol: this.#protocol,
      will: { topic: this.#memory.topics.status, payload: will },
    };
    return dial(options, this.#stop.signal);
  }

  /** Sends over one connection until it ends, is given up or refuses. */
  async #serve(
    session: WireSession,
    sessionId: string,
  ): Promise<{ readonly why: string; readonly denied: string | undefined }> {
    const { clock, log } = this.#options;
    const sender = new Sender(this.#options, this.#memory, { session, sessionId, onProgress: () => this.#wake() });
    this.#beginLive(log.durableHead);
    let why: string | undefined;
    void session.ended.then((reason) => {
      why ??= reason;
      this.#wake();
    });
    const cancelStatus = clock.every(statusEveryMs, () => void sender.sendStatus());
    const cancelWatch = clock.every(watchEveryMs, () => this.#watch(session, sender));
    try {
      await sender.sendStatus();
      while (why === undefined && sender.denied === undefined && !this.#stop.signal.aborted) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        if (!(await this.#sendOrPause(sender))) await woken;
      }
    } finally {
      cancelStatus();
      cancelWatch();
    }
    if (why === undefined) await session.end();
    return { why: why ?? 'stopped', denied: sender.denied };
  }

  async #sendOrPause(sender: Sender): Promise<boolean> {
    try {
      return await sender.sendNext();
    } catch (error) {
      const { logger, clock, upstream } = this.#options;
      logger.warn('journal cannot be read; trying again', { upstream, reason: reasonOf(error) });
      await sleep(clock, readPauseMs, this.#stop.signal);
      return true;
    }
  }

  #watch(session: WireSession, sender: Sender): void {
    const { logger, upstream, log, clock } = this.#options;
    const { window, pending } = this.#memory;
    if (sender.isOverdue) {
      logger.warn('upstream does not ack; dropping the connection', {
        upstream,
        waitedMs: Math.round(window.ackTimerMs),
      });
      window.timedOut();
      session.destroy();
    }
    const oldest = pending.oldestLive({ epoch: log.epoch, head: log.durableHead });
    this.#liveMarks = oldest === undefined ? [] : this.#liveMarks.filter(({ upTo }) => upTo >= oldest);
    const since = this.#liveMarks[0]?.mono;
    if (since !== undefined && clock.mono() - since > liveBehindMs) this.#beginLive(log.durableHead);
    this.#wake();
  }

  /** From here on numbers are live; what waits below is backfill. */
  #beginLive(head: number): void {
    this.#memory.pending.liveFrom = head + 1;
    this.#liveMarks = [];
  }

  #heard(groups: readonly Kept[]): void {
    const { epoch, durableHead } = this.#options.log;
    for (const { entries } of groups) {
      for (const entry of entries) {
        if (entry.kind !== 'alarm') continue;
        const { seq, state, severity } = entry;
        this.#memory.pending.addAlarms([{ epoch, seq, state, severity, key: alarmKey(entry) }]);
      }
    }
    if (this.#state === 'online') this.#liveMarks.push({ upTo: durableHead, mono: this.#options.clock.mono() });
    this.#wake();
  }

  /** With `start: now`, what was there before this upstream was is one gap per epoch. */
  #registerStart(): void {
    const { log, upstream, start } = this.#options;
    const own = log.upstream(upstream);
    if (start === 'oldest' || own.delivered.size > 0 || own.before.size > 0) return;
    const before = Object.fromEntries(
      log.epochs.filter(({ head }) => head > 0).map(({ epoch, head }) => [String(epoch), head]),
    );
    if (Object.keys(before).length > 0) log.recordProgress({ upstream, before });
  }

  #become(state: LinkState, why?: string): void {
    if (state !== this.#state) this.#since = this.#options.clock.mono();
    this.#state = state;
    this.#why = why;
  }
}
