import { expect, test } from 'vitest';
import { counterState, countOn } from './counter.ts';

test('the first report sets the beginning and counts nothing', () => {
  const { state, tips } = countOn(undefined, { board: 7, since: 3, count: 120 });
  expect(tips).toBe(0);
  expect(state).toEqual({ board: 7, since: 3, count: 120, total: 0 });
});

test('pulses between two reports are counted once, also over resets that kept the count', () => {
  const before = { board: 7, since: 3, count: 120, total: 7 };
  expect(countOn(before, { board: 7, since: 3, count: 127 })).toEqual({
    state: { board: 7, since: 3, count: 127, total: 14 },
    tips: 7,
    isDoubtful: false,
  });
});

test('a counter that began anew counts what it has and says that something may be missing', () => {
  const { state, tips, isDoubtful } = countOn(
    { board: 7, since: 3, count: 120, total: 7 },
    { board: 7, since: 5, count: 2 },
  );
  expect(tips).toBe(2);
  expect(isDoubtful).toBe(true);
  expect(state.total).toBe(9);
});

test('a count that passes 32 bits goes on', () => {
  expect(countOn({ board: 7, since: 1, count: 2 ** 32 - 2, total: 0 }, { board: 7, since: 1, count: 3 }).tips).toBe(5);
});

test('a count that goes back is no count on: it begins anew and says so', () => {
  const { state, tips, isDoubtful } = countOn(
    { board: 0, since: 1, count: 120, total: 7 },
    { board: 0, since: 1, count: 2 },
  );
  expect([tips, isDoubtful, state.total]).toEqual([2, true, 9]);
});

test('another board, with a higher count and the same boots, adds nothing of its own and says so', () => {
  const before = { board: 7, since: 1, count: 120, total: 30 };
  expect(countOn(before, { board: 8, since: 1, count: 5000 })).toEqual({
    state: { board: 8, since: 1, count: 5000, total: 30 },
    tips: 0,
    isDoubtful: true,
  });
  expect(countOn({ ...before, board: 8, count: 5000 }, { board: 8, since: 1, count: 5002 }).tips).toBe(2);
});

test('a board that gets its first number is the one that was there before', () => {
  const stored = counterState({ since: 1, count: 120, total: 30 });
  expect(stored).toEqual({ board: 0, since: 1, count: 120, total: 30 });
  expect(countOn(stored, { board: 8, since: 1, count: 123 })).toMatchObject({ tips: 3, isDoubtful: false });
});

test.for([undefined, null, 7, {}, { since: 1, count: -1, total: 0 }, { since: 1, count: 1.5, total: 0 }])(
  'a stored state that is none is not believed: %o',
  (stored) => {
    expect(counterState(stored)).toBeUndefined();
  },
);
