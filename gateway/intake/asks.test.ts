import { describe, expect, test } from 'vitest';
import { settle } from '../test/fakes/fake-clock.ts';
import { Asks, type AskHandlers } from './asks.ts';

function rig(changes: Partial<AskHandlers> = {}): { asks: Asks; queries: unknown[] } {
  const queries: unknown[] = [];
  const asks = new Asks({
    backlog: () => ({ journal: { head: 5 } }),
    history: async (query) => {
      queries.push(query);
      return [];
    },
    acknowledge: async (device, rule) => `${device}/${rule}` === 'underpass-7/water-25cm',
    maintenance: async (order) => ({ ok: true, order }),
    ...changes,
  });
  return { asks, queries };
}

describe('a question', () => {
  test('about the backlog is answered', async () => {
    expect(await rig().asks.answer('backlog', {})).toEqual({ ok: true, journal: { head: 5 } });
  });

  test.each([
    [{}, { limit: 1000 }],
    [
      { device: 'd', channel: 'c', from: 1, to: 2, limit: 3 },
      { device: 'd', channel: 'c', from: 1, to: 2, limit: 3 },
    ],
    [{ limit: 1e9 }, { limit: 10_000 }],
  ])('about history, %j, asks the journal for %j', async (request, query) => {
    const { asks, queries } = rig();
    expect(await asks.answer('history', request)).toEqual({ ok: true, readings: [] });
    expect(queries).toEqual([query]);
  });

  test.each([{ limit: 0 }, { limit: 3.9 }, { from: 'yesterday' }, { to: -1 }, { device: 7 }, { devise: 'd' }])(
    'about history that is wrong, %j, is answered with what is wrong, and nothing is looked up',
    async (request) => {
      const { asks, queries } = rig();
      const [key = ''] = Object.keys(request);
      const why = expect.stringContaining(`/${key}: `) as string;
      expect(await asks.answer('history', request)).toEqual({ ok: false, why });
      expect(queries).toEqual([]);
    },
  );

  test.each([
    [{ device: 'underpass-7', rule: 'water-25cm' }, { ok: true }],
    [
      { device: 'underpass-7', rule: 'other' },
      { ok: false, why: 'no such active alarm' },
    ],
    [{ device: 'underpass-7' }, { ok: false, why: expect.stringContaining('rule') as string }],
    [{}, { ok: false, why: expect.stringContaining('device') as string }],
  ])('to acknowledge %j is answered %j', async (request, answer) => {
    expect(await rig().asks.answer('acknowledge', request)).toEqual(answer);
  });

  test('that nobody knows is answered', async () => {
    expect(await rig().asks.answer('weather', {})).toEqual({ ok: false, why: 'nobody here knows about weather' });
  });

  test('that goes wrong is answered with the reason', async () => {
    const { asks } = rig({ history: () => Promise.reject(new Error('EIO')) });
    expect(await asks.answer('history', {})).toEqual({ ok: false, why: 'EIO' });
  });
});

test('more than four answers are not made at a time, and the next one is when one is done', async () => {
  const waiting: (() => void)[] = [];
  const { asks } = rig({ history: () => new Promise((resolve) => waiting.push(() => resolve([]))) });
  const answers = Array.from({ length: 6 }, () => asks.answer('history', {}));
  expect(await Promise.all(answers.slice(4))).toEqual([
    { ok: false, why: 'busy; ask again' },
    { ok: false, why: 'busy; ask again' },
  ]);
  expect(waiting).toHaveLength(4);
  waiting[0]?.();
  await settle();
  void asks.answer('history', {});
  expect(waiting).toHaveLength(5);
});

describe('a question for maintenance', () => {
  test.each([
    [{ device: 'gauge-1' }, { device: 'gauge-1', forMs: 1_800_000 }],
    [
      { device: 'gauge-1', forMs: 60_000, by: 'Li Wei' },
      { device: 'gauge-1', forMs: 60_000, by: 'Li Wei' },
    ],
    [
      { device: 'gauge-1', off: true },
      { device: 'gauge-1', forMs: undefined },
    ],
  ])('%j is understood', async (request, order) => {
    expect(await rig().asks.answer('maintenance', request)).toEqual({ ok: true, order });
  });

  test.each([
    [{}, '`device` is missing'],
    [{ device: 'gauge-1', forMs: 86_400_001 }, 'at most 86400000'],
    [{ device: 'gauge-1', forMs: 999 }, 'at least 1000'],
    [{ device: 'gauge-1', off: false }, 'false is not known here'],
    [{ device: 'gauge-1', until: 5 }, 'until'],
  ])('%j is refused with what is wrong', async (request, why) => {
    expect(await rig().asks.answer('maintenance', request)).toEqual({ ok: false, why: expect.stringContaining(why) });
  });
});
