import { alarmKey, type AlarmTransition } from '../model/alarm.ts';
import { RangeSet, type Range } from '../model/ranges.ts';
import type { Reading } from '../model/reading.ts';
import type { SourceState } from './entries.ts';
import type { AlarmRef, EpochState, GapRecord, JournalState, NoteRecord } from './state.ts';

/** The body of a snapshot frame. */
interface SnapshotJson {
  readonly epochs: readonly EpochState[];
  readonly nextNote: number;
  readonly notes: readonly NoteRecord[];
  readonly gaps: readonly GapRecord[];
  readonly upstreams: readonly {
    readonly id: string;
    readonly delivered: readonly (readonly [number, readonly Range[]])[];
    readonly refused: readonly (readonly [number, readonly Range[]])[];
    readonly before: readonly (readonly [number, number])[];
    readonly notes: readonly Range[];
    readonly heads: readonly number[];
    readonly devices: readonly (readonly [string, string])[];
  }[];
  readonly latest: readonly string[];
  readonly openAlarms: readonly string[];
  readonly alarmRefs: readonly (readonly [number, readonly AlarmRef[]])[];
  readonly ingest: readonly (readonly [string, string])[];
  readonly sources: readonly SourceState[];
  /** Absent in the oldest journals. */
  readonly sumEnds?: readonly (readonly [string, number])[];
  readonly timeFloor: number;
}

export function snapshotOf(state: JournalState): Buffer {
  const snapshot: SnapshotJson = {
    epochs: state.epochs,
    nextNote: state.nextNote,
    notes: state.notes,
    gaps: state.gaps,
    upstreams: [...state.upstreams].map(([id, upstream]) => ({
      id,
      delivered: [...upstream.delivered].map(([epoch, set]) => [epoch, set.ranges] as const),
      refused: [...upstream.refused].map(([epoch, set]) => [epoch, set.ranges] as const),
      before: [...upstream.before],
      notes: upstream.notes.ranges,
      heads: [...upstream.heads],
      devices: [...upstream.devices],
    })),
    latest: [...state.latest.values()].flatMap((channels) => [...channels.values()]),
    openAlarms: [...state.openAlarms.values()],
    alarmRefs: [...state.alarmRefs],
    ingest: state.ingest.pack(),
    sources: [...state.sources].map(([device, source]) => ({ device, state: source })),
    sumEnds: [...state.sumEnds],
    timeFloor: state.timeFloor,
  };
  return Buffer.from(JSON.stringify(snapshot), 'utf8');
}

/** Adds what a snapshot knows to a state that has nothing newer yet. */
export function applySnapshot(state: JournalState, body: Buffer): void {
  const snapshot = JSON.parse(body.toString()) as SnapshotJson;
  for (const { epoch, ordinal, head, end } of snapshot.epochs) {
    const known = state.addEpoch(epoch, ordinal);
    known.head = Math.max(known.head, head);
    if (known.end === 'open') known.end = end;
  }
  state.nextNote = Math.max(state.nextNote, snapshot.nextNote);
  for (const note of snapshot.notes) state.applyNote(note);
  for (const gap of snapshot.gaps) state.applyGap(gap);
  for (const { id, delivered, refused, before, notes, heads, devices } of snapshot.upstreams) {
    const upstream = state.upstreamOf(id);
    for (const [epoch, ranges] of delivered) upstream.deliveredOf(epoch).addAll(ranges);
    for (const [epoch, ranges] of refused) upstream.refused.set(epoch, RangeSet.of(ranges));
    for (const [epoch, head] of before) upstream.before.set(epoch, head);
    upstream.notes.addAll(notes);
    for (const epoch of heads) upstream.heads.add(epoch);
    for (const [device, rev] of devices) upstream.devices.set(device, rev);
  }
  for (const json of snapshot.latest) {
    const { device, channel } = JSON.parse(json) as Reading;
    state.setLatest(device, channel, json);
  }
  for (const json of snapshot.openAlarms) state.openAlarms.set(alarmKey(JSON.parse(json) as AlarmTransition), json);
  for (const [epoch, refs] of snapshot.alarmRefs) state.alarmRefs.set(epoch, [...refs]);
  state.ingest.unpack(snapshot.ingest);
  for (const { device, state: source } of snapshot.sources) state.sources.set(device, source);
  for (const [key, at] of snapshot.sumEnds ?? []) state.sumEnds.set(key, at);
  state.timeFloor = Math.max(state.timeFloor, snapshot.timeFloor);
}
