import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RangeSet } from './ranges.ts';

const highest = 60;
const number = fc.integer({ min: 0, max: highest });
const change = fc.record({
  kind: fc.constantFrom('add', 'delete'),
  from: number,
  length: fc.integer({ min: -2, max: 20 }),
});

/** The same changes made to a range set and to a plain set of numbers. */
function bothAfter(changes: readonly { kind: string; from: number; length: number }[]) {
  const ranges = new RangeSet();
  const model = new Set<number>();
  for (const { kind, from, length } of changes) {
    const to = from + length - 1;
    if (kind === 'add') ranges.add(from, to);
    else ranges.delete(from, to);
    for (let value = from; value <= to; value++)
      if (kind === 'add') model.add(value);
      else model.delete(value);
  }
  return { ranges, model };
}

const numbersIn = (ranges: Iterable<readonly [number, number]>): number[] =>
  Array.from(ranges).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));

describe('a range set', () => {
  test('holds what a plain set of numbers would hold', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const { ranges, model } = bothAfter(changes);
        expect(numbersIn(ranges.ranges)).toEqual([...model].toSorted((a, b) => a - b));
        expect(ranges.size).toBe(model.size);
        expect(ranges.isEmpty).toBe(model.size === 0);
        for (let value = -1; value <= highest + 21; value++) expect(ranges.has(value)).toBe(model.has(value));
      }),
    );
  });

  test('keeps neighbours apart by at least one missing number', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const { ranges } = bothAfter(changes).ranges;
        for (const [index, [from, to]] of ranges.entries()) {
          expect(from).toBeLessThanOrEqual(to);
          expect(ranges[index + 1]?.[0] ?? Infinity).toBeGreaterThan(to + 1);
        }
      }),
    );
  });

  test('knows its gaps and what lies within a stretch', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), number, number, (changes, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const { ranges, model } = bothAfter(changes);
        const stretch = Array.from({ length: to - from + 1 }, (_, index) => from + index);
        expect(numbersIn(ranges.within(from, to))).toEqual(stretch.filter((value) => model.has(value)));
        expect(numbersIn(ranges.gaps(from, to))).toEqual(stretch.filter((value) => !model.has(value)));
        expect(ranges.covers(from, to)).toBe(stretch.every((value) => model.has(value)));
        expect(ranges.firstGap(from, to)?.[0]).toBe(stretch.find((value) => !model.has(value)));
      }),
    );
  });

  test('a copy goes its own way, and JSON brings it back', () => {
    const set = RangeSet.of([
      [1, 5],
      [9, 9],
    ]);
    const copy = set.clone();
    copy.add(6, 8);
    expect(set.ranges).toEqual([
      [1, 5],
      [9, 9],
    ]);
    expect(copy.ranges).toEqual([[1, 9]]);
    expect(RangeSet.of(JSON.parse(JSON.stringify(set))).ranges).toEqual(set.ranges);
  });

  test('adds the ranges of another one', () => {
    const set = RangeSet.of([[1, 2]]);
    set.addAll(
      RangeSet.of([
        [3, 4],
        [8, 9],
      ]).ranges,
    );
    expect(set.ranges).toEqual([
      [1, 4],
      [8, 9],
    ]);
  });

  test('a million numbers in a row are one pair', () => {
    const set = new RangeSet();
    for (let value = 1; value <= 1_000_000; value++) set.add(value, value);
    expect(set.ranges).toEqual([[1, 1_000_000]]);
  });
});
