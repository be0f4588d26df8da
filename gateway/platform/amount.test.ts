import { describe, expect, test } from 'vitest';
import { readAmount, readDuration } from './amount.ts';

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
