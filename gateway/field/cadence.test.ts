import { expect, test } from 'vitest';
import { Cadence } from './cadence.ts';

/** The moments at which it says yes, looked at each 100 ms. */
function asked(until: number, stepAt: (mono: number) => number): readonly number[] {
  const cadence = new Cadence();
  const moments: number[] = [];
  for (let mono = 30; mono <= until; mono += 100) if (cadence.isDue(mono, stepAt(mono))) moments.push(mono);
  return moments;
}

test('asks at once and then in steps that do not drift, although nobody looks at the exact moment', () => {
  expect(asked(3000, () => 250)).toEqual([30, 330, 530, 830, 1030, 1330, 1530, 1830, 2030, 2330, 2530, 2830]);
});

test('asks faster from the moment on that the step is shorter', () => {
  expect(asked(2500, (mono) => (mono < 1200 ? 1000 : 300))).toEqual([30, 1030, 1330, 1630, 1930, 2230]);
});

test('asks once after a pause, however long it was', () => {
  const cadence = new Cadence();
  expect(cadence.isDue(0, 1000)).toBe(true);
  expect([60_000, 60_100, 60_900, 61_000].map((mono) => cadence.isDue(mono, 1000))).toEqual([true, false, false, true]);
});
