import { expect, test } from 'vitest';
import { counterState, countOn } from './counter.ts';

test('the first report sets the beginning and counts nothing', () => {
  const { state, tips } = countOn(undefined, { since: 3, count: 120 });
  expect(tips).toBe(0);
  expect(state).toEqual({ since: 3, count: 120, total: 0 });
});

test('pulses between two reports are counted once, also over resets that kept the count', () => {
  const before = { since: 3, count: 120, total: 7 };
  expect(countOn(before, { since: 3, count: 127 })).toEqual({
    state: { since: 3, count: 127, total: 14 },
    tips: 7,
    isDoubtful: false,
  });
});

test('a counter that began anew counts what it has and says that something may be missing', () => {
  const { state, tips, isDoubtful } = countOn({ since: 3, count: 120, total: 7 }, { since: 5, count: 2 });
  expect(tips).toBe(2);
  expect(isDoubtful).toBe(true);
  expect(state.total).toBe(9);
});

test('a count that passes 32 bits goes on', () => {
  expect(countOn({ since: 1, count: 2 ** 32 - 2, total: 0 }, { since: 1, count: 3 }).tips).toBe(5);
});

test('a count that goes back is that of another board: it begins anew and says so', () => {
  const { state, tips, isDoubtful } = countOn({ since: 1, count: 120, total: 7 }, { since: 1, count: 2 });
  expect([tips, isDoubtful, state.total]).toEqual([2, true, 9]);
});

test.for([undefined, null, 7, {}, { since: 1, count: -1, total: 0 }, { since: 1, count: 1.5, total: 0 }])(
  'a stored state that is none is not believed: %o',
  (stored) => {
    expect(counterState(stored)).toBeUndefined();
  },
);
