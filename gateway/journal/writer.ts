import type { Clock } from '../platform/clock.ts';
import { sleep } from '../platform/clock.ts';
import type { Files, OpenFile } from '../platform/files.ts';
import type { Log } from '../platform/log.ts';
import { reasonOf } from '../model/errors.ts';
import { decodeHeader, encodeFrame, placeCommit, toPageEnd, type FrameContent } from './frame.ts';
import {
  covers,
  segmentDirectory,
  segmentPath,
  writeAll,
  type FrameSpan,
  type Segment,
  type SegmentTable,
} from './segments.ts';
import type { SegmentRecord } from './state.ts';

/** How often a commit is tried at once before the journal falls back to memory. */
const attemptsAtOnce = 3;
/** How often a failing disk is tried again, milliseconds. */
const probeEveryMs = 10_000;

interface ActiveSegment {
  readonly segment: Segment;
  readonly file: OpenFile;
  position: number;
}

export interface WriterOptions {
  readonly root: string;
  readonly epoch: number;
  readonly ordinal: number;
  readonly segmentBytes: number;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly table: SegmentTable;
  /** State as of the last commit, for the head of a new segment. */
  readonly snapshot: () => Buffer;
}

/**
 * Puts frames on the disk, one commit at a time, and returns when they are durable. A failed write or sync poisons the
 * segment: nothing more is written there, and the commit goes into a new one from its beginning (the kernel may have
 * dropped the failed pages while calling them clean, so trying the same file again proves nothing).
 */
export class SegmentWriter {
  /** Since when commits fail, monotonic milliseconds; `undefined` while the disk works. */
  failingSince: number | undefined;
  failure = '';
  readonly #options: WriterOptions;
  readonly #stop = new AbortController();
  #active: ActiveSegment | undefined;
  /** A new segment before its first commit is durable. */
  #started: ActiveSegment | undefined;
  #attempts = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  get activeSegment(): Segment | undefined {
    return this.#active?.segment;
  }

  /** Makes the frames durable; `first` is the lowest number in them or the next one. `false`: it was told to stop trying. */
  async commit(frames: readonly FrameContent[], first: number): Promise<boolean> {
    const { clock, log } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#write(frames, first);
        if (this.failingSince !== undefined)
          log.warn('journal works again', { failedMs: Math.round(clock.mono() - this.failingSince) });
        this.failingSince = undefined;
        return true;
      } catch (error) {
        await this.#abandonSegment();
        this.failure = reasonOf(error);
        if (attempt < attemptsAtOnce) continue;
        if (this.#stop.signal.aborted) return false;
        if (this.failingSince === undefined) {
          this.failingSince = clock.mono();
          log.error('journal cannot be written; readings wait in memory', { reason: this.failure });
        }
        await sleep(clock, probeEveryMs, this.#stop.signal);
      }
    }
  }

  /** From now on a commit that keeps failing is given up instead of waited for. */
  stop(): void {
    this.#stop.abort();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#active?.file.close();
    this.#active = undefined;
  }

  async #write(frames: readonly FrameContent[], first: number): Promise<void> {
    const encoded = frames.map((frame) => encodeFrame(frame));
    const length = encoded.reduce((sum, { length }) => sum + length, 0);
    const active = this.#active;
    if (active && active.position + length <= this.#options.segmentBytes) {
      await this.#append(active, encoded, placeCommit(active.position, length));
      return;
    }
    this.#active = undefined;
    await active?.file.close();
    const started = await this.#startSegment(first);
    this.#started = started;
    await this.#append(started, [...this.#opening(first), ...encoded], 0);
    await this.#options.files.syncDir(segmentDirectory(this.#options.root, this.#options.epoch));
    this.#started = undefined;
    this.#options.table.add(started.segment);
    this.#active = started;
  }

  #opening(first: number): Buffer[] {
    const { epoch, ordinal, snapshot } = this.#options;
    const record: SegmentRecord = { epoch, ordinal, first };
    return [
      encodeFrame({ kind: 'segment', body: Buffer.from(JSON.stringify(record)) }),
      encodeFrame({ kind: 'snapshot', body: snapshot() }),
    ];
  }

  async #startSegment(first: number): Promise<ActiveSegment> {
    const { root, epoch, files, table } = this.#options;
    if (table.of(epoch).length === 0) {
      await files.makeDir(segmentDirectory(root, epoch));
      await files.syncDir(root);
    }
    if (table.of(epoch).some((segment) => segment.first === first)) this.#attempts++;
    const path = segmentPath(root, epoch, first, this.#attempts);
    const file = await files.create(path);
    const segment: Segment = { path, epoch, first, attempt: this.#attempts, size: 0, sealed: false, spans: [] };
    return { segment, file, position: 0 };
  }

  async #append(active: ActiveSegment, encoded: readonly Buffer[], position: number): Promise<void> {
    await writeAll(active.file, toPageEnd(encoded, position), position);
    await active.file.sync();
    let offset = position;
    for (const frame of encoded) {
      const header = decodeHeader(frame, 0);
      if (header && covers(header.kind)) this.#note(active.segment, { offset, header });
      offset += frame.length;
    }
    active.position = offset;
    active.segment.size = offset;
  }

  #note(segment: Segment, span: FrameSpan): void {
    segment.spans?.push(span);
    segment.last = Math.max(segment.last ?? 0, span.header.first + span.header.count - 1);
    segment.newestAt = Math.max(segment.newestAt ?? 0, span.header.maxAt);
  }

  /** Leaves a poisoned segment as it is: what was committed in it before stays good. One without a commit goes. */
  async #abandonSegment(): Promise<void> {
    this.#attempts++;
    const started = this.#started;
    const file = started?.file ?? this.#active?.file;
    this.#active = undefined;
    this.#started = undefined;
    try {
      await file?.close();
      if (started) await this.#options.files.remove(started.segment.path);
    } catch {
      // Where writing fails, closing and removing may fail too; the next start clears what is left.
    }
  }
}
