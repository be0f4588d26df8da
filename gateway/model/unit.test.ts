import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convert, isConvertible, parseAmount, roundTo, unitCode, units, type UnitCode } from './unit.ts';

const codes = Object.keys(units).map((code) => unitCode(code) ?? '1');
const pairs = codes.flatMap((from) => codes.filter((to) => isConvertible(from, to)).map((to) => [from, to] as const));

/** A ratio of whole numbers, the denominator above zero. */
interface Ratio {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** The exact value of a double. */
function ratioOf(double: number): Ratio {
  let bottom = 1n;
  let top = double;
  while (!Number.isInteger(top)) {
    top *= 2;
    bottom *= 2n;
  }
  return { top: BigInt(top), bottom };
}

function wayToBase(code: UnitCode) {
  const { mul, div, ...rest }: { mul: number; div: number; add?: number } = units[code];
  return { mul: BigInt(mul), div: BigInt(div), add: BigInt(rest.add ?? 0) };
}

/** base = (value × mul + add) / div, there and back, in whole numbers. */
function exactly(value: number, from: UnitCode, to: UnitCode): Ratio {
  const [a, b] = [wayToBase(from), wayToBase(to)];
  const { top, bottom } = ratioOf(value);
  const base = { top: top * a.mul + a.add * bottom, bottom: bottom * a.div };
  return { top: base.top * b.div - b.add * base.bottom, bottom: base.bottom * b.mul };
}

const distance = (a: Ratio, b: Ratio): Ratio => {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return { top: difference < 0n ? -difference : difference, bottom: a.bottom * b.bottom };
};
const isLess = (a: Ratio, b: Ratio): boolean => a.top * b.bottom < b.top * a.bottom;

function neighbours(double: number): readonly number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, double);
  const bits = view.getBigInt64(0);
  return [bits - 1n, bits + 1n].map((next) => {
    view.setBigInt64(0, next);
    return view.getFloat64(0);
  });
}

describe('convert', () => {
  test('looks at every unit there is', () => {
    expect(codes.length).toBeGreaterThan(60);
    expect(pairs.length).toBeGreaterThan(200);
  });

  test('gives the double nearest to the true value for whole numbers', () => {
    let tried = 0;
    fc.assert(
      fc.property(fc.constantFrom(...pairs), fc.integer({ min: -10_000, max: 10_000 }), ([from, to], value) => {
        const truth = exactly(value, from, to);
        const limit = BigInt(Number.MAX_SAFE_INTEGER);
        fc.pre(truth.top < limit && truth.top > -limit && truth.bottom < limit);
        const result = convert(value, from, to);
        const error = distance(ratioOf(result), truth);
        for (const other of result === 0 ? [] : neighbours(result)) {
          expect(isLess(distance(ratioOf(other), truth), error)).toBe(false);
        }
        tried++;
      }),
      { numRuns: 3000 },
    );
    expect(tried).toBeGreaterThan(2000);
  });

  test('comes back to where it began', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pairs), fc.double({ min: -1e6, max: 1e6, noNaN: true }), ([from, to], value) => {
        const back = convert(convert(value, from, to), to, from);
        expect(Math.abs(back - value)).toBeLessThan(1e-9 * Math.max(Math.abs(value), 1000));
      }),
    );
  });

  test.each([
    [25, 'cm', 'm', 0.25],
    [1953, 'mm', 'm', 1.953],
    [32, '[degF]', 'Cel', 0],
    [-40, '[degF]', 'Cel', -40],
    [0, 'K', 'Cel', -273.15],
    [36, 'km/h', 'm/s', 10],
    [1, 'h', 'ms', 3_600_000],
    [3.6, 'm3/h', 'L/s', 1],
    [101.325, 'kPa', 'hPa', 1013.25],
  ] as const)('%d %s in %s is %d', (value, from, to, expected) => {
    expect(convert(value, from, to)).toBe(expected);
  });

  test('refuses another dimension', () => {
    expect(() => convert(1, 'm', 's')).toThrow('m (length) is not a time');
  });
});

describe('roundTo', () => {
  test('leaves no binary dust', () => {
    expect(roundTo(0.1 + 0.2, 0.001)).toBe(0.3);
    expect(roundTo(1234.5678, 0.01)).toBe(1234.57);
    expect(roundTo(17, 10)).toBe(20);
    expect(roundTo(-0.0001, 0.001)).toBe(0);
    expect(Object.is(roundTo(-0.0001, 0.001), 0)).toBe(true);
  });

  test('moves a value by half a step at most', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.constantFrom(0.001, 0.01, 0.1, 0.5, 1, 10),
        (value, step) => {
          expect(Math.abs(roundTo(value, step) - value)).toBeLessThanOrEqual(step / 2 + 1e-9);
        },
      ),
    );
  });
});

describe('parseAmount', () => {
  test.each([
    ['25 cm', 25, 'cm'],
    ['-5 °C', -5, 'Cel'],
    ['10s', 10, 's'],
    ['4GiB', 4, 'GiBy'],
    ['.5 m', 0.5, 'm'],
    ['1e3 mm', 1000, 'mm'],
    ['7', 7, '1'],
    ['35 µg/m³', 35, 'ug/m3'],
  ])('reads %s', (text, value, unit) => {
    expect(parseAmount(text)).toEqual({ value, unit });
  });

  test.each(['', 'cm', '5 parsecs', '5 5', '--5 m', 'toString'])('does not take %j', (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });
});
