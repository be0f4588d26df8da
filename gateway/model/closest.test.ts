import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { closest, editDistance } from './closest.ts';

test.each([
  ['trasport', 'transport'],
  ['depht', 'depth'],
  ['Range', 'range'],
  ['sensor_height', 'sensorHeight'],
])('finds what was meant by %s', (written, meant) => {
  expect(closest(written, ['transport', 'depth', 'range', 'sensorHeight'])).toBe(meant);
});

test('suggests nothing for a word that is like none', () => {
  expect(closest('banana', ['transport', 'depth'])).toBeUndefined();
  expect(closest('x', [])).toBeUndefined();
});

test('a swap of neighbours is one edit', () => {
  expect(editDistance('form', 'from')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
});

test('the distance is the same both ways, and nothing only between equal words', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
