import { describe, expect, test } from 'vitest';
import { attenuatedSignal } from './attenuated-signal.ts';
import { flatLine } from './flat-line.ts';
import { grossRange } from './gross-range.ts';
import { rateOfChange } from './rate-of-change.ts';
import { rollUp } from './roll-up.ts';
import type { Series } from './series.ts';
import { spike } from './spike.ts';
import { timeGap } from './time-gap.ts';

const none = Number.NaN;
/** Values at equal steps, in seconds. */
const every = (stepS: number, ...values: readonly number[]): Series => ({
  at: values.map((_, index) => index * stepS * 1000),
  values,
});
const at = (...seconds: readonly number[]): Series => ({
  at: seconds.map((second) => second * 1000),
  values: seconds.map(() => 1),
});

test('gross range: the limits are good, beyond them suspect and fail', () => {
  const series = every(1, 0, 1, 1.1, 2, 2.1, none, -1);
  expect(grossRange(series, { fail: [-0.5, 2], suspect: [0, 1] })).toEqual([1, 1, 3, 3, 4, 9, 4]);
  expect(grossRange(series, {})).toEqual([1, 1, 1, 1, 1, 9, 1]);
});

describe('spike', () => {
  test('average: from the middle of both neighbours; ends and neighbours of missing values are not tested', () => {
    const series = every(1, 1, 1, 2, 1, 5, 1, none, 1, 1);
    expect(spike(series, { suspect: 0.9, fail: 3 })).toEqual([2, 1, 3, 3, 4, 2, 9, 2, 2]);
  });

  test('differential: a step is none, however high', () => {
    const series = every(1, 1, 1, 5, 5, 1, 5, 5);
    expect(spike(series, { suspect: 1, fail: 10, method: 'differential' })).toEqual([2, 1, 1, 1, 3, 1, 2]);
    expect(spike(series, { suspect: 1, fail: 10 })).toEqual([2, 3, 3, 3, 3, 3, 2]);
  });

  test('knows a threshold of zero, which ioos_qc takes for none', () => {
    expect(spike(every(1, 1, 1.1, 1), { suspect: 0 })).toEqual([2, 3, 2]);
  });
});

test('rate of change: per second in whole seconds; the first and one behind a missing value are good', () => {
  const limits = { suspect: 0.1, fail: 1 };
  expect(rateOfChange(every(10, 0, 1, 3, 30, none, 99, 99), limits)).toEqual([1, 1, 3, 4, 9, 1, 1]);
  expect(rateOfChange(every(1.9, 0, 0.15), limits)).toEqual([1, 3]);
  expect(rateOfChange(every(0.5, 0, 0.15, 0.15), limits)).toEqual([1, 3, 1]);
});

describe('flat line', () => {
  const options = { suspectS: 3, failS: 5, tolerance: 0.01 };

  test('counts values by the median step and wants less than the tolerance', () => {
    expect(flatLine(every(1, 1, 1, 1, 1, 1, 1, 1, 2), options)).toEqual([1, 1, 1, 3, 3, 4, 4, 1]);
    expect(flatLine(every(1, 1, 1, none, 1, 1), options)).toEqual([1, 1, 9, 3, 3]);
  });

  test('never speaks at a tolerance of zero, nor of fewer than three values', () => {
    expect(flatLine(every(1, 1, 1, 1, 1, 1, 1), { ...options, tolerance: 0 })).toEqual(Array(6).fill(1));
    expect(flatLine(every(1, 1, none), options)).toEqual([1, 1]);
  });

  test('cannot count below one second', () => {
    expect(flatLine(every(0.5, 1, 1, 1, none), options)).toEqual([2, 2, 2, 9]);
  });
});

describe('attenuated signal', () => {
  test('looks at the period that ends at each value, without its beginning', () => {
    const series = every(1, 0, 1, 1, 1, 1.05, 1.06);
    const options = { suspect: 0.5, fail: 0.02, periodS: 3, by: 'range' } as const;
    expect(attenuatedSignal(series, options)).toEqual([4, 1, 1, 4, 3, 3]);
  });

  test('by range is not tested with a missing value; by std it is', () => {
    const series = every(1, 0, none, 0, 0, 0);
    const options = { suspect: 0.5, fail: 0.1, periodS: 2 };
    expect(attenuatedSignal(series, { ...options, by: 'range' })).toEqual([4, 9, 2, 4, 4]);
    expect(attenuatedSignal(series, options)).toEqual([4, 9, 4, 4, 4]);
  });

  test('without a period looks at the whole record, and not at one whose times go back', () => {
    expect(attenuatedSignal(every(1, 0, 1, none), { suspect: 0.6, fail: 0.1 })).toEqual([3, 3, 9]);
    expect(attenuatedSignal(at(0, 2, 1), { suspect: 1, fail: 0, periodS: 5 })).toEqual([2, 2, 2]);
  });
});

test('time gap: the value behind it fails, and the first is as the second', () => {
  expect(timeGap(at(0, 10, 21, 30), 10)).toEqual([1, 1, 4, 1]);
  expect(timeGap(at(0, 11, 12), 10)).toEqual([4, 4, 1]);
  expect(timeGap(at(0), 10)).toEqual([2]);
  expect(timeGap(at(), 10)).toEqual([]);
});

test('roll-up: the classical one hides a test that could not be run, the strict one does not', () => {
  const rows = [[1, 2], [1, 9], [2, 9], [1, 3], [3, 4, 1], [1, 1], []] as const;
  expect(rows.map((row) => rollUp(row, 'qartod'))).toEqual([1, 1, 2, 3, 4, 1, 9]);
  expect(rows.map((row) => rollUp(row, 'strict'))).toEqual([2, 9, 9, 3, 4, 1, 9]);
});
