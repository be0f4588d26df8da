import { dirname } from 'node:path';
import { gatewayError, reasonOf } from '../model/errors.ts';
import type { Progress } from '../model/delivery.ts';
import type { Reading } from '../model/reading.ts';
import type { Clock } from '../platform/clock.ts';
import type { Files } from '../platform/files.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { encodeGroups, type Group, type IngestKey } from './entries.ts';
import type { FrameContent } from './frame.ts';
import { findReadings, type HistoryQuery } from './history.ts';
import { JournalReader, type Piece, type ReadLimits } from './reader.ts';
import { recover } from './recover.ts';
import { gapFrame } from './rewrite.ts';
import type { SegmentTable } from './segments.ts';
import type { AlarmRef, EpochState, GapRecord, JournalState, NoteRecord, UpstreamState } from './state.ts';
import { Upkeep } from './upkeep.ts';
import { SegmentWriter } from './writer.ts';

export interface JournalOptions {
  readonly directory: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** Ids of the upstreams whose acks decide what may go. */
  readonly upstreams: readonly string[];
  /** Longest time until a reading is durable, milliseconds. */
  readonly commitMs: number;
  /** Longest time that a publisher waits for its ack, milliseconds. */
  readonly ackMs: number;
  readonly budgetBytes: number;
  readonly keepMs: number;
  readonly segmentBytes?: number;
}

/** A commit is due at once when so much waits. */
const commitAtBytes = 64 * 1024;
const commitAtEntries = 1000;
/** Acceptance waits while so many entries are not durable yet. */
const mostPendingEntries = 4096;
/** What may wait in memory while the disk fails. */
const ringBytes = 32 * 1024 * 1024;
/** A frame holds at most so many entries, so that one damaged frame costs little. */
const frameEntries = 1000;

/** A frame that covers no entries of a commit; `applied` runs when it is durable. */
interface PendingRecord {
  readonly frame: FrameContent;
  readonly applied?: () => void;
}

interface PendingGroup extends Group {
  readonly bytes: number;
  readonly onKept: ((kept: boolean) => void) | undefined;
}

/** How soon a group must be durable: `now` for alarms, `ack` when somebody waits for it. */
export type Urgency = 'now' | 'ack' | 'routine';

/**
 * The one log of everything accepted: readings and alarm transitions, in order, durable, within a budget; and of what
 * each upstream has. What `onKept(true)` was called for survives kill, crash and power cut.
 */
export class Journal {
  readonly epoch: number;
  readonly #options: JournalOptions;
  readonly #state: JournalState;
  readonly #table: SegmentTable;
  readonly #writer: SegmentWriter;
  readonly #reader: JournalReader;
  readonly #own: EpochState;
  readonly #listeners: ((groups: readonly Group[]) => void)[] = [];
  #nextSeq = 1;
  #pending: PendingGroup[] = [];
  #pendingEntries = 0;
  #pendingBytes = 0;
  /** Records that ride in the next commit. */
  #records: PendingRecord[] = [];
  /** Gaps on their way to the disk. */
  #comingGaps: GapRecord[] = [];
  #inFlightEntries = 0;
  #commit: Promise<void> | undefined;
  #dueIn = Number.POSITIVE_INFINITY;
  #cancelDue: (() => void) | undefined;
  #roomWaiters: (() => void)[] = [];
  readonly #upkeep: Upkeep;
  #isClosed = false;

  /**
   * Reads what is on the disk and begins a new epoch. The start is the recovery; there is no other.
   *
   * @throws GatewayError JOURNAL_UNUSABLE when the directory cannot be read.
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const { directory, files, log } = options;
    try {
      await files.makeDir(directory);
      await files.syncDir(dirname(directory));
      const { state, table, newGaps } = await recover(directory, { files, log, now: Math.round(options.clock.wall()) });
      return new Journal(options, state, table, newGaps);
    } catch (error) {
      throw gatewayError('JOURNAL_UNUSABLE', { path: directory, reason: reasonOf(error) }, error);
    }
  }

  private constructor(
    options: JournalOptions,
    state: JournalState,
    table: SegmentTable,
    newGaps: readonly GapRecord[],
  ) {
    this.#options = options;
    this.#state = state;
    this.#table = table;
    const { directory: root, files, clock, ids, log, segmentBytes = 8 * 1024 * 1024 } = options;
    this.epoch = ids.epoch();
    this.#own = state.addEpoch(this.epoch, (state.epochs.at(-1)?.ordinal ?? 0) + 1);
    const { epoch } = this;
    const snapshot = (): Buffer => {
      state.prune(options.upstreams, table.epochs);
      return state.toSnapshot();
    };
    this.#writer = new SegmentWriter({
      root,
      epoch,
      ordinal: this.#own.ordinal,
      segmentBytes,
      files,
      clock,
      log,
      table,
      snapshot,
    });
    this.#reader = new JournalReader({ files, table, state, epoch });
    this.#upkeep = new Upkeep({
      ...options,
      segmentBytes,
      state,
      table,
      activeSegment: () => this.#writer.activeSegment,
      recordGaps: async (gaps) => {
        for (const gap of gaps) this.#recordGap(gap);
        await this.settled();
      },
      mayGoOn: () => !this.#isClosed && this.failing === undefined,
    });
    this.#records = [...newGaps.map(gapFrame), ...state.notes.map(noteFrame)].map((frame) => ({ frame }));
    this.#due(0);
  }

  /** The number that the next appended entry must have. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Highest number of this epoch that is durable. */
  get durableHead(): number {
    return this.#own.head;
  }

  /** All epochs that receivers check, oldest first. */
  get epochs(): readonly Readonly<EpochState>[] {
    return this.#state.epochs;
  }

  get notes(): readonly NoteRecord[] {
    return this.#state.notes;
  }

  /** Alarm transitions that some upstream may still want, oldest first. */
  get alarms(): readonly (AlarmRef & { readonly epoch: number })[] {
    return this.#state.epochs.flatMap(({ epoch }) =>
      (this.#state.alarmRefs.get(epoch) ?? []).map((alarm) => ({ ...alarm, epoch })),
    );
  }

  /** Everything that a restart needs to know; read only. */
  get state(): JournalState {
    return this.#state;
  }

  /** Since when commits fail, monotonic milliseconds; `undefined` while all is well. */
  get failing(): { readonly since: number; readonly why: string } | undefined {
    const since = this.#writer.failingSince;
    return since === undefined ? undefined : { since, why: this.#writer.failure };
  }

  get usedBytes(): number {
    return this.#table.bytes;
  }

  /** Whether whoever can wait must wait: too much is not durable yet, or the budget is being restored. */
  get isFull(): boolean {
    if (this.failing) return false;
    return this.#pendingEntries + this.#inFlightEntries >= mostPendingEntries || this.#upkeep.isOverdue;
  }

  /** Resolves when entries may be appended again. Whoever can wait asks before appending. */
  async whenRoom(): Promise<void> {
    while (this.isFull && !this.#isClosed) await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
  }

  /**
   * Takes entries whose numbers follow on `nextSeq`. All of a group are durable together or not at all.
   *
   * @param onKept - called once: `true` when the group is durable, `false` when it never will be.
   */
  append(group: Group, urgency: Urgency = 'routine', onKept?: (kept: boolean) => void): void {
    for (const { seq } of group.entries) {
      if (seq !== this.#nextSeq) throw new Error(`entry ${seq} does not follow on ${this.#nextSeq - 1}`);
      this.#nextSeq++;
    }
    const bytes = group.entries.reduce((sum, { json }) => sum + json.length + 2, 0);
    this.#pending.push({ ...group, bytes, onKept });
    this.#pendingEntries += group.entries.length;
    this.#pendingBytes += bytes;
    if (this.failing) this.#forgetOldest();
    const isMuch = this.#pendingBytes >= commitAtBytes || this.#pendingEntries >= commitAtEntries;
    this.#due(urgency === 'now' || isMuch ? 0 : urgency === 'ack' ? this.#options.ackMs : this.#options.commitMs);
  }

  /** Notes what an upstream acked. Known at once, durable with the next commit; a lost tail is only a resend. */
  recordProgress(record: Progress): void {
    this.#state.applyProgress(record);
    this.#records.push({ frame: { kind: 'delivered', body: Buffer.from(JSON.stringify(record)) } });
    this.#due(this.#options.commitMs);
  }

  /** Whether an ingest message was accepted before, in this or an earlier life. */
  hasSeen(key: IngestKey): boolean {
    return this.#state.ingest.has(key);
  }

  upstream(id: string): UpstreamState {
    return this.#state.upstreamOf(id);
  }

  /** Calls `listener` with the groups of each commit, when they are durable. */
  onKept(listener: (groups: readonly Group[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Durable entries by number; see `JournalReader.read`. Holes found on the way are recorded as gaps. */
  async read(epoch: number, from: number, to: number, limits: ReadLimits): Promise<readonly Piece[]> {
    const pieces = await this.#reader.read(epoch, from, to, limits);
    for (const piece of pieces) {
      if (piece.kind !== 'gap') continue;
      const { from, to, why } = piece;
      const gap: GapRecord = { epoch, from, to, why, lostAtMost: to - from + 1 };
      const known = [...this.#state.gaps, ...this.#comingGaps];
      if (!known.some((other) => other.epoch === epoch && other.from <= gap.from && other.to >= gap.to))
        this.#recordGap(gap);
    }
    return pieces;
  }

  /** Stored readings, newest first; what is not durable yet is not among them. */
  history(query: HistoryQuery): Promise<readonly Reading[]> {
    const epochs = this.#state.epochs.map(({ epoch }) => epoch).toReversed();
    return findReadings({ files: this.#options.files, table: this.#table, epochs }, query);
  }

  /** Unix milliseconds of an entry, or of one close before it; `undefined` when it is gone. */
  timeOf(epoch: number, seq: number): Promise<number | undefined> {
    return this.#reader.timeOf(epoch, seq);
  }

  /** Resolves when everything appended so far is durable, or was given up because the journal closes. */
  async settled(): Promise<void> {
    while ((this.#pending.length > 0 || this.#records.length > 0 || this.#commit) && !this.#isClosed) {
      this.#startCommit();
      await this.#commit;
    }
  }

  /** Packs closed segments and brings the journal into its budget. Runs alone; a second call joins the first. */
  maintain(): Promise<void> {
    return this.#upkeep.run().finally(() => this.#wakeRoomWaiters());
  }

  /** Time never starts before this, Unix milliseconds: the last time that this gateway stamped `synced`. */
  raiseTimeFloor(at: number): void {
    this.#state.timeFloor = Math.max(this.#state.timeFloor, at);
  }

  /** Writes what waits, and a mark that this epoch ended on purpose. */
  async close(): Promise<void> {
    this.#records.push({ frame: { kind: 'close', body: Buffer.from('{}') } });
    this.#writer.stop();
    await this.settled();
    this.#isClosed = true;
    this.#cancelDue?.();
    await this.#upkeep.idle;
    await this.#writer.close();
    for (const { onKept } of this.#pending) onKept?.(false);
    this.#wakeRoomWaiters();
  }

  #due(inMs: number): void {
    if (this.#isClosed || inMs >= this.#dueIn) return;
    this.#dueIn = inMs;
    if (this.#commit) return;
    this.#cancelDue?.();
    if (inMs === 0) {
      const start = setImmediate(() => this.#startCommit());
      this.#cancelDue = () => clearImmediate(start);
    } else {
      this.#cancelDue = this.#options.clock.after(inMs, () => this.#startCommit());
    }
  }

  #startCommit(): void {
    if (this.#commit || this.#isClosed) return;
    this.#cancelDue?.();
    this.#cancelDue = undefined;
    this.#dueIn = Number.POSITIVE_INFINITY;
    this.#commit = this.#runCommit().finally(() => {
      this.#commit = undefined;
      const again = this.#dueIn;
      this.#dueIn = Number.POSITIVE_INFINITY;
      if (again !== Number.POSITIVE_INFINITY) this.#due(again);
    });
  }

  async #runCommit(): Promise<void> {
    const groups = this.#pending;
    const records = this.#records;
    const first = groups.find(({ entries }) => entries.length > 0)?.entries[0]?.seq ?? this.#nextSeq;
    this.#pending = [];
    this.#records = [];
    this.#inFlightEntries = this.#pendingEntries;
    this.#pendingEntries = 0;
    this.#pendingBytes = 0;
    const frames = [...entryFrames(groups), ...records.map(({ frame }) => frame)];
    const kept = await this.#writer.commit(frames, first);
    this.#inFlightEntries = 0;
    if (kept) {
      for (const group of groups) {
        this.#state.applyGroup(this.epoch, group);
        this.#reader.remember(group.entries);
        this.#own.head = Math.max(this.#own.head, group.entries.at(-1)?.seq ?? 0);
      }
      for (const { applied } of records) applied?.();
      if (groups.length > 0) for (const listener of this.#listeners) listener(groups);
      if (this.#upkeep.isDue) void this.maintain();
    }
    for (const { onKept } of groups) onKept?.(kept);
    this.#wakeRoomWaiters();
  }

  /** While the disk fails, memory is bounded too: the oldest readings go, alarms stay longest, and a gap says so. */
  #forgetOldest(): void {
    while (this.#pendingBytes > ringBytes) {
      const readings = this.#pending.findIndex(({ entries }) => entries.every(({ kind }) => kind === 'reading'));
      const [gone] = this.#pending.splice(Math.max(readings, 0), 1);
      if (!gone) return;
      this.#pendingBytes -= gone.bytes;
      this.#pendingEntries -= gone.entries.length;
      const [from, to] = [gone.entries[0]?.seq, gone.entries.at(-1)?.seq];
      if (from !== undefined && to !== undefined) {
        this.#recordGap({ epoch: this.epoch, from, to, why: 'unreadable', lostAtMost: to - from + 1 });
      }
      gone.onKept?.(false);
    }
  }

  #recordGap(gap: GapRecord): void {
    this.#comingGaps.push(gap);
    const applied = (): void => {
      this.#comingGaps = this.#comingGaps.filter((other) => other !== gap);
      this.#state.applyGap(gap);
    };
    this.#records.push({ frame: gapFrame(gap), applied });
    this.#due(this.#options.commitMs);
  }

  #wakeRoomWaiters(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const wake of waiters) wake();
  }
}

/** Groups in frames of at most `frameEntries`; a group is never split. */
function entryFrames(groups: readonly Group[]): FrameContent[] {
  const frames: FrameContent[] = [];
  let chunk: Group[] = [];
  let entries = 0;
  const finish = (): void => {
    const all = chunk.flatMap((group) => group.entries);
    const times = all.map(({ at }) => at);
    if (chunk.length > 0) {
      frames.push({
        kind: 'entries',
        body: encodeGroups(chunk),
        first: all[0]?.seq ?? 0,
        count: all.length,
        minAt: times.reduce((least, at) => Math.min(least, at), times[0] ?? 0),
        maxAt: times.reduce((most, at) => Math.max(most, at), times[0] ?? 0),
      });
    }
    chunk = [];
    entries = 0;
  };
  let next: number | undefined;
  for (const group of groups) {
    const first = group.entries[0]?.seq;
    const isApart = first !== undefined && next !== undefined && first !== next;
    if (isApart || (entries > 0 && entries + group.entries.length > frameEntries)) finish();
    chunk.push(group);
    entries += group.entries.length;
    if (first !== undefined) next = first + group.entries.length;
  }
  finish();
  return frames;
}

function noteFrame(note: NoteRecord): FrameContent {
  return { kind: 'correction', body: Buffer.from(JSON.stringify(note)) };
}
