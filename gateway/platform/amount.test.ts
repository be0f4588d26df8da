import { describe, expect, test } from 'vitest';
import { readAmount, readDifference, readDuration } from './amount.ts';

describe('readAmount', () => {
  test.each([
    ['3200 mm', 'mm', 3200],
    ['3.2 m', 'mm', 3200],
    ['5000mm', 'm', 5],
    ['0.2 mm', 'mm', 0.2],
    ['20 °C', 'Cel', 20],
    [7, '1', 7],
    ['7', '1', 7],
  ] as const)('reads %s in %s', (written, unit, value) => {
    expect(readAmount(written, unit)).toEqual({ ok: true, value });
  });

  test.each([
    [3200, 'mm', '3200 has no unit', '`3200 mm`'],
    ['3200', 'mm', '"3200" has no unit', '`3200 mm`'],
    ['5 kPa', 'm', '"5 kPa" is not a length', '`5 m`'],
    ['5 mn', 'm', 'the unit `mn` is not known', '`5 m`'],
    ['tall', 'm', '"tall" is not a value with a unit', '`1 m`'],
    [true, 'm', 'true is not a value with a unit', '`1 m`'],
    [null, '1', 'null is not a value with a unit', '`1`'],
  ] as const)('does not take %s in %s, and says what to write', (written, unit, what, example) => {
    const read = readAmount(written, unit);
    expect(read).toMatchObject({ ok: false, what: { en: what }, hint: { en: `write for example ${example}` } });
  });
});

describe('readDifference', () => {
  test.each([
    ['5 K', 'Cel', 5],
    ['5 °C', 'Cel', 5],
    ['9 °F', 'Cel', 5],
    ['10 cm', 'm', 0.1],
  ] as const)('reads %s in %s', (written, unit, value) => {
    const read = readDifference(written, unit);
    expect(read.ok && read.value).toBeCloseTo(value, 12);
  });

  test('takes nothing that is no difference', () => {
    expect(readDifference('0 cm', 'm')).toMatchObject({ ok: false, hint: { en: 'write for example `1 cm`' } });
    expect(readDifference('-1 K', 'Cel')).toMatchObject({ ok: false, what: { en: '"-1 K" is not a difference' } });
    expect(readDifference(5, 'm')).toMatchObject({ ok: false, what: { en: '5 has no unit' } });
    expect(readDifference('0 cm', 'm', { orZero: true })).toEqual({ ok: true, value: 0 });
  });
});

describe('readDuration', () => {
  test.each([
    ['10s', 10_000],
    ['500 ms', 500],
    ['1min', 60_000],
    ['2 h', 7_200_000],
  ])('reads %s', (written, value) => {
    expect(readDuration(written)).toEqual({ ok: true, value });
  });

  test.each(['0s', '-5s', 10, '10', '5 m', 'soon', undefined])('does not take %s', (written) => {
    expect(readDuration(written)).toMatchObject({ ok: false, hint: { en: 'write for example `10s`' } });
  });
});
