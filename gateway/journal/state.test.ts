import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alarmStates, type AlarmTransition } from '../model/alarm.ts';
import type { Reading } from '../model/reading.ts';
import { encodeGroups, type Entry, type Group } from './entries.ts';
import { decodeHeader, encodeFrame, scanFrames, type FrameContent } from './frame.ts';
import type { Progress } from '../model/delivery.ts';
import { JournalState, type GapRecord } from './state.ts';

const upstreams = ['city', 'water'];

/** What happened to a journal, as it is handed in and as it lies on the disk. */
type Happened =
  | { readonly kind: 'group'; readonly readings: readonly Made[] }
  | { readonly kind: 'gap'; readonly length: number; readonly why: GapRecord['why'] }
  | { readonly kind: 'ack'; readonly upstream: string; readonly from: number; readonly length: number }
  | { readonly kind: 'note' | 'close' | 'start' }
  | { readonly kind: 'ack note' | 'ack head'; readonly upstream: string };

interface Made {
  readonly channel: string;
  readonly isSum: boolean;
  readonly isSynced: boolean;
  readonly alarm: AlarmTransition['state'] | undefined;
}

const upstream = fc.constantFrom(...upstreams);
const made = fc.record({
  channel: fc.constantFrom('a', 'b'),
  isSum: fc.boolean(),
  isSynced: fc.boolean(),
  alarm: fc.constantFrom(undefined, undefined, ...alarmStates),
});
const happened: fc.Arbitrary<Happened> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('group' as const), readings: fc.array(made, { maxLength: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('gap' as const),
      length: fc.integer({ min: 1, max: 5 }),
      why: fc.constantFrom('budget' as const, 'unreadable' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ack' as const),
      upstream,
      from: fc.integer({ min: 1, max: 12 }),
      length: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('note' as const, 'close' as const, 'start' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('ack note' as const, 'ack head' as const), upstream }) },
);
const story = fc.array(happened, { size: 'max', maxLength: 60 });

/** Tells a story to a state that lives, and writes the frames that a journal writes of it. */
class Teller {
  readonly live = new JournalState();
  readonly frames: { readonly epoch: number; readonly frame: FrameContent }[] = [];
  #epoch = 0;
  #serial = 0;

  constructor() {
    this.#start();
  }

  tell(one: Happened): void {
    const { head } = this.live.addEpoch(this.#epoch, this.#epoch);
    switch (one.kind) {
      case 'group':
        return this.#group(one.readings, head);
      case 'gap': {
        const { length, why } = one;
        const gap: GapRecord = { epoch: this.#epoch, from: head + 1, to: head + length, why, lostAtMost: length };
        this.live.applyGap(gap);
        return this.#write('gap', gap, { first: gap.from, count: length });
      }
      case 'ack': {
        const [from, to] = [Math.min(one.from, head), Math.min(one.from + one.length, head)];
        return from > 0
          ? this.#progress({ upstream: one.upstream, epoch: this.#epoch, ranges: [[from, to]] })
          : undefined;
      }
      case 'note': {
        const note = { note: this.live.nextNote, kind: 'unclean_stop', epoch: this.#epoch, from: head + 1 } as const;
        this.live.applyNote(note);
        return this.#write('correction', note);
      }
      case 'close': {
        const own = this.live.epochOf(this.#epoch);
        if (own) own.end = 'clean';
        return this.#write('close', {});
      }
      case 'start':
        return this.#start();
      case 'ack note':
        return this.#progress({ upstream: one.upstream, notes: this.live.notes.slice(0, 1).map(({ note }) => note) });
      case 'ack head':
        return this.#progress({ upstream: one.upstream, heads: [this.#epoch] });
    }
  }

  #start(): void {
    this.#epoch++;
    this.live.addEpoch(this.#epoch, this.#epoch);
    this.#write('segment', { epoch: this.#epoch, ordinal: this.#epoch, first: 1 });
  }

  #group(readings: readonly Made[], head: number): void {
    const entries: Entry[] = [];
    for (const { channel, isSum, isSynced, alarm } of readings) {
      const at = ++this.#serial;
      const seq = head + entries.length + 1;
      const reading = {
        device: 'd',
        channel,
        value: at,
        at,
        clock: isSynced ? 'synced' : 'held',
        ...(isSum ? { stat: 'sum' } : {}),
      };
      entries.push({ kind: 'reading', seq, device: 'd', channel, at, isSum, json: JSON.stringify(reading) });
      if (isSynced) this.live.timeFloor = at;
      if (!alarm) continue;
      const transition = { rule: channel, device: 'd', state: alarm, severity: 'info', raisedAt: at, at } as const;
      entries.push({ kind: 'alarm', seq: seq + 1, ...transition, json: JSON.stringify(transition) });
    }
    const key = String(this.#serial).padStart(11, '0');
    const group: Group = {
      entries,
      keys: [{ device: 'd', key }],
      states: [{ device: 'd', state: { count: this.#serial } }],
    };
    this.live.applyGroup(this.#epoch, group);
    this.live.raiseHead(this.#epoch, head + entries.length);
    const frame: FrameContent = {
      kind: 'entries',
      body: encodeGroups([group]),
      first: head + 1,
      count: entries.length,
    };
    this.frames.push({ epoch: this.#epoch, frame });
  }

  #progress(record: Progress): void {
    this.live.applyProgress(record);
    this.#write('delivered', record);
  }

  #write(kind: FrameContent['kind'], body: object, numbers: { first?: number; count?: number } = {}): void {
    this.frames.push({ epoch: this.#epoch, frame: { kind, body: Buffer.from(JSON.stringify(body)), ...numbers } });
  }
}

/** Reads frames as a start does: through bytes. */
function replay(state: JournalState, frames: readonly Teller['frames'][number][]): JournalState {
  for (const { epoch, frame } of frames) {
    for (const { header, body } of scanFrames(encodeFrame(frame))) state.applyFrame(epoch, header, body);
  }
  return state;
}

const restored = (state: JournalState): JournalState => {
  const bytes = encodeFrame({ kind: 'snapshot', body: state.toSnapshot() });
  expect(decodeHeader(bytes, 0)).toBeDefined();
  return replay(new JournalState(), [{ epoch: 0, frame: { kind: 'snapshot', body: state.toSnapshot() } }]);
};

const sorted = (list: readonly unknown[] = []): unknown[] => list.map((one) => JSON.stringify(one)).toSorted();

/** All that a state knows, whatever the order in which it learned it. */
function known(state: JournalState): unknown {
  const { gaps, latest, ...rest } = JSON.parse(state.toSnapshot().toString()) as Record<string, unknown[]>;
  return { ...rest, gaps: sorted(gaps), latest: sorted(latest) };
}

function tell(story: readonly Happened[]): Teller {
  const teller = new Teller();
  for (const one of story) teller.tell(one);
  return teller;
}

describe('the state of a journal', () => {
  test('is the same when its frames are read again', () => {
    let looked = 0;
    fc.assert(
      fc.property(story, (steps) => {
        const { live, frames } = tell(steps);
        expect(known(replay(new JournalState(), frames))).toEqual(known(live));
        looked += frames.length;
      }),
    );
    expect(looked).toBeGreaterThan(1000);
  });

  test('is the same when it goes on from a snapshot taken anywhere', () => {
    let looked = 0;
    fc.assert(
      fc.property(story, story, (before, after) => {
        const teller = tell(before);
        const snapshot = restored(teller.live);
        expect(known(snapshot)).toEqual(known(teller.live));
        const count = teller.frames.length;
        for (const one of after) teller.tell(one);
        expect(known(replay(snapshot, teller.frames.slice(count)))).toEqual(known(teller.live));
        looked += teller.frames.length - count;
      }),
    );
    expect(looked).toBeGreaterThan(1000);
  });

  test('is the same when frames that a snapshot knows are read again behind it', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const { live, frames } = tell(steps);
        const again = frames.filter(
          ({ frame: { kind } }) => kind === 'gap' || kind === 'correction' || kind === 'delivered',
        );
        expect(known(replay(restored(live), again))).toEqual(known(live));
      }),
    );
  });

  test('knows where sums ended though readings that are none came after', () => {
    const { live } = tell([
      { kind: 'group', readings: [{ channel: 'a', isSum: true, isSynced: false, alarm: undefined }] },
      { kind: 'group', readings: [{ channel: 'a', isSum: false, isSynced: false, alarm: undefined }] },
    ]);
    expect([...restored(live).sumEnds]).toEqual([['d/a', 1]]);
    expect((JSON.parse(live.latest.get('d')?.get('a') ?? '') as Reading).at).toBe(2);
  });

  test('reads snapshots that know nothing of sums yet', () => {
    const { sumEnds: _none, ...old } = JSON.parse(new JournalState().toSnapshot().toString()) as Record<
      string,
      unknown
    >;
    const state = replay(new JournalState(), [
      { epoch: 1, frame: { kind: 'snapshot', body: Buffer.from(JSON.stringify(old)) } },
    ]);
    expect(state.sumEnds.size).toBe(0);
  });

  test('passes over lines that a later version wrote', () => {
    const body = Buffer.from(
      'r{"device":"d","channel":"a","at":5}\nz{"new":1}\nr{"device":"d","channel":"b","at":6}\n',
    );
    const state = replay(new JournalState(), [{ epoch: 1, frame: { kind: 'entries', body, first: 1, count: 2 } }]);
    expect([...(state.latest.get('d')?.keys() ?? [])]).toEqual(['a', 'b']);
  });
});

const gap = (from: number, to: number, why: GapRecord['why'] = 'budget', epoch = 1): GapRecord => ({
  epoch,
  from,
  to,
  why,
  lostAtMost: to - from + 1,
});
const after = (...gaps: readonly GapRecord[]): string[] => {
  const state = new JournalState();
  for (const one of gaps) state.applyGap(one);
  return state.gaps.map(({ epoch, from, to, why, lostAtMost }) => `${epoch}: ${from}..${to} ${why} ${lostAtMost}`);
};

describe('gaps', () => {
  test.each([
    ['that touch', [gap(1, 5), gap(6, 9)], ['1: 1..9 budget 9']],
    ['that overlap', [gap(1, 5), gap(3, 9)], ['1: 1..9 budget 9']],
    ['that fill a hole between two', [gap(1, 2), gap(5, 6), gap(3, 4)], ['1: 1..6 budget 6']],
    ['that are known', [gap(1, 9), gap(3, 4), gap(1, 9)], ['1: 1..9 budget 9']],
    ['with a hole between them', [gap(1, 2), gap(4, 5)], ['1: 1..2 budget 2', '1: 4..5 budget 2']],
    ['for other reasons', [gap(1, 2), gap(3, 4, 'unreadable')], ['1: 1..2 budget 2', '1: 3..4 unreadable 2']],
    ['of other epochs', [gap(1, 2), gap(3, 4, 'budget', 2)], ['1: 1..2 budget 2', '2: 3..4 budget 2']],
  ])('%s', (_name, gaps, expected) => {
    expect(after(...gaps)).toEqual(expected);
  });

  test('that become one span the times of both', () => {
    const state = new JournalState();
    state.applyGap({ ...gap(1, 2), span: [100, 200] });
    state.applyGap({ ...gap(3, 4), span: [50, 120] });
    state.applyGap(gap(5, 5));
    expect(state.gaps).toEqual([{ ...gap(1, 5), span: [50, 200] }]);
  });

  test('of a year without a link are few', () => {
    const state = new JournalState();
    for (let segment = 0; segment < 5000; segment++) state.applyGap(gap(segment * 1000 + 1, segment * 1000 + 1000));
    expect(state.gaps).toEqual([gap(1, 5_000_000)]);
  });
});

describe('pruning', () => {
  test('forgets nothing that an upstream still needs, and keeps the 16 newest epochs', () => {
    let [refs, epochs, notes] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(happened, { size: 'max', maxLength: 200 }), (steps) => {
        const { live } = tell([...steps, ...Array.from({ length: 18 }, () => ({ kind: 'start' as const })), ...steps]);
        const before = JSON.parse(live.toSnapshot().toString()) as {
          alarmRefs: [number, { seq: number }[]][];
          epochs: { epoch: number; head: number }[];
          notes: { note: number }[];
        };
        const onDisk = new Set([2]);
        const has = (id: string, epoch: number, from: number, to = from): boolean =>
          live.upstreamOf(id).deliveredOf(epoch).covers(from, to);
        const wantedRefs = before.alarmRefs.map(([epoch, list]) => {
          const wanted = list.filter(({ seq }) => upstreams.some((id) => !has(id, epoch, seq)));
          refs += list.length - wanted.length;
          return [epoch, wanted] as const;
        });
        const needed = before.epochs.filter(({ epoch, head }, index) => {
          const isNew = index >= before.epochs.length - 16;
          const isDone = (id: string): boolean => has(id, epoch, 1, head) && live.upstreamOf(id).heads.has(epoch);
          return isNew || onDisk.has(epoch) || (head > 0 && !upstreams.every(isDone));
        });
        live.prune(upstreams, onDisk);
        for (const [epoch, wanted] of wantedRefs) expect(live.alarmRefs.get(epoch) ?? []).toEqual(wanted);
        expect(live.epochs.map(({ epoch }) => epoch)).toEqual(needed.map(({ epoch }) => epoch));
        epochs += before.epochs.length - needed.length;
        for (const { note } of before.notes) {
          const isAcked = upstreams.every((id) => live.upstreamOf(id).notes.has(note));
          expect(live.notes.some((known) => known.note === note)).toBe(!isAcked);
          notes += Number(isAcked);
        }
      }),
      { numRuns: 200 },
    );
    expect(Math.min(refs, epochs, notes)).toBeGreaterThan(10);
  });

  test('forgets an epoch with everything about it once all have it and nothing of it is left', () => {
    const { live } = tell([
      { kind: 'group', readings: [{ channel: 'a', isSum: false, isSynced: false, alarm: 'active' }] },
    ]);
    live.applyGap({ epoch: 1, from: 3, to: 4, why: 'budget' });
    for (let epoch = 2; epoch <= 17; epoch++) live.addEpoch(epoch, epoch);
    for (const id of upstreams) live.applyProgress({ upstream: id, epoch: 1, ranges: [[1, 4]], heads: [1] });
    live.prune(upstreams, new Set([1]));
    expect(live.epochOf(1)).toBeDefined();
    live.prune(upstreams, new Set());
    expect(live.epochOf(1)).toBeUndefined();
    expect(live.gaps).toEqual([]);
    expect(live.upstreamOf('city').delivered.has(1)).toBe(false);
    expect(live.epochs).toHaveLength(16);
  });

  test('needs the final head acked, not only every number', () => {
    const { live } = tell([
      { kind: 'group', readings: [{ channel: 'a', isSum: false, isSynced: false, alarm: undefined }] },
    ]);
    for (let epoch = 2; epoch <= 18; epoch++) live.addEpoch(epoch, epoch);
    for (const id of upstreams) live.applyProgress({ upstream: id, epoch: 1, ranges: [[1, 1]] });
    live.prune(upstreams, new Set());
    expect(live.epochOf(1)).toBeDefined();
  });
});
