import { maxBatchBytes, maxBatchReadings, type Gap, type GatewayStatus, type Lane } from '../model/delivery.ts';
import type { Range } from '../model/ranges.ts';
import type { Ack, WireSession } from '../platform/wire.ts';
import type { GapPiece } from './delivery-log.ts';
import { batchJson, encodePayload, type NativeTopics } from './dialects/native.ts';
import { InFlight } from './in-flight.ts';
import type { Pending, Pick } from './pending.ts';
import type { UpstreamOptions } from './upstream-options.ts';
import type { SendWindow } from './window.ts';

/** What outlives a connection. */
export interface SenderMemory {
  readonly pending: Pending;
  readonly window: SendWindow;
  readonly topics: NativeTopics;
  /** Bytes of JSON per byte on the wire, learnt from the batches sent. */
  ratio: number;
  /** After a refusal for size or content: batches that begin in this range hold at most so many entries. */
  split: { readonly epoch: number; readonly range: Range; readonly most: number } | undefined;
  acked: number;
  sentBytes: number;
  lateness: { readonly lastMs: number; readonly worstMs: number } | undefined;
}

/** How often the status is published, milliseconds. */
export const statusEveryMs = 60_000;

/** Bytes of an envelope and of the MQTT header around the entries of a batch. */
const envelopeBytes = 256;

interface Outgoing {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly isAlarm?: boolean;
  readonly retain?: boolean;
}

/** Sends over one connection, one message at a time, in the order that matters to a city. */
export class Sender {
  /** Why the upstream takes nothing, once it has said so. */
  denied: string | undefined;
  readonly #options: UpstreamOptions;
  readonly #session: WireSession;
  readonly #sessionId: string;
  readonly #memory: SenderMemory;
  readonly #inFlight: InFlight;
  readonly #onProgress: () => void;
  readonly #describing = new Set<string>();
  readonly #noting = new Set<number>();

  constructor(
    options: UpstreamOptions,
    memory: SenderMemory,
    connection: { readonly session: WireSession; readonly sessionId: string; readonly onProgress: () => void },
  ) {
    this.#options = options;
    this.#memory = memory;
    this.#session = connection.session;
    this.#sessionId = connection.sessionId;
    this.#onProgress = connection.onProgress;
    this.#inFlight = new InFlight(memory.window, connection.session.receiveMaximum);
    memory.pending.forgetInFlight();
  }

  get isOverdue(): boolean {
    return this.#inFlight.isOverdue(this.#options.clock.mono());
  }

  /**
   * Sends the next message.
   *
   * @returns `false` when nothing may be sent now.
   * @throws an I/O error of the journal.
   */
  async sendNext(): Promise<boolean> {
    const { log } = this.#options;
    const { pending } = this.#memory;
    const alarm = pending.nextAlarm();
    if (alarm) return this.#inFlight.hasRoomForAlarm && this.#sendRun(alarm);
    if (!this.#inFlight.hasRoom) return false;
    if (this.#sendNote() || this.#sendDescription()) return true;
    const next = pending.next(log.epochs);
    return next !== undefined && this.#sendRun(next);
  }

  /** Publishes how to check that nothing is missing. */
  async sendStatus(): Promise<void> {
    const { gateway, now, log, upstream } = this.#options;
    const { pending, topics } = this.#memory;
    const listed = this.#listedEpochs();
    const oldest = pending.oldest(log.epochs);
    const oldestAt = oldest && (await log.timeOf(oldest.epoch, oldest.seq).catch(() => undefined));
    const status: GatewayStatus = {
      v: 1,
      gateway,
      state: 'online',
      session: this.#sessionId,
      at: now(),
      every: statusEveryMs,
      epoch: log.epoch,
      epochs: Object.fromEntries(listed.map(({ epoch, head }) => [String(epoch), head])),
      waiting: { ...pending.waiting(log.epochs), ...(oldestAt === undefined ? {} : { oldest: oldestAt }) },
    };
    this.#publish({ topic: topics.status, payload: JSON.stringify(status), retain: true }, () => {
      const known = log.upstream(upstream).heads;
      const heads = listed.map(({ epoch }) => epoch).filter((epoch) => epoch !== log.epoch && !known.has(epoch));
      if (heads.length > 0) log.recordProgress({ upstream, heads });
    });
  }

  /** Epochs that the receiver still has to check, the newest ones always; those without a number never. */
  #listedEpochs(): readonly { readonly epoch: number; readonly head: number }[] {
    const { log, upstream } = this.#options;
    const own = log.upstream(upstream);
    const newest = log.epochs.slice(-16);
    const isDone = (epoch: number, head: number): boolean =>
      own.heads.has(epoch) && own.deliveredOf(epoch).covers(1, head);
    return log.epochs.filter((known) => known.head > 0 && (newest.includes(known) || !isDone(known.epoch, known.head)));
  }

  async #sendRun(pick: Pick): Promise<boolean> {
    const { log, upstream } = this.#options;
    const { epoch } = pick;
    const [from, to]: Range = pick.kind === 'alarm' ? [pick.seq, pick.seq] : pick.range;
    const own = log.upstream(upstream);
    const before = own.before.get(epoch) ?? 0;
    if (from <= before)
      return this.#sendGap(epoch, { kind: 'gap', from, to: Math.min(before, to), why: 'before_start' });
    if (own.refused.get(epoch)?.has(from)) return this.#sendGap(epoch, { kind: 'gap', from, to: from, why: 'refused' });
    const [piece] = await log.read(epoch, from, to, this.#limits(epoch, from));
    if (!piece) return false;
    if (piece.kind === 'gap') return this.#sendGap(epoch, piece);
    const tag = piece.lines[0]?.tag;
    const end = piece.lines.findIndex((line) => line.tag !== tag);
    const entries = (end < 0 ? piece.lines : piece.lines.slice(0, end)).map(({ json }) => json);
    const lane = tag === 'a' ? 'alarm' : pick.kind === 'run' ? pick.lane : 'backfill';
    return this.#sendBatch(lane, { epoch, from, entries });
  }

  /** A batch is no larger than the window, one entry at least. */
  #limits(epoch: number, from: number): { readonly maxEntries: number; readonly maxBytes: number } {
    const { split, window, ratio } = this.#memory;
    const wireBytes = Math.min(maxBatchBytes, window.bytes, this.#session.maxPacketBytes) - envelopeBytes;
    const isSplit = split?.epoch === epoch && from >= split.range[0] && from <= split.range[1];
    return { maxEntries: isSplit ? split.most : maxBatchReadings, maxBytes: Math.max(1, wireBytes * ratio) };
  }

  #sendBatch(
    lane: Lane,
    run: { readonly epoch: number; readonly from: number; readonly entries: readonly Buffer[] },
  ): boolean {
    const { gateway, encoding, now, log, upstream } = this.#options;
    const memory = this.#memory;
    const { epoch, from, entries } = run;
    const to = from + entries.length - 1;
    const json = batchJson({ gateway, lane, sent: now(), ...run });
    const payload = encodePayload(json, encoding);
    // Towards what this batch gave, from below: a batch that turns out too large would be worse than one too small.
    memory.ratio = Math.max(1, 0.7 * memory.ratio + 0.3 * 0.9 * (json.length / payload.length));
    const isAlarm = lane === 'alarm';
    this.#sendRange({ topic: memory.topics.batch(lane), payload, isAlarm }, [epoch, from, to], () => {
      log.recordProgress({ upstream, epoch, ranges: [[from, to]] });
      memory.acked += entries.length;
      if (isAlarm) for (const entry of entries) this.#noteLateness(entry);
    });
    return true;
  }

  #sendGap(epoch: number, { from, to, why, span, lostAtMost }: GapPiece): boolean {
    const { gateway, upstream, log } = this.#options;
    const rest = { ...(span ? { span } : {}), ...(lostAtMost === undefined ? {} : { lostAtMost }) };
    const gap: Gap = { v: 1, gateway, epoch, from, to, why, ...rest };
    this.#sendRange({ topic: this.#memory.topics.gap, payload: JSON.stringify(gap) }, [epoch, from, to], () =>
      log.recordProgress({ upstream, epoch, ranges: [[from, to]] }),
    );
    return true;
  }

  /** Publishes a note that covers no numbers: an epoch that ended without a good-bye. */
  #sendNote(): boolean {
    const { log, upstream, gateway } = this.#options;
    const { notes } = log.upstream(upstream);
    const found = log.notes.find(({ note }) => !notes.has(note) && !this.#noting.has(note));
    if (!found) return false;
    const { note, epoch, from, span, lostAtMost } = found;
    const rest = { ...(span ? { span } : {}), ...(lostAtMost === undefined ? {} : { lostAtMost }) };
    const gap: Gap = { v: 1, gateway, epoch, from, to: null, why: 'unclean_stop', ...rest, note };
    this.#noting.add(note);
    this.#publish({ topic: this.#memory.topics.gap, payload: JSON.stringify(gap) }, () => {
      this.#noting.delete(note);
      log.recordProgress({ upstream, notes: [note] });
    });
    return true;
  }

  /** Publishes a device's description when the upstream has another one; takes away those of removed devices. */
  #sendDescription(): boolean {
    const { log, upstream, devices } = this.#options;
    const known = log.upstream(upstream).devices;
    const current = devices();
    const changed = current.find(({ device, rev }) => known.get(device) !== rev && !this.#describing.has(device));
    const isRemoved = (id: string): boolean =>
      !current.some(({ device }) => device === id) && !this.#describing.has(id);
    const device = changed?.device ?? [...known.keys()].find(isRemoved);
    if (device === undefined) return false;
    this.#describing.add(device);
    const payload = changed ? JSON.stringify(changed) : '';
    this.#publish({ topic: this.#memory.topics.device(device), payload, retain: true }, () => {
      this.#describing.delete(device);
      log.recordProgress({ upstream, devices: { [device]: changed?.rev ?? null } });
    });
    return true;
  }

  /** Sends a message that stands for a range of numbers; the range is on its way until the ack. */
  #sendRange(
    message: Outgoing,
    [epoch, from, to]: readonly [epoch: number, from: number, to: number],
    onAck: () => void,
  ): void {
    const { pending } = this.#memory;
    pending.sent(epoch, from, to);
    this.#publish(message, onAck, {
      onRefused: (ack) => this.#refused(ack, epoch, [from, to]),
      settled: () => pending.settled(epoch, from, to),
    });
  }

  #publish(
    { topic, payload, isAlarm = false, retain = false }: Outgoing,
    onAck: () => void,
    range?: { readonly onRefused: (ack: Extract<Ack, { kind: 'refused' }>) => void; readonly settled: () => void },
  ): void {
    const { clock } = this.#options;
    const bytes = payload.length + topic.length + 4;
    const acked = this.#inFlight.sent(bytes, isAlarm, clock.mono());
    this.#memory.sentBytes += bytes;
    void this.#session.publish(topic, payload, retain).then((ack) => {
      acked(clock.mono());
      if (ack.kind === 'acked') onAck();
      else if (range) range.onRefused(ack);
      else this.denied = ack.why;
      range?.settled();
      this.#onProgress();
    });
  }

  #refused(ack: Extract<Ack, { kind: 'refused' }>, epoch: number, [from, to]: Range): void {
    const { log, upstream, logger } = this.#options;
    if (ack.because === 'denied') {
      this.denied = ack.why;
    } else if (from < to) {
      this.#memory.split = { epoch, range: [from, to], most: Math.ceil((to - from + 1) / 2) };
    } else {
      logger.warn('upstream refused one entry for its content', { upstream, epoch, seq: from, why: ack.why });
      log.recordProgress({ upstream, epoch, refused: [[from, from]] });
    }
  }

  #noteLateness(entry: Buffer): void {
    const { at } = JSON.parse(entry.toString()) as { readonly at: number };
    const lastMs = Math.max(0, this.#options.now() - at);
    this.#memory.lateness = { lastMs, worstMs: Math.max(lastMs, this.#memory.lateness?.worstMs ?? 0) };
  }
}
