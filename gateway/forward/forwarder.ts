import { alarmKey } from '../model/alarm.ts';
import { reasonOf } from '../model/errors.ts';
import { sleep } from '../platform/clock.ts';
import { WireError, type WireSession } from '../platform/wire.ts';
import { statusEveryMs } from './bulletins.ts';
import type { Kept } from './delivery-log.ts';
import { NativeTopics, statusJson } from './dialects/native.ts';
import { LiveEdge } from './live-edge.ts';
import { Packer } from './packer.ts';
import { Pending } from './pending.ts';
import { backoffMs, dialEither } from './reconnect.ts';
import { Sender, type SenderMemory } from './sender.ts';
import { registerStart } from './start.ts';
import type { UpstreamOptions } from './upstream-options.ts';
import { SendWindow } from './window.ts';

export type LinkState = 'waiting' | 'connecting' | 'online' | 'refused' | 'stopped';

/** What people see of an upstream. */
export interface LinkView {
  readonly upstream: string;
  readonly state: LinkState;
  readonly why?: string;
  /** Unix milliseconds. */
  readonly since: number;
  /** As last used: 4 is MQTT 3.1.1, where a broker acks what its access list throws away. */
  readonly protocol: 4 | 5;
  readonly waiting: { readonly alarm: number; readonly live: number; readonly backfill: number };
  readonly acked: number;
  readonly sentBytes: number;
  /** How late the last alarm was acked, and the worst one, milliseconds. */
  readonly alarmLateness?: { readonly lastMs: number; readonly worstMs: number };
}

/** An upstream that refuses is asked again at this pace. */
const refusedPauseMs = 60_000;
/** A connection that lasts so long is a good one, whatever it delivered. */
const provenMs = 30_000;
/** How often overdue acks and live readings that fall behind are looked for. */
const watchEveryMs = 1000;

/** How a connection, or the attempt to get one, ended. `because` is for people. */
interface Ending {
  readonly kind: 'lost' | 'refused';
  readonly because: string;
  /** Whether the connection was good for something. */
  readonly isProgress: boolean;
}

/**
 * Brings the journal to one upstream: alarms first, nothing lost, nothing that was acked sent again. It keeps no queue
 * of its own: what to send is what the journal has and the upstream has not acked.
 */
export class Forwarder {
  readonly #options: UpstreamOptions;
  readonly #memory: SenderMemory;
  readonly #edge: LiveEdge;
  readonly #stop = new AbortController();
  #state: LinkState = 'waiting';
  #why: string | undefined;
  /** Monotonic milliseconds. */
  #since: number;
  #protocol: 4 | 5;
  /** What was logged last; a repeated condition is logged on change only. */
  #logged = '';
  #sender: Sender | undefined;
  #wake: () => void = () => {};
  #running: Promise<void> | undefined;

  constructor(options: UpstreamOptions) {
    const { prefix, gateway, encoding, protocol, log, upstream, clock } = options;
    this.#options = options;
    registerStart(options);
    const pending = new Pending((epoch) => log.upstream(upstream).deliveredOf(epoch));
    const { before } = log.upstream(upstream);
    pending.addAlarms(log.alarms.filter(({ epoch, seq }) => seq > (before.get(epoch) ?? 0)));
    this.#edge = new LiveEdge(pending, clock);
    this.#edge.begin(log.durableHead);
    const topics = new NativeTopics(prefix, gateway, encoding);
    const packer = new Packer(options, topics, pending);
    this.#memory = { pending, window: new SendWindow(), topics, packer, acked: 0, sentBytes: 0, lateness: undefined };
    this.#since = clock.mono();
    this.#protocol = protocol;
    log.onKept((groups) => this.#heard(groups));
  }

  get view(): LinkView {
    const { pending, acked, sentBytes, lateness } = this.#memory;
    const { now, clock } = this.#options;
    return {
      upstream: this.#options.upstream,
      state: this.#state,
      ...(this.#why === undefined ? {} : { why: this.#why }),
      since: Math.round(now() - (clock.mono() - this.#since)),
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

  /** Says good-bye and stops; what is not acked by then counts as not delivered. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
    this.#become('stopped');
  }

  /** Something about the gateway has changed, such as a device's description: it is said, and the status with it. */
  poke(): void {
    void this.#sender?.sayStatus();
  }

  async #run(): Promise<void> {
    const { clock, ids } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      const { kind, because, isProgress } = await this.#connectAndServe();
      if (signal.aborted) return;
      this.#become(kind === 'refused' ? 'refused' : 'waiting', because);
      this.#logTrouble(kind, because);
      failures = isProgress ? 1 : failures + 1;
      const backoff = backoffMs(failures, ids.random());
      await sleep(clock, kind === 'refused' ? refusedPauseMs + backoff : backoff, signal);
    }
  }

  /** One connection from dialling to its end. */
  async #connectAndServe(): Promise<Ending> {
    this.#become('connecting');
    const sessionId = this.#options.ids.token();
    try {
      const session = await this.#dial(sessionId);
      this.#become('online');
      return await this.#serve(session, sessionId);
    } catch (error) {
      const isRefusal = error instanceof WireError && error.kind !== 'unreachable';
      return { kind: isRefusal ? 'refused' : 'lost', because: reasonOf(error), isProgress: false };
    }
  }

  async #dial(sessionId: string): Promise<WireSession> {
    const { wire, gateway, upstream, dial, logger } = this.#options;
    const payload = statusJson({ v: 1, gateway, state: 'offline', session: sessionId });
    const will = { topic: this.#memory.topics.status, payload };
    const clientId = `lamppost-${gateway}-${upstream}`;
    const options = { ...wire, clientId, protocol: this.#options.protocol, will };
    const { session, protocol } = await dialEither(dial, options, this.#stop.signal);
    if (protocol < this.#protocol) {
      logger.warn('upstream does not speak MQTT 5; in 3.1.1 a broker acks what it throws away', { upstream });
    }
    this.#protocol = protocol;
    return session;
  }

  /** Sends over one connection until it ends, is given up or refuses. */
  async #serve(session: WireSession, sessionId: string): Promise<Ending> {
    const { clock, log } = this.#options;
    const { signal } = this.#stop;
    const sender = new Sender(this.#options, this.#memory, { session, sessionId, onProgress: () => this.#wake() });
    this.#sender = sender;
    this.#edge.begin(log.durableHead);
    let lost: string | undefined;
    const lose = (why: string): void => {
      lost ??= why;
      this.#wake();
    };
    void session.ended.then(lose);
    const sayStatus = (): void => void sender.sayStatus();
    const timers = [
      clock.every(statusEveryMs, sayStatus),
      clock.every(watchEveryMs, () => {
        if (sender.isOverdue) lose('the upstream does not ack');
        if (this.#isProven(sender)) this.#logOnline();
        this.#edge.watch(log);
        this.#wake();
      }),
    ];
    sayStatus();
    await this.#pump(sender, () => lost !== undefined || sender.denied !== undefined || signal.aborted);
    for (const cancel of timers) cancel();
    this.#sender = undefined;
    await this.#part(session, sender, lost);
    const refusal = sender.denied ?? session.refusal;
    const because = refusal ?? lost ?? 'stopped';
    return { kind: refusal === undefined ? 'lost' : 'refused', because, isProgress: this.#isProven(sender) };
  }

  /** Sends while there is something to send; no wake-up is lost, for it is waited for before looking. */
  async #pump(sender: Sender, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (!sender.sendNext()) await woken;
    }
  }

  /** A connection that delivers, or at least lasts. One that is closed after each greeting is none. */
  #isProven(sender: Sender): boolean {
    return sender.hasDelivered || this.#options.clock.mono() - this.#since >= provenMs;
  }

  /** Leaves a connection that is up with a good-bye, one that is not with lessons for the next. */
  async #part(session: WireSession, sender: Sender, lost: string | undefined): Promise<void> {
    const { window } = this.#memory;
    if (lost === undefined) {
      await sender.leave();
      return;
    }
    if (sender.isOverdue) window.timedOut(this.#options.clock.mono());
    else window.lost(sender.untriedBytes);
    sender.close();
    session.destroy();
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
    if (this.#sender) this.#edge.mark(durableHead);
    this.#wake();
  }

  #become(state: LinkState, why?: string): void {
    if (state !== this.#state) this.#since = this.#options.clock.mono();
    this.#state = state;
    this.#why = why;
  }

  #logOnline(): void {
    if (this.#logged === 'online') return;
    this.#logged = 'online';
    this.#options.logger.info('upstream online', { upstream: this.#options.upstream });
  }

  #logTrouble(kind: Ending['kind'], why: string): void {
    if (why === this.#logged) return;
    this.#logged = why;
    const { logger, upstream } = this.#options;
    if (kind === 'refused') logger.error('upstream refuses; everything waits in the journal', { upstream, why });
    else logger.warn('upstream lost; readings wait in the journal', { upstream, why });
  }
}
