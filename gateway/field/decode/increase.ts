import type { Decode, Fields, FieldValue } from '../../profiles/grammar.ts';

/** The last totals of the fields that count up, by name: stored together with the samples made of them. */
export type Totals = Readonly<Record<string, number>>;

/** What was stored, if it is that. */
export function storedTotals(state: unknown): Totals {
  if (typeof state !== 'object' || state === null) return {};
  return Object.fromEntries(Object.entries(state).filter(([, total]) => typeof total === 'number'));
}

/**
 * Puts the increase since the last reading in the place of each total that counts up. The first reading of all has
 * none, since nobody knows how long the device has counted.
 *
 * A total that is smaller than before has wrapped around if it was near the end of its type, and begun anew
 * otherwise; then what it shows has come since, and more may be lost: it is in doubt.
 */
export function withIncreases(
  decode: Decode,
  fields: Fields,
  before: Totals,
): { readonly fields: Fields; readonly totals: Totals } {
  if (decode.kind !== 'registers') return { fields, totals: before };
  const totals: Record<string, number> = { ...before };
  const changed = Object.entries(fields).flatMap(([name, value]): readonly (readonly [string, FieldValue])[] => {
    const field = decode.fields[name];
    if (!field?.isIncrease || typeof value !== 'number') return [[name, value]];
    const reason = field.invalid.get(value);
    if (reason !== undefined) return [[name, { why: [reason] }]];
    const last = totals[name];
    totals[name] = value;
    return last === undefined ? [] : [[name, increase(last, value, ranges[field.type])]];
  });
  return { fields: Object.fromEntries(changed), totals };
}

/** Where unsigned types wrap around. */
const ranges: Readonly<Record<string, number | undefined>> = { u16: 2 ** 16, u32: 2 ** 32 };
/** A total that wrapped around was in the last, and is now in the first tenth of its range. */
const nearEnd = 0.1;

function increase(last: number, now: number, range: number | undefined): FieldValue {
  if (now >= last) return now - last;
  if (range !== undefined && last >= (1 - nearEnd) * range && now < nearEnd * range) return now + range - last;
  return { value: now, why: ['device_fault'] };
}
