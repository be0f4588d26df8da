import { reasonOf } from '../model/errors.ts';
import type { Ack, WireSession } from '../platform/wire.ts';
import { Bulletins } from './bulletins.ts';
import { statusJson, type NativeTopics } from './dialects/native.ts';
import { InFlight } from './in-flight.ts';
import type { Packer } from './packer.ts';
import type { Parcel } from './parcel.ts';
import type { Pending, Pick, Span } from './pending.ts';
import type { UpstreamOptions } from './upstream-options.ts';
import type { SendWindow } from './window.ts';

/** What outlives a connection. */
export interface SenderMemory {
  readonly pending: Pending;
  readonly window: SendWindow;
  readonly topics: NativeTopics;
  readonly packer: Packer;
  acked: number;
  sentBytes: number;
  lateness: { readonly lastMs: number; readonly worstMs: number } | undefined;
}

/** After a read error of the journal. */
const readPauseMs = 5000;

/** So long everything else stands back for an alarm that is being read. */
const alarmReadMs = 1000;

/** Bytes of an MQTT PUBLISH besides topic and payload: header, length, packet id, properties (MQTT 5, 3.3). */
const headerBytes = 10;

/** Sends over one connection, in the order that matters to a city. */
export class Sender {
  readonly #options: UpstreamOptions;
  readonly #memory: SenderMemory;
  readonly #session: WireSession;
  readonly #sessionId: string;
  readonly #onProgress: () => void;
  readonly #inFlight: InFlight;
  readonly #bulletins: Bulletins;
  #state: 'sending' | 'leaving' | 'over' = 'sending';
  #denied: string | undefined;
  #hasDelivered = false;
  /** Alarms that are being read, and since when, monotonic milliseconds. */
  #alarmReads = 0;
  #alarmReadSince = 0;
  /** The upstream refused larger ones. */
  #mostBytes: number;

  /** @param connection - `onProgress` is called when `sendNext` may have something to do again. */
  constructor(
    options: UpstreamOptions,
    memory: SenderMemory,
    connection: { readonly session: WireSession; readonly sessionId: string; readonly onProgress: () => void },
  ) {
    const { pending, window, topics } = memory;
    const { session, sessionId } = connection;
    this.#options = options;
    this.#memory = memory;
    this.#session = session;
    this.#sessionId = sessionId;
    this.#onProgress = connection.onProgress;
    this.#inFlight = new InFlight(window, session.receiveMaximum);
    this.#bulletins = new Bulletins(options, topics, pending, sessionId);
    this.#mostBytes = session.maxPacketBytes - headerBytes - topics.batch('backfill').length;
    window.connected();
    pending.forgetInFlight();
  }

  /** Why the upstream takes nothing, once it has said so. */
  get denied(): string | undefined {
    return this.#denied;
  }

  /** Whether the upstream has acked any numbers on this connection. */
  get hasDelivered(): boolean {
    return this.#hasDelivered;
  }

  /** Bytes of the largest message without an ack, if none as large had one. */
  get untriedBytes(): number {
    return this.#inFlight.untriedBytes;
  }

  get isOverdue(): boolean {
    return this.#inFlight.isOverdue(this.#options.clock.mono());
  }

  /** Publishes a status soon, which says how to check that nothing is missing, and descriptions that have changed. */
  async sayStatus(): Promise<void> {
    this.#bulletins.lookAgain();
    await this.#bulletins.prepareStatus();
    this.#onProgress();
  }

  /**
   * Sends the next message, or begins to read it: alarms ahead of everything, and no slow read ever in their way.
   *
   * @returns `false` when nothing may be done now; progress is announced.
   */
  sendNext(): boolean {
    if (this.#state !== 'sending' || this.#denied !== undefined) return false;
    const { pending } = this.#memory;
    const alarm = pending.nextAlarm();
    if (alarm) {
      if (!this.#inFlight.hasRoomForAlarm) return false;
      void this.#sendAlarm(alarm);
      return true;
    }
    if (this.#isAlarmComing || this.#bulletins.isLookingUp || !this.#inFlight.hasRoom) return false;
    const bulletin = this.#bulletins.next();
    if (bulletin) {
      this.#publish(bulletin);
      return true;
    }
    if (!this.#inFlight.hasRoomForBatch) return false;
    const { epochs } = this.#options.log;
    const run = pending.nextRun(epochs, this.#gaps());
    if (!run) return this.#inFlight.isEmpty && !pending.oldest(epochs) && this.#bulletins.sayDrained();
    void this.#sendRun(run);
    return true;
  }

  /** Says good-bye; acks of what is on its way still count until then. */
  async leave(): Promise<void> {
    if (this.#state !== 'sending') return;
    this.#state = 'leaving';
    const { gateway } = this.#options;
    const payload = statusJson({ v: 1, gateway, state: 'offline', session: this.#sessionId });
    this.#publish({ kind: 'bulletin', topic: this.#memory.topics.status, payload, isRetained: true, onAck: () => {} });
    await this.#session.end();
    this.close();
  }

  /** The connection has ended: whatever comes of it now changes nothing. */
  close(): void {
    this.#state = 'over';
  }

  get #isAlarmComing(): boolean {
    return this.#alarmReads > 0 && this.#options.clock.mono() - this.#alarmReadSince < alarmReadMs;
  }

  async #sendAlarm(pick: Pick): Promise<void> {
    const { pending } = this.#memory;
    pending.sent(pick);
    if (this.#alarmReads++ === 0) this.#alarmReadSince = this.#options.clock.mono();
    const makeRoom = this.#inFlight.reserve(0, true);
    const parcel = await this.#read(pick, Number.POSITIVE_INFINITY);
    makeRoom();
    this.#alarmReads--;
    if (this.#state === 'sending' && parcel) this.#publish(parcel);
    else if (this.#state !== 'over') pending.settled(pick);
    this.#onProgress();
  }

  /** One read a lane at a time. */
  async #sendRun(pick: Pick): Promise<void> {
    const { pending, window } = this.#memory;
    pending.hold(pick);
    const makeRoom = this.#inFlight.reserve(window.batchBytes, false);
    const parcel = await this.#read(pick, Math.min(window.batchBytes, this.#mostBytes));
    makeRoom();
    if (!parcel) return;
    pending.release(pick);
    if (this.#state === 'sending') this.#publish(parcel);
    this.#onProgress();
  }

  /** @returns `undefined` when it cannot be read now; then the pick is held for a while. */
  async #read(pick: Pick, mostBytes: number): Promise<Parcel | undefined> {
    try {
      return await this.#memory.packer.pack(pick, mostBytes);
    } catch (error) {
      const { logger, clock, upstream } = this.#options;
      const { pending } = this.#memory;
      logger.warn('journal cannot be read; trying again', { upstream, lane: pick.lane, reason: reasonOf(error) });
      pending.hold(pick);
      clock.after(readPauseMs, () => {
        pending.release(pick);
        this.#onProgress();
      });
      return undefined;
    }
  }

  /** Numbers that are known to be lost, or from before this upstream began. */
  *#gaps(): Generator<Span> {
    const { log, upstream } = this.#options;
    for (const [epoch, to] of log.upstream(upstream).before) yield { epoch, from: 1, to };
    yield* log.state.gaps;
  }

  #publish(parcel: Parcel): void {
    const { clock } = this.#options;
    const { topic, payload } = parcel;
    const isRetained = parcel.kind === 'bulletin' && parcel.isRetained;
    const bytes = Buffer.byteLength(payload) + Buffer.byteLength(topic) + headerBytes;
    const settle = this.#inFlight.sent(bytes, parcel.kind === 'alarm', clock.mono());
    if (parcel.kind !== 'bulletin') this.#memory.pending.sent(parcel.covers);
    this.#memory.sentBytes += bytes;
    void this.#session.publish(topic, payload, isRetained).then((ack) => {
      if (this.#state === 'over') return;
      settle(clock.mono());
      if (ack.kind === 'acked') this.#acked(parcel);
      else this.#refused(parcel, ack);
      if (parcel.kind !== 'bulletin') this.#memory.pending.settled(parcel.covers);
      this.#onProgress();
    });
  }

  #acked(parcel: Parcel): void {
    if (parcel.kind === 'bulletin') {
      parcel.onAck();
      return;
    }
    const { log, upstream, now } = this.#options;
    const memory = this.#memory;
    const { epoch, from, to } = parcel.covers;
    this.#hasDelivered = true;
    log.recordProgress({ upstream, epoch, ranges: [[from, to]] });
    if (parcel.kind !== 'gap') memory.acked += to - from + 1;
    if (parcel.kind !== 'alarm') return;
    const lastMs = Math.max(0, now() - parcel.at);
    memory.lateness = { lastMs, worstMs: Math.max(lastMs, memory.lateness?.worstMs ?? 0) };
  }

  #refused(parcel: Parcel, { because, why }: Extract<Ack, { kind: 'refused' }>): void {
    const { log, upstream, logger } = this.#options;
    if (because === 'denied' || parcel.kind === 'gap') {
      this.#denied = why;
    } else if (parcel.kind === 'bulletin') {
      logger.warn('upstream refused a message about the gateway', { upstream, topic: parcel.topic, why });
    } else {
      const { epoch, from, to } = parcel.covers;
      if (because === 'size') this.#mostBytes = Math.min(this.#mostBytes, parcel.payload.length / 2);
      if (from < to) {
        this.#memory.pending.cut(epoch, from + Math.ceil((to - from + 1) / 2));
        return;
      }
      logger.warn('upstream refused an entry; it gets a gap in its place', { upstream, epoch, seq: from, why });
      log.recordProgress({ upstream, epoch, refused: [[from, from]] });
    }
  }
}
