import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxBatchBytes } from '../../model/delivery.ts';
import { aReading, aSummary, batch, gap, status } from '../../test/forward/messages.ts';
import type { Received } from './decode.ts';
import type { EpochReport } from './epoch-ledger.ts';
import { Ledger } from './ledger.ts';

function ledgerOf(...messages: readonly Received[]): Ledger {
  const ledger = new Ledger();
  for (const message of messages) ledger.accept(message);
  return ledger;
}

function epochOf(ledger: Ledger, epoch = 7): EpochReport | undefined {
  return ledger.report().gateways[0]?.epochs.find((known) => known.epoch === epoch);
}

test('what arrives twice is new once', () => {
  const ledger = new Ledger();
  expect(ledger.accept(batch({ from: 1, to: 3 })).fresh.map((one) => 'seq' in one && one.seq)).toEqual([1, 2, 3]);
  const again = ledger.accept(batch({ from: 2, to: 5 }, 'backfill'));
  expect(again.fresh.map((one) => 'seq' in one && one.seq)).toEqual([4, 5]);
  expect(again.duplicates).toBe(2);
  expect(ledger.report().gateways[0]).toMatchObject({ gateway: 'lp-1', duplicates: 2 });
});

test('the same number of another epoch or gateway is another entry', () => {
  const other = { ...batch({ from: 1, to: 1 }), gateway: 'lp-2' };
  const ledger = ledgerOf(batch({ from: 1, to: 1 }), batch({ from: 1, to: 1, epoch: 8 }));
  expect(ledger.accept({ ...other, batch: { ...other.batch, gateway: 'lp-2' } }).fresh).toHaveLength(1);
  expect(ledger.report().gateways.map(({ epochs }) => epochs.length)).toEqual([2, 1]);
});

test('an epoch is complete when entries and gaps fill one to its head', () => {
  const ledger = ledgerOf(status({ 7: 10 }), batch({ from: 1, to: 4 }), batch({ from: 8, to: 10 }));
  expect(epochOf(ledger)).toMatchObject({
    isComplete: false,
    completeUpTo: 4,
    missing: 3,
    missingRanges: [[5, 7]],
    head: 10,
  });
  ledger.accept(gap({ from: 5, to: 7 }));
  expect(epochOf(ledger)).toMatchObject({
    isComplete: true,
    completeUpTo: 10,
    missing: 0,
    entries: 7,
    gaps: [{ why: 'budget', from: 5, to: 7 }],
  });
  expect(ledger.report().isComplete).toBe(true);
});

test('nothing is called complete before a status says how much there is', () => {
  expect(new Ledger().report().isComplete).toBe(false);
  const ledger = ledgerOf(batch({ from: 1, to: 4 }));
  expect(epochOf(ledger)).toMatchObject({ isComplete: false, completeUpTo: 4 });
  expect(epochOf(ledger)).not.toHaveProperty('head');
});

test('a head only rises: a status that was overtaken does not make less of it', () => {
  const ledger = ledgerOf(batch({ from: 1, to: 5 }), status({ 7: 9 }), status({ 7: 5 }));
  expect(epochOf(ledger)).toMatchObject({ head: 9, isComplete: false });
});

test('an epoch that leaves the status stays in the ledger', () => {
  const ledger = ledgerOf(status({ 7: 3, 8: 1 }), status({ 8: 1 }), batch({ from: 1, to: 1, epoch: 8 }));
  expect(ledger.report().isComplete).toBe(false);
});

test('entries beat summaries beat gaps, in whatever order they come', () => {
  const summary = batch({ from: 1, to: 6 }, 'backfill', { readings: [], summaries: [aSummary()] });
  const messages = [gap({ from: 1, to: 10 }, 'thinned'), summary, batch({ from: 1, to: 2 })] as const;
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const) {
    const ledger = ledgerOf(...order.map((index) => messages[index]));
    expect(epochOf(ledger)).toMatchObject({ entries: 2, summarised: 4, gaps: [{ why: 'thinned', from: 7, to: 10 }] });
  }
});

test('a summary, a gap and a note are handed on once', () => {
  const summary = batch({ from: 1, to: 6 }, 'backfill', { readings: [], summaries: [aSummary()] });
  const note = gap({ from: 7, to: 7 }, 'unclean_stop', { to: null, note: 3 });
  const correction: Received = {
    kind: 'correction',
    gateway: 'lp-1',
    correction: { v: 1, gateway: 'lp-1', note: 4, epoch: 7, from: 1, to: 6, shiftMs: 1000 },
  };
  const ledger = new Ledger();
  for (const message of [summary, gap({ from: 8, to: 9 }), note, correction]) {
    expect(ledger.accept(message).fresh).toHaveLength(1);
    expect(ledger.accept(message).fresh).toHaveLength(0);
  }
  expect(epochOf(ledger)).toMatchObject({ summarised: 6, gaps: [{ from: 8, to: 9 }] });
});

test('entries withheld from this recipient are accounted for by their batch', () => {
  const readings = [aReading(1), aReading(3)];
  const ledger = ledgerOf(status({ 7: 5 }), batch({ from: 1, to: 5 }, 'live', { readings, withheld: 3 }));
  expect(ledger.report()).toMatchObject({ isComplete: true, violations: 0 });
});

const offline = (session: string): Received => ({
  kind: 'status',
  gateway: 'lp-1',
  status: { v: 1, gateway: 'lp-1', state: 'offline', session },
});

test('a Will of another session is ignored', () => {
  const ledger = ledgerOf(status({ 7: 1 }, 's2'), offline('s1'));
  expect(ledger.report().gateways[0]?.state).toBe('online');
  ledger.accept(offline('s2'));
  expect(ledger.report().gateways[0]?.state).toBe('offline');
});

test.for<[string, Received, string]>([
  ['more entries than numbers', batch({ from: 1, to: 3 }, 'live', { to: 2 }), 'range'],
  ['fewer entries than numbers', batch({ from: 1, to: 3 }, 'live', { to: 9 }), 'range'],
  ['numbers that go backwards', batch({ from: 5, to: 5 }, 'live', { to: 4, readings: [] }), 'range'],
  ['an id of another epoch', batch({ from: 1, to: 1 }, 'live', { readings: [aReading(1, 8)] }), 'ids'],
  ['an id outside the range', batch({ from: 1, to: 1 }, 'live', { readings: [aReading(2)] }), 'ids'],
  ['an id that is there twice', batch({ from: 1, to: 2 }, 'live', { readings: [aReading(1), aReading(1)] }), 'ids'],
  [
    'an id with a zero in front',
    batch({ from: 1, to: 1 }, 'live', { readings: [{ ...aReading(1), id: '7-01' }] }),
    'ids',
  ],
  ['summaries among readings', batch({ from: 1, to: 1 }, 'live', { summaries: [aSummary()] }), 'range'],
  ['another gateway in the message', batch({ from: 1, to: 1 }, 'live', { gateway: 'lp-2' }), 'gateway'],
  ['a gap that goes backwards', gap({ from: 5, to: 4 }), 'range'],
  ['a message that is none', { kind: 'bad', gateway: 'lp-1', topic: 't', why: 'not JSON' }, 'shape'],
])('%s: the message covers nothing, and is reported', ([, message, rule]) => {
  const ledger = new Ledger();
  const { fresh, violations } = ledger.accept(message);
  expect(fresh).toEqual([]);
  expect(violations).toContainEqual(expect.objectContaining({ rule, isFatal: true }));
  expect(ledger.report()).toMatchObject({ gateways: [], violations: 1 });
});

test.for<[string, Received, string]>([
  [
    'alarms in lane live',
    batch({ from: 1, to: 1 }, 'live', { ...batch({ from: 1, to: 1 }, 'alarm').batch, lane: 'live' }),
    'lane',
  ],
  ['readings in lane alarm', batch({ from: 1, to: 1 }, 'alarm', { readings: [aReading(1)], alarms: [] }), 'lane'],
  ['an empty list of alarms in lane live', batch({ from: 1, to: 1 }, 'live', { alarms: [] }), 'lane'],
  ['another lane in the topic', { ...batch({ from: 1, to: 1 }), lane: 'backfill' }, 'lane'],
  ['over 64 KiB', { ...batch({ from: 1, to: 1 }), bytes: maxBatchBytes + 1 }, 'size'],
  ['501 readings', batch({ from: 1, to: 501 }), 'size'],
])('%s: the entries count, and the fault is reported', ([, message, rule]) => {
  const ledger = new Ledger();
  const { fresh, violations } = ledger.accept(message);
  expect(fresh.length).toBeGreaterThan(0);
  expect(violations).toEqual([expect.objectContaining({ rule, isFatal: false })]);
  expect(ledger.report()).toMatchObject({ violations: 1, lastViolations: [{ gateway: 'lp-1' }] });
});

test('memory is bounded by ranges: a million entries in order cost as much as one', () => {
  const ledger = new Ledger();
  for (let from = 1; from < 100_000; from += 500) ledger.accept(batch({ from, to: from + 499 }));
  for (let broken = 0; broken < 1000; broken++) ledger.accept({ kind: 'bad', gateway: 'lp-1', topic: 't', why: 'no' });
  expect(JSON.stringify(ledger).length).toBeLessThan(200);
  expect(ledger.report().lastViolations).toHaveLength(100);
  expect(ledger.report().violations).toBe(1000);
});

test('looking changes nothing', () => {
  const ledger = ledgerOf(status({ 7: 3 }));
  const before = JSON.stringify(ledger);
  expect(ledger.examine(batch({ from: 1, to: 3 })).fresh).toHaveLength(3);
  expect(JSON.stringify(ledger)).toBe(before);
});

test('comes back from JSON as it went', () => {
  const ledger = ledgerOf(
    status({ 7: 20 }),
    batch({ from: 1, to: 4 }),
    gap({ from: 5, to: 6 }, 'unreadable'),
    batch({ from: 7, to: 9 }, 'backfill', { readings: [], summaries: [aSummary()] }),
    gap({ from: 21, to: 21 }, 'unclean_stop', { to: null, note: 2 }),
  );
  const back = Ledger.of(JSON.parse(JSON.stringify(ledger)));
  expect(back.toJSON()).toEqual(ledger.toJSON());
  expect(epochOf(back)).toEqual(epochOf(ledger));
  expect(back.accept(batch({ from: 1, to: 4 })).fresh).toEqual([]);
});

type Told = readonly [kind: 'entries' | 'summary' | 'gap', from: number, count: number];

test('however messages are cut, repeated and shuffled, the ledger is what a plain list would say', () => {
  const head = 30;
  const one = fc.tuple(
    fc.constantFrom('entries', 'summary', 'gap'),
    fc.integer({ min: 1, max: head }),
    fc.integer({ min: 1, max: 15 }),
  );
  let complete = 0;
  fc.assert(
    fc.property(fc.array(one as fc.Arbitrary<Told>, { maxLength: 60, size: 'max' }), (told) => {
      const ledger = ledgerOf(status({ 7: head }));
      const best = new Map<number, 'entries' | 'summary' | 'gap'>();
      const rank = { gap: 1, summary: 2, entries: 3 } as const;
      let fresh = 0;
      for (const [kind, from, count] of told) {
        const to = Math.min(head, from + count - 1);
        const message =
          kind === 'gap'
            ? gap({ from, to })
            : batch({ from, to }, 'backfill', kind === 'summary' ? { readings: [], summaries: [aSummary()] } : {});
        fresh += ledger.accept(message).fresh.filter((news) => news.kind === 'reading').length;
        for (let seq = from; seq <= to; seq++) {
          const known = best.get(seq);
          if (!known || rank[kind] > rank[known]) best.set(seq, kind);
        }
      }
      const count = (kind: string): number => [...best.values()].filter((known) => known === kind).length;
      const report = epochOf(ledger);
      expect(fresh).toBe(count('entries'));
      expect(report).toMatchObject({
        entries: count('entries'),
        summarised: count('summary'),
        missing: head - best.size,
      });
      expect(report?.gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBe(count('gap'));
      expect(report?.isComplete).toBe(best.size === head);
      if (best.size === head) complete++;
    }),
    { numRuns: 300 },
  );
  expect(complete).toBeGreaterThan(10);
});
