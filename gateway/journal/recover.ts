import { join } from 'node:path';
import { RangeSet } from '../model/ranges.ts';
import { fileErrorCode, type Files } from '../platform/files.ts';
import type { Log } from '../platform/log.ts';
import { decodeBody, decodeHeader, headerBytes, scanFrames, type FoundFrame } from './frame.ts';
import {
  covers,
  parseSegmentName,
  readFile,
  segmentDirectory,
  SegmentTable,
  setSpans,
  type Segment,
} from './segments.ts';
import { JournalState, type GapRecord, type SegmentRecord } from './state.ts';

export interface Recovered {
  readonly state: JournalState;
  readonly table: SegmentTable;
  /** What the recovery found out and nobody has written down yet. */
  readonly newGaps: readonly GapRecord[];
}

interface RecoverOptions {
  readonly files: Files;
  readonly log: Log;
  readonly now: number;
}

/**
 * Reads what is on the disk: the headers of all segments, and the frames of the newest ones back to the last snapshot.
 * Changes nothing but leftovers that were never part of the journal (`*.tmp`, files without a sound frame), so it may
 * be cut short and run again.
 *
 * @param now - Unix milliseconds: what an unclean stop has lost lies before.
 */
export async function recover(root: string, { files, log, now }: RecoverOptions): Promise<Recovered> {
  const table = new SegmentTable();
  const ordinals = new Map<number, number>();
  for (const epoch of await epochDirectories(root, files)) {
    const ordinal = await findSegments(root, epoch, { files, table, log });
    if (ordinal !== undefined) ordinals.set(epoch, ordinal);
  }
  const newest = [...table.epochs].sort((a, b) => (ordinals.get(b) ?? 0) - (ordinals.get(a) ?? 0));
  const state = new JournalState();
  const replayed = await replayFromLastSnapshot(newest, table, files, state);
  for (const epoch of newest) {
    const known = state.addEpoch(epoch, ordinals.get(epoch) ?? 0);
    if (known.head === 0) await raiseHeadFromLastSegment(epoch, table, files, state);
  }
  return { state, table, newGaps: closeEndedEpochs(state, { replayed, table, now }) };
}

async function epochDirectories(root: string, files: Files): Promise<readonly number[]> {
  try {
    return (await files.list(root)).filter((name) => /^\d{1,15}$/.test(name)).map(Number);
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Adds an epoch's segments to the table and gives the ordinal of its start, if any header still tells it. */
async function findSegments(
  root: string,
  epoch: number,
  { files, table, log }: { files: Files; table: SegmentTable; log: Log },
): Promise<number | undefined> {
  const directory = segmentDirectory(root, epoch);
  let ordinal: number | undefined;
  for (const name of await files.list(directory)) {
    const path = join(directory, name);
    const named = parseSegmentName(name);
    if (!named) {
      if (name.endsWith('.tmp')) await files.remove(path);
      continue;
    }
    const size = await files.size(path);
    const record = (await readSegmentRecord(files, path)) ?? (await guessSegmentRecord(files, path, epoch));
    if (!record) {
      log.warn('removing a file without a sound frame', { path, size });
      await files.remove(path);
      continue;
    }
    ordinal = Math.max(ordinal ?? 0, record.ordinal);
    table.add({ path, epoch, ...named, size, sealed: record.sealed !== undefined, ...record.sealed });
  }
  if (table.of(epoch).length === 0) {
    await files.remove(directory).catch(() => {
      // Somebody else's files in our directory are not ours to judge.
    });
  }
  return ordinal;
}

async function readSegmentRecord(files: Files, path: string): Promise<SegmentRecord | undefined> {
  const file = await files.openRead(path);
  try {
    const start = Buffer.from(await file.read(0, headerBytes + 1024));
    const header = decodeHeader(start, 0);
    if (header?.kind !== 'segment') return undefined;
    const body = decodeBody(header, start.subarray(headerBytes, headerBytes + header.length));
    return body && (JSON.parse(body.toString()) as SegmentRecord);
  } finally {
    await file.close();
  }
}

/** For a segment whose first frame is damaged: what its other frames tell; `undefined` when none of them is sound. */
async function guessSegmentRecord(files: Files, path: string, epoch: number): Promise<SegmentRecord | undefined> {
  let record: SegmentRecord | undefined;
  for (const { header, body } of scanFrames(await readFile(files, path))) {
    record ??= { epoch, ordinal: 0, first: header.first };
    if (header.kind === 'snapshot') {
      const state = new JournalState();
      state.applyFrame(epoch, header, body);
      return { ...record, ordinal: state.epochOf(epoch)?.ordinal ?? 0 };
    }
  }
  return record;
}

/** Numbers that the replayed segments hold, and the lowest number that they could hold. */
interface Replayed {
  readonly covered: RangeSet;
  from: number;
}

/** Applies the newest snapshot and every frame behind it. */
async function replayFromLastSnapshot(
  newestFirst: readonly number[],
  table: SegmentTable,
  files: Files,
  state: JournalState,
): Promise<ReadonlyMap<number, Replayed>> {
  const pending: { readonly segment: Segment; readonly frames: readonly FoundFrame[] }[] = [];
  search: for (const epoch of newestFirst) {
    for (const segment of table.of(epoch).toReversed()) {
      const frames = [...scanFrames(await readFile(files, segment.path))];
      pending.unshift({ segment, frames });
      if (frames.some(({ header }) => header.kind === 'snapshot')) break search;
    }
  }
  const replayed = new Map<number, Replayed>();
  for (const { segment, frames } of pending) {
    const spans = frames.filter(({ header }) => covers(header.kind));
    setSpans(
      segment,
      spans.map(({ offset, header }) => ({ offset, header })),
    );
    let own = replayed.get(segment.epoch);
    if (!own) replayed.set(segment.epoch, (own = { covered: new RangeSet(), from: segment.first }));
    for (const { header, body } of frames) {
      state.applyFrame(segment.epoch, header, body);
      if (covers(header.kind)) own.covered.add(header.first, header.first + header.count - 1);
    }
  }
  return replayed;
}

/** For an epoch that no snapshot tells of: its head is the highest number that any of its frames names. */
async function raiseHeadFromLastSegment(
  epoch: number,
  table: SegmentTable,
  files: Files,
  state: JournalState,
): Promise<void> {
  for (const segment of table.of(epoch).toReversed()) {
    for (const { header } of scanFrames(await readFile(files, segment.path))) {
      if (covers(header.kind)) state.raiseHead(epoch, header.first + header.count - 1);
    }
    if ((state.epochOf(epoch)?.head ?? 0) > 0) return;
  }
}

/** Every epoch on the disk has ended: without a `close` it ended uncleanly; numbers it cannot show are gaps. */
function closeEndedEpochs(
  state: JournalState,
  {
    replayed,
    table,
    now,
  }: { readonly replayed: ReadonlyMap<number, Replayed>; readonly table: SegmentTable; readonly now: number },
): readonly GapRecord[] {
  const newGaps: GapRecord[] = [];
  for (const known of state.epochs) {
    const own = replayed.get(known.epoch);
    if (own) {
      for (const gap of state.gaps) if (gap.epoch === known.epoch) own.covered.add(gap.from, gap.to);
      for (const [from, to] of own.covered.gaps(own.from, known.head)) {
        newGaps.push({ epoch: known.epoch, from, to, why: 'unreadable', lostAtMost: to - from + 1 });
      }
    }
    if (known.end === 'open') {
      known.end = 'unclean';
      if (known.head > 0) {
        const { epoch, head } = known;
        const newestAt = Math.max(0, ...table.of(epoch).map((segment) => segment.newestAt ?? 0));
        const span = [Math.min(newestAt, now), now] as const;
        state.applyNote({ note: state.nextNote, kind: 'unclean_stop', epoch, from: head + 1, span });
      }
    }
  }
  for (const gap of newGaps) state.applyGap(gap);
  return newGaps;
}
