import type { AlarmTransition } from '../model/alarm.ts';
import { alarmKey } from '../model/alarm.ts';
import type { GapReason, Progress } from '../model/delivery.ts';
import { RangeSet, type Range } from '../model/ranges.ts';
import type { Reading } from '../model/reading.ts';
import { isNumbered, messagesIn, parseKeys, splitLines } from './entries.ts';
import type { AlarmEntry, Entry, Group, SourceState } from './entries.ts';
import type { FrameHeader } from './frame.ts';
import { IngestWindow } from './ingest-window.ts';
import { applySnapshot, snapshotOf } from './snapshot.ts';

/** One life of the core process. */
export interface EpochState {
  readonly epoch: number;
  /** Order of the starts, from 1. */
  readonly ordinal: number;
  /** Highest durable number. */
  head: number;
  /** How it ended; `open` while it runs. */
  end: 'open' | 'clean' | 'unclean';
}

/** A range of numbers whose entries are gone for good. */
export interface GapRecord {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly why: Exclude<GapReason, 'unclean_stop' | 'refused' | 'before_start'>;
  readonly span?: Range;
  readonly lostAtMost?: number;
}

/** A message to the receivers that covers no numbers: sent until acked. */
export interface NoteRecord {
  readonly note: number;
  readonly kind: 'unclean_stop';
  readonly epoch: number;
  /** Head of that epoch + 1. */
  readonly from: number;
  readonly span?: Range;
  readonly lostAtMost?: number;
}

/** What one upstream has. Moves only by its acks. */
export class UpstreamState {
  readonly delivered = new Map<number, RangeSet>();
  readonly refused = new Map<number, RangeSet>();
  readonly before = new Map<number, number>();
  readonly notes = new RangeSet();
  readonly heads = new Set<number>();
  readonly devices = new Map<string, string>();

  deliveredOf(epoch: number): RangeSet {
    return ensure(this.delivered, epoch, () => new RangeSet());
  }

  apply(record: Progress): void {
    if (record.epoch !== undefined) {
      this.deliveredOf(record.epoch).addAll(record.ranges ?? []);
      if (record.refused) ensure(this.refused, record.epoch, () => new RangeSet()).addAll(record.refused);
    }
    for (const note of record.notes ?? []) this.notes.add(note, note);
    for (const epoch of record.heads ?? []) this.heads.add(epoch);
    for (const [epoch, head] of Object.entries(record.before ?? {})) this.before.set(Number(epoch), head);
    for (const [device, rev] of Object.entries(record.devices ?? {})) {
      if (rev === null) this.devices.delete(device);
      else this.devices.set(device, rev);
    }
  }

  forget(epoch: number): void {
    this.delivered.delete(epoch);
    this.refused.delete(epoch);
    this.before.delete(epoch);
    this.heads.delete(epoch);
  }
}

/** Enough of an alarm transition to choose which to send first. */
export type AlarmRef = Pick<AlarmEntry, 'seq' | 'state' | 'severity' | 'raisedAt' | 'at'> & { readonly key: string };

/**
 * All that the journal knows besides the entries themselves: rebuilt at start from the newest snapshot and the frames
 * behind it, kept up to date while running, written as a snapshot at the head of every segment.
 */
export class JournalState {
  /** By ordinal, oldest first. */
  epochs: EpochState[] = [];
  nextNote = 1;
  notes: NoteRecord[] = [];
  gaps: GapRecord[] = [];
  readonly upstreams = new Map<string, UpstreamState>();
  /** Latest reading per device and channel, as JSON. */
  readonly latest = new Map<string, Map<string, string>>();
  /** Last transition of each alarm that is not normal, as JSON, by `device/rule`. */
  readonly openAlarms = new Map<string, string>();
  /** Alarm transitions that some upstream may still want, per epoch, ascending. */
  readonly alarmRefs = new Map<number, AlarmRef[]>();
  readonly ingest = new IngestWindow();
  readonly sources = new Map<string, unknown>();
  /** Where the last sum of each channel ended, Unix milliseconds by `device/channel`. */
  readonly sumEnds = new Map<string, number>();
  /** Last `at` of a reading whose clock was synced, Unix milliseconds: time never starts before it. */
  timeFloor = 0;

  epochOf(epoch: number): EpochState | undefined {
    return this.epochs.find((known) => known.epoch === epoch);
  }

  upstreamOf(id: string): UpstreamState {
    return ensure(this.upstreams, id, () => new UpstreamState());
  }

  addEpoch(epoch: number, ordinal: number): EpochState {
    const known = this.epochOf(epoch);
    if (known) return known;
    const added: EpochState = { epoch, ordinal, head: 0, end: 'open' };
    this.epochs.push(added);
    this.epochs.sort((a, b) => a.ordinal - b.ordinal);
    return added;
  }

  raiseHead(epoch: number, seq: number): void {
    const known = this.epochOf(epoch);
    if (known && seq > known.head) known.head = seq;
  }

  applyGroup(epoch: number, group: Group): void {
    for (const entry of group.entries) this.#applyEntry(epoch, entry);
    for (const [device, keys] of messagesIn(group.keys)) this.ingest.add(device, keys);
    for (const source of group.states ?? []) this.#applySource(source);
  }

  /** Gaps for one reason that touch are one gap, so that a long outage does not make thousands of them. */
  applyGap(gap: GapRecord): void {
    this.raiseHead(gap.epoch, gap.to);
    const near = this.gaps.filter(
      ({ epoch, from, to }) => epoch === gap.epoch && from <= gap.to + 1 && to >= gap.from - 1,
    );
    if (near.some(({ from, to }) => from <= gap.from && to >= gap.to)) return;
    const alike = near.filter(({ why }) => why === gap.why);
    this.gaps = [...this.gaps.filter((known) => !alike.includes(known)), alike.reduce(joined, gap)];
  }

  applyNote(note: NoteRecord): void {
    if (this.notes.some((known) => known.note === note.note)) return;
    this.notes.push(note);
    this.nextNote = Math.max(this.nextNote, note.note + 1);
  }

  applyProgress(record: Progress): void {
    this.upstreamOf(record.upstream).apply(record);
    const highest = record.ranges?.at(-1)?.[1];
    if (record.epoch !== undefined && highest !== undefined) this.raiseHead(record.epoch, highest);
  }

  /** Replays one frame of a segment of `epoch`. */
  applyFrame(epoch: number, header: FrameHeader, body: Buffer): void {
    switch (header.kind) {
      case 'segment': {
        const { epoch: own, ordinal } = JSON.parse(body.toString()) as SegmentRecord;
        this.addEpoch(own, ordinal);
        break;
      }
      case 'entries':
        this.#applyEntriesBody(epoch, header, body);
        this.raiseHead(epoch, header.first + header.count - 1);
        break;
      case 'gap':
        this.applyGap(JSON.parse(body.toString()) as GapRecord);
        break;
      case 'delivered':
        this.applyProgress(JSON.parse(body.toString()) as Progress);
        break;
      case 'correction':
        this.applyNote(JSON.parse(body.toString()) as NoteRecord);
        break;
      case 'close': {
        const known = this.epochOf(epoch);
        if (known) known.end = 'clean';
        break;
      }
      case 'snapshot':
        applySnapshot(this, body);
        break;
      case 'summary':
      case 'anchor':
        break;
    }
  }

  /** Forgets alarm references that all the named upstreams have, and epochs that nobody needs any more. */
  prune(upstreams: readonly string[], epochsOnDisk: ReadonlySet<number>): void {
    const wanting = upstreams.map((id) => this.upstreamOf(id));
    for (const [epoch, refs] of this.alarmRefs) {
      const left = refs.filter(({ seq }) => wanting.some((upstream) => !upstream.deliveredOf(epoch).has(seq)));
      if (left.length === 0) this.alarmRefs.delete(epoch);
      else this.alarmRefs.set(epoch, left);
    }
    const newest = new Set(this.epochs.slice(-keptEpochs).map(({ epoch }) => epoch));
    const isNeeded = ({ epoch, head }: EpochState): boolean =>
      epochsOnDisk.has(epoch) ||
      newest.has(epoch) ||
      wanting.some(
        (upstream) => head > 0 && !(upstream.heads.has(epoch) && upstream.deliveredOf(epoch).covers(1, head)),
      );
    const gone = this.epochs.filter((known) => !isNeeded(known));
    if (gone.length > 0) {
      this.epochs = this.epochs.filter((known) => isNeeded(known));
      for (const { epoch } of gone) for (const upstream of this.upstreams.values()) upstream.forget(epoch);
    }
    const kept = new Set(this.epochs.map(({ epoch }) => epoch));
    this.gaps = this.gaps.filter(({ epoch }) => kept.has(epoch));
    this.notes = this.notes.filter(({ note }) => wanting.some((upstream) => !upstream.notes.has(note)));
  }

  toSnapshot(): Buffer {
    return snapshotOf(this);
  }

  setLatest(device: string, channel: string, json: string): void {
    ensure(this.latest, device, () => new Map<string, string>()).set(channel, json);
  }

  #applyEntriesBody(epoch: number, header: FrameHeader, body: Buffer): void {
    let seq = header.first;
    for (const { tag, json } of splitLines(body)) {
      const text = json.toString();
      if (tag === 'r') this.#applyReading(JSON.parse(text) as Reading, text);
      else if (tag === 'a') this.#applyTransition(epoch, seq, JSON.parse(text) as AlarmTransition, text);
      else if (tag === 'k') this.#applyKeys(text);
      else if (tag === 's') this.#applySource(JSON.parse(text) as SourceState);
      if (isNumbered(tag)) seq++;
    }
  }

  #applyKeys(text: string): void {
    const { device, keys } = parseKeys(text);
    this.ingest.add(device, keys);
  }

  #applySource({ device, state }: SourceState): void {
    this.sources.set(device, state);
  }

  #applyEntry(epoch: number, entry: Entry): void {
    if (entry.kind === 'reading') {
      this.setLatest(entry.device, entry.channel, entry.json);
      if (entry.isSum) this.sumEnds.set(`${entry.device}/${entry.channel}`, entry.at);
    } else {
      this.#keepAlarm(epoch, { ...entry, key: alarmKey(entry) }, entry.json);
    }
  }

  #applyReading(reading: Reading, json: string): void {
    this.setLatest(reading.device, reading.channel, json);
    if (reading.stat === 'sum') this.sumEnds.set(`${reading.device}/${reading.channel}`, reading.at);
    if (reading.clock === 'synced') this.timeFloor = Math.max(this.timeFloor, reading.at);
  }

  #applyTransition(epoch: number, seq: number, transition: AlarmTransition, json: string): void {
    this.#keepAlarm(epoch, { ...transition, seq, key: alarmKey(transition) }, json);
  }

  #keepAlarm(epoch: number, { seq, state, severity, raisedAt, at, key }: AlarmRef, json: string): void {
    if (state === 'normal') this.openAlarms.delete(key);
    else this.openAlarms.set(key, json);
    const refs = ensure(this.alarmRefs, epoch, () => []);
    if ((refs.at(-1)?.seq ?? 0) < seq) refs.push({ seq, state, severity, raisedAt, at, key });
  }
}

/** The body of a segment's first frame. */
export interface SegmentRecord {
  readonly epoch: number;
  readonly ordinal: number;
  readonly first: number;
  /** Set once it was rewritten into large compressed blocks: what is in it. */
  readonly sealed?: { readonly last: number; readonly newestAt: number };
}

/** Receivers check completeness of at least so many epochs. */
const keptEpochs = 16;

/** One gap in the place of two that touch or overlap. */
function joined(a: GapRecord, b: GapRecord): GapRecord {
  const [from, to] = [Math.min(a.from, b.from), Math.max(a.to, b.to)];
  const spans = [a.span, b.span].filter((span) => span !== undefined);
  const span = [Math.min(...spans.map(([first]) => first)), Math.max(...spans.map(([, last]) => last))] as const;
  const lostAtMost = Math.min(to - from + 1, (a.lostAtMost ?? a.to - a.from + 1) + (b.lostAtMost ?? b.to - b.from + 1));
  return { epoch: a.epoch, from, to, why: a.why, ...(spans.length > 0 ? { span } : {}), lostAtMost };
}

function ensure<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
