import { expect, test } from 'vitest';
import { cpuMicros, deviceUnder, inTurn, median } from './measure.ts';
import { table } from './table.ts';

test('the CPU reader sees a busy loop, and about as much as the process itself says', () => {
  const [before, own] = [cpuMicros([process.pid]), process.cpuUsage()];
  const until = performance.now() + 5000;
  // Counted in CPU time, so that a busy machine does not matter.
  while (process.cpuUsage(own).user < 200_000 && performance.now() < until);
  const { user, system } = process.cpuUsage(own);
  const seen = cpuMicros([process.pid]) - before;
  expect(seen).toBeGreaterThan(100_000);
  expect(Math.abs(seen - user - system)).toBeLessThan(100_000);
});

test('contestants are measured in turn', async () => {
  const order: string[] = [];
  const measure = (name: string) => async () => order.push(name);
  const results = await inTurn({ ours: measure('a'), peer: measure('b') }, 2);
  expect(order).toEqual(['a', 'b', 'a', 'b']);
  expect(results.get('peer')).toEqual([2, 4]);
});

test('the median of an even number is between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7, 1, 3])).toBe(3);
});

test('a file system without a device has none', () => {
  expect(deviceUnder('/proc/self')).toBeUndefined();
});

test('words stand to the left and figures to the right', () => {
  expect(
    table(
      ['what', 'µs'],
      [
        ['ours', '7.5'],
        ['a peer', '12'],
      ],
    ),
  ).toBe('what     µs\nours    7.5\na peer   12');
});
