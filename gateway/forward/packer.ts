import { maxBatchReadings, type Gap } from '../model/delivery.ts';
import type { Range } from '../model/ranges.ts';
import type { DeliveryLog, GapPiece, Piece } from './delivery-log.ts';
import { batchJson, encodePayload, gapJson, type BatchParts, type NativeTopics } from './dialects/native.ts';
import type { Parcel } from './parcel.ts';
import type { Pending, Pick, Span } from './pending.ts';
import type { UpstreamOptions } from './upstream-options.ts';

/** Bytes of an envelope around the entries of a batch. */
const envelopeBytes = 200;

type Line = Extract<Piece, { kind: 'lines' }>['lines'][number];

/** Makes messages of what the journal holds. */
export class Packer {
  readonly #options: UpstreamOptions;
  readonly #topics: NativeTopics;
  readonly #pending: Pending;
  /** Bytes of JSON per byte on the wire, learnt from the batches made. */
  #ratio = 1;

  constructor(options: UpstreamOptions, topics: NativeTopics, pending: Pending) {
    this.#options = options;
    this.#topics = topics;
    this.#pending = pending;
  }

  /**
   * The message that begins with the first number of `pick`: a batch of at most `mostBytes` as sent, one entry at
   * least, or a gap. A batch ends before an entry of the other kind, a hole, a refused entry and a cut.
   *
   * @throws an I/O error of the journal.
   */
  async pack(pick: Pick, mostBytes: number): Promise<Parcel> {
    const { log, upstream } = this.#options;
    const { epoch, from } = pick;
    const own = log.upstream(upstream);
    const before = own.before.get(epoch) ?? 0;
    if (from <= before)
      return this.#gap(epoch, { kind: 'gap', from, to: Math.min(before, pick.to), why: 'before_start' });
    const [refused] = own.refused.get(epoch)?.within(from, pick.to) ?? [];
    if (refused?.[0] === from) return this.#gap(epoch, { kind: 'gap', from, to: refused[1], why: 'refused' });
    const to = this.#pending.endOf({ epoch, from, to: refused ? refused[0] - 1 : pick.to });
    const run = await readRun(log, { epoch, from, to }, mostBytes * this.#ratio);
    if (run.kind === 'gap') return this.#gap(epoch, run);
    const { gateway, now } = this.#options;
    const lane = run.tag === 'a' ? 'alarm' : pick.lane === 'alarm' ? 'backfill' : pick.lane;
    return this.#batch({ gateway, epoch, lane, from, sent: now(), entries: run.entries }, mostBytes);
  }

  #batch(all: BatchParts, mostBytes: number): Parcel {
    const { encoding } = this.#options;
    const { epoch, lane, from } = all;
    let { entries } = all;
    let json = batchJson(all);
    let payload = encodePayload(json, encoding);
    while (payload.length > mostBytes && entries.length > 1) {
      const fitting = Math.floor((entries.length * mostBytes) / payload.length);
      entries = entries.slice(0, Math.max(1, Math.min(entries.length - 1, fitting)));
      json = batchJson({ ...all, entries });
      payload = encodePayload(json, encoding);
    }
    // Towards what this batch gave, from below: packing again costs more than a batch that is a little small.
    this.#ratio = encoding === 'json' ? 1 : Math.max(1, 0.7 * this.#ratio + 0.3 * 0.9 * (json.length / payload.length));
    const message = {
      topic: this.#topics.batch(lane),
      payload,
      covers: { epoch, from, to: from + entries.length - 1 },
    };
    return lane === 'alarm' ? { kind: 'alarm', ...message, at: timeOf(entries) } : { kind: 'batch', ...message };
  }

  async #gap(epoch: number, piece: GapPiece): Promise<Parcel> {
    const { gateway } = this.#options;
    const { from, to, why, lostAtMost, span = await this.#spanOf(epoch, piece) } = piece;
    const rest = { ...(span ? { span } : {}), ...(lostAtMost === undefined ? {} : { lostAtMost }) };
    const gap: Gap = { v: 1, gateway, epoch, from, to, why, ...rest };
    return { kind: 'gap', topic: this.#topics.gap, payload: gapJson(gap), covers: { epoch, from, to } };
  }

  /** From when to when about, as far as the entries of a gap or those beside it tell. */
  async #spanOf(epoch: number, { from, to }: GapPiece): Promise<Range | undefined> {
    const { log } = this.#options;
    const first = (await log.timeOf(epoch, from)) ?? (await log.timeOf(epoch, from - 1));
    const last = (await log.timeOf(epoch, to)) ?? (await log.timeOf(epoch, to + 1));
    const times = [first, last].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : [Math.min(...times), Math.max(...times)];
  }
}

/** Consecutive entries of one kind, or the gap where they would begin. */
async function readRun(
  log: DeliveryLog,
  { epoch, from, to }: Span,
  mostBytes: number,
): Promise<GapPiece | { readonly kind: 'run'; readonly tag: Line['tag']; readonly entries: readonly Buffer[] }> {
  const limits = { maxEntries: maxBatchReadings, maxBytes: Math.max(1, mostBytes - envelopeBytes) };
  const pieces = await log.read(epoch, from, to, limits);
  const [first] = pieces;
  if (first?.kind === 'gap') return first;
  const lines: Line[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'gap') break;
    lines.push(...piece.lines);
  }
  const tag = first?.lines[0]?.tag ?? 'r';
  const entries: Buffer[] = [];
  let bytes = 0;
  for (const line of lines) {
    bytes += line.json.length + 1;
    const isFull = entries.length > 0 && (entries.length >= maxBatchReadings || bytes > limits.maxBytes);
    if (line.tag !== tag || isFull) break;
    entries.push(line.json);
  }
  if (entries.length === 0) throw new Error(`the journal has nothing for ${epoch}-${from}`);
  return { kind: 'run', tag, entries };
}

/** When the first of some alarm transitions happened, Unix milliseconds. */
function timeOf([entry]: readonly Buffer[]): number {
  const { at } = JSON.parse(String(entry)) as { readonly at: number };
  return at;
}
