import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { qualities, reasons } from './reading.ts';
import { joinedReasons, reductions, statistic, worstQuality } from './statistics.ts';

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

describe('a statistic', () => {
  test('of one value is that value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...reductions), fc.double({ min: 0, max: 359, noNaN: true }), (reduction, value) => {
        expect(statistic(reduction, [value])).toBeCloseTo(value, 9);
      }),
    );
  });

  test('that is a kind of middle lies between the smallest and the largest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('mean' as const, 'median' as const, 'energy_mean' as const),
        values,
        (reduction, all) => {
          const result = statistic(reduction, all);
          expect(result).toBeGreaterThanOrEqual(statistic('min', all) - 1e-6);
          expect(result).toBeLessThanOrEqual(statistic('max', all) + 1e-6);
        },
      ),
    );
  });

  test('does not depend on the order of the values, but for the last one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...reductions.filter((it) => it !== 'last')), values, (reduction, all) => {
        expect(statistic(reduction, all)).toBeCloseTo(statistic(reduction, all.toReversed()), 6);
      }),
    );
  });

  test('adds ten thousand tips of a bucket without losing a drop', () => {
    expect(
      statistic(
        'sum',
        Array.from({ length: 10_000 }, () => 0.2),
      ),
    ).toBe(2000);
  });

  test('the mean of north-north-west and north-north-east is north', () => {
    expect(statistic('circular_mean', [350, 10])).toBeCloseTo(0, 9);
    expect(statistic('circular_mean', [359, 1, 3])).toBeCloseTo(1, 9);
    expect(statistic('circular_mean', [90, 180])).toBeCloseTo(135, 9);
  });

  test('a direction turned round turns the mean direction round', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 359 }),
        (all, turn) => {
          const turned = statistic(
            'circular_mean',
            all.map((angle) => (angle + turn) % 360),
          );
          const difference = (turned - statistic('circular_mean', all) - turn + 720) % 360;
          expect(Math.min(difference, 360 - difference)).toBeLessThan(1e-6);
        },
      ),
    );
  });

  test('opposite winds have no mean direction', () => {
    expect(statistic('circular_mean', [0, 180])).toBeNaN();
  });

  test('half a minute of 100 dB and half of silence are 97 dB', () => {
    expect(statistic('energy_mean', [100, 0])).toBeCloseTo(96.99, 2);
    expect(statistic('energy_mean', [-3000, -3000])).toBeCloseTo(-3000, 9);
  });

  test('the median does not follow an outlier', () => {
    expect(statistic('median', [1.2, 9.9, 1.1])).toBe(1.2);
    expect(statistic('median', [4, 1, 3, 2])).toBe(2.5);
  });

  test.each(reductions)('%s of nothing is refused', (reduction) => {
    expect(() => statistic(reduction, [])).toThrow(RangeError);
  });
});

test('the worst quality wins, and a good one never hides an unchecked one', () => {
  expect(worstQuality(['good', 'unchecked', 'good'])).toBe('unchecked');
  expect(worstQuality(['good', 'suspect', 'unchecked'])).toBe('suspect');
  expect(worstQuality(['suspect', 'bad'])).toBe('bad');
  expect(worstQuality([])).toBe('good');
  fc.assert(
    fc.property(fc.constantFrom(...qualities), fc.constantFrom(...qualities), (a, b) => {
      expect(worstQuality([a, b])).toBe(worstQuality([b, a]));
    }),
  );
});

test('joined reasons stand once each, in the order of the list', () => {
  expect(joinedReasons([['warm_up', 'range'], undefined, ['range']])).toEqual(['range', 'warm_up']);
  fc.assert(
    fc.property(fc.array(fc.subarray([...reasons])), (all) => {
      expect(joinedReasons(all)).toEqual(reasons.filter((reason) => all.some((some) => some.includes(reason))));
    }),
  );
});
