import { expect, test } from 'vitest';
import { BusSchedule } from './bus-schedule.ts';

interface Asked {
  readonly index: number;
  readonly mono: number;
}

/** Plays a line on which an answer takes `tookMs` and a silent device `missMs`. */
function play(
  rows: readonly { readonly everyMs: number; readonly isSilent?: boolean }[],
  { tookMs, missMs, untilMono }: { readonly tookMs: number; readonly missMs: number; readonly untilMono: number },
): readonly Asked[] {
  const schedule = new BusSchedule(
    rows.map(({ everyMs }) => ({ everyMs, missMs })),
    0,
  );
  const asked: Asked[] = [];
  for (let mono = 0; mono < untilMono;) {
    const turn = schedule.next(mono);
    if (turn.kind === 'wait') {
      expect(turn.untilMono).toBeGreaterThan(mono);
      mono = turn.untilMono;
      continue;
    }
    asked.push({ index: turn.index, mono });
    const row = rows[turn.index];
    mono += row?.isSilent ? missMs : tookMs;
    if (row?.isSilent) schedule.missed(turn.index, mono, 2 * missMs);
    else schedule.answered(turn.index, asked.at(-1)?.mono ?? 0, row?.everyMs ?? 0);
  }
  return asked;
}

const timesOf = (asked: readonly Asked[], of: number): readonly number[] =>
  asked.filter(({ index }) => index === of).map(({ mono }) => mono);

test('each device is asked in its own period', () => {
  const asked = play([{ everyMs: 1000 }, { everyMs: 2500 }], { tookMs: 20, missMs: 500, untilMono: 60_000 });
  expect(timesOf(asked, 0)).toHaveLength(60);
  expect(timesOf(asked, 1)).toHaveLength(24);
});

test('a line with too much to do gives each device its share, and is never idle', () => {
  for (const everyMs of [10, 100, 700, 732]) {
    const rows = Array.from({ length: 32 }, () => ({ everyMs }));
    const asked = play(rows, { tookMs: 23, missMs: 500, untilMono: 23 * 32 * 50 });
    expect(asked.length).toBe(32 * 50);
    const shares = rows.map((_row, index) => timesOf(asked, index).length);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  }
});

test('one that was asked late is not asked late for ever', () => {
  const schedule = new BusSchedule([{ everyMs: 1000, missMs: 500 }], 0);
  schedule.answered(0, 700, 1000);
  expect(schedule.next(720)).toEqual({ kind: 'wait', untilMono: 1000 });
});

test('one that missed periods does not catch up on them', () => {
  const schedule = new BusSchedule([{ everyMs: 1000, missMs: 500 }], 0);
  schedule.answered(0, 13_400, 1000);
  schedule.answered(0, 13_420, 1000);
  expect(schedule.next(13_440)).toEqual({ kind: 'wait', untilMono: 14_400 });
});

test('a silent device is asked less and less, and in the time that the others leave', () => {
  const rows = [...Array.from({ length: 4 }, () => ({ everyMs: 1000 })), { everyMs: 1000, isSilent: true }];
  const asked = play(rows, { tookMs: 20, missMs: 500, untilMono: 300_000 });
  const silent = timesOf(asked, 4);
  expect(silent.length).toBeLessThan(20);
  expect(silent.length).toBeGreaterThan(10);
  const pauses = silent.slice(1).map((mono, index) => mono - (silent[index] ?? 0));
  expect(Math.max(...pauses)).toBeLessThan(32_000);
  for (let index = 0; index < 4; index++) {
    const times = timesOf(asked, index);
    expect(times).toHaveLength(300);
    // The first question to the silent one cannot know that it is one.
    for (const [number, mono] of times.slice(2).entries())
      expect(Math.abs(mono - (number + 2) * 1000)).toBeLessThan(100);
  }
});

test('a silent device gets its turn even on a line without a free moment', () => {
  const rows = [...Array.from({ length: 4 }, () => ({ everyMs: 100 })), { everyMs: 1000, isSilent: true }];
  const asked = play(rows, { tookMs: 50, missMs: 500, untilMono: 300_000 });
  expect(timesOf(asked, 4).length).toBeGreaterThan(5);
});

test('one that answers again is asked in its period again', () => {
  const schedule = new BusSchedule([{ everyMs: 1000, missMs: 500 }], 0);
  for (let miss = 0; miss < 10; miss++) schedule.missed(0, miss * 1000, 1000);
  expect(schedule.missesOf(0)).toBe(10);
  schedule.answered(0, 50_000, 1000);
  expect(schedule.missesOf(0)).toBe(0);
  expect(schedule.next(50_500)).toEqual({ kind: 'wait', untilMono: 51_000 });
});

test('a line that is back asks everybody anew', () => {
  const schedule = new BusSchedule([{ everyMs: 60_000, missMs: 500 }], 0);
  schedule.missed(0, 1000, 30_000);
  schedule.restart(2000);
  expect(schedule.next(2000)).toEqual({ kind: 'ask', index: 0 });
  schedule.answered(0, 2000, 60_000);
  schedule.soon(0, 3000);
  expect(schedule.next(3000)).toEqual({ kind: 'ask', index: 0 });
});
