import { closest } from '../model/closest.ts';
import { convert, isConvertible, parseAmount, unitCode, units, type UnitCode } from '../model/unit.ts';
import { shown, type Words } from './problem.ts';

/** A number that was written with its unit, or why it could not be read. */
export type ReadAmount =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly what: Words; readonly hint: Words };

/**
 * Reads `3200 mm`, `3.2 m` or `10s` into a number of `unit`. A bare number is taken only where the unit is `1`: a value
 * without a unit is a guess.
 */
export function readAmount(written: unknown, unit: UnitCode): ReadAmount {
  const amount = typeof written === 'number' || typeof written === 'string' ? parseAmount(String(written)) : undefined;
  if (!amount) return notAnAmount(written, unit);
  if (isConvertible(amount.unit, unit)) return { ok: true, value: convert(amount.value, amount.unit, unit) };
  const example = exampleOf(amount.value, unit);
  if (amount.unit !== '1') {
    return refusal(
      { en: `${shown(written)} is not a ${units[unit].dimension}`, zh: `${shown(written)} 的单位不对` },
      example,
    );
  }
  return refusal({ en: `${shown(written)} has no unit`, zh: `${shown(written)} 缺少单位` }, example);
}

/** Reads a difference: `5 K` is 5 °C, and so is `9 °F`. It is more than zero, or zero where that is allowed. */
export function readDifference(written: unknown, unit: UnitCode, { orZero = false } = {}): ReadAmount {
  const read = readAmount(written, unit);
  const amount = parseAmount(String(written));
  if (!read.ok || !amount) return read;
  const value = read.value - convert(0, amount.unit, unit);
  if (value > 0 || (orZero && value === 0)) return { ok: true, value };
  return refusal(
    { en: `${shown(written)} is not a difference`, zh: `${shown(written)} 不是有效的差值` },
    exampleOf(1, amount.unit),
  );
}

/** Reads `10s`, `500 ms`, `1min` into milliseconds. */
export function readDuration(written: unknown): ReadAmount {
  const read = readAmount(written, 'ms');
  if (!read.ok) return refusal(read.what, '10s');
  if (read.value > 0) return read;
  return refusal({ en: `${shown(written)} is not a time that can pass`, zh: `${shown(written)} 不是有效时长` }, '10s');
}

function notAnAmount(written: unknown, unit: UnitCode): ReadAmount {
  const [, number = '1', word = ''] = /^\s*([+-]?[\d.]+)\s*(\S+)\s*$/.exec(String(written)) ?? [];
  // Of units that are equally near, the one that is expected.
  const alike = [unit, ...Object.keys(units).filter((code) => isConvertible(unitCode(code) ?? '1', unit))];
  const meant = word === '' ? undefined : closest(word, alike);
  const what = word
    ? { en: `the unit \`${word}\` is not known`, zh: `不认识单位 \`${word}\`` }
    : { en: `${shown(written)} is not a value with a unit`, zh: `${shown(written)} 不是带单位的数值` };
  return refusal(what, exampleOf(Number(number), unitCode(meant ?? unit) ?? unit));
}

function exampleOf(value: number, unit: UnitCode): string {
  return unit === '1' ? String(value) : `${value} ${unit}`;
}

function refusal(what: Words, example: string): ReadAmount {
  return { ok: false, what, hint: { en: `write for example \`${example}\``, zh: `例如写作 \`${example}\`` } };
}
