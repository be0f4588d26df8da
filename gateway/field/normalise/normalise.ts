import { quantityOf } from '../../model/quantity.ts';
import type { Quality, Reason, Value } from '../../model/reading.ts';
import { joinedReasons, worstQuality } from '../../model/statistics.ts';
import { convert, roundTo } from '../../model/unit.ts';
import { evaluate, type Formula } from '../../profiles/formula.ts';
import type { Channel, Decode, Fields, InvalidCodes } from '../../profiles/profile.ts';
import type { Setup } from '../../profiles/setup.ts';

/** The value of one channel, in the canonical unit of its quantity, and how far it may be trusted. */
export interface NormalisedValue {
  readonly channel: string;
  readonly value: Value;
  readonly quality: Quality;
  /** Absent when good. */
  readonly why?: readonly Reason[];
}

export interface Circumstances {
  /** The device has been on power for less than its profile's `warmUpMs`. */
  readonly isWarmingUp: boolean;
}

/** Why there is no number. */
interface Broken {
  readonly why: readonly Reason[];
}

/** The names that formulas know, each with its number or with the reason why it has none. */
type Known = Map<string, number | Broken>;

const notUnderstood: Broken = { why: ['decode'] };

/** What the fields of one frame, line or component mean: one value for each channel of the device, in their order. */
export function normalise(setup: Setup, fields: Fields, circumstances: Circumstances): readonly NormalisedValue[] {
  const { profile, settings } = setup;
  const known: Known = new Map(Object.entries(settings));
  for (const [name, value] of Object.entries(fields))
    known.set(name, meantBy(value, invalidCodes(profile.decode, name)));
  for (const { name, value, valid, otherwise } of profile.derive) {
    const result = resultOf(value, known);
    const isBeyond = valid && typeof result === 'number' && (result < valid[0] || result > valid[1]);
    known.set(name, isBeyond ? { why: [otherwise] } : result);
  }
  return Object.entries(profile.channels).map(([name, channel]) => {
    const result = resultOf(channel.value, known);
    const value = typeof result === 'number' ? judge(channel, inCanonicalUnit(channel, result)) : broken(result);
    return { channel: name, ...(circumstances.isWarmingUp ? warmingUp(value) : value) };
  });
}

function invalidCodes(decode: Decode, field: string): InvalidCodes | undefined {
  switch (decode.kind) {
    case 'frame':
      return decode.fields[field]?.invalid;
    case 'line':
      return decode.invalid[field];
    case 'fields':
      return undefined;
  }
}

function meantBy(value: number | boolean, codes: InvalidCodes | undefined): number | Broken {
  const reason = codes?.get(Number(value));
  return reason === undefined ? Number(value) : { why: [reason] };
}

/** A formula has a value when everything in it has one; otherwise the reasons are those of all that have none. */
function resultOf(formula: Formula, known: Known): number | Broken {
  const faults = formula.names.map((name) => known.get(name) ?? notUnderstood).filter((it) => typeof it !== 'number');
  if (faults.length > 0) return { why: joinedReasons(faults.map(({ why }) => why)) };
  const valueOf = (name: string): number | undefined => {
    const value = known.get(name);
    return typeof value === 'number' ? value : undefined;
  };
  return evaluate(formula, valueOf) ?? notUnderstood;
}

function inCanonicalUnit({ quantity, unit }: Channel, value: number): number {
  return convert(value, unit, quantityOf(quantity).unit);
}

export type Judged = Omit<NormalisedValue, 'channel'>;

const broken = ({ why }: Broken): Judged => ({ value: null, quality: 'bad', why });

/**
 * Rounds a number in the canonical unit and holds it against the limits of the sensor and of the physical world. Beyond
 * them the value is kept, so that people can see it, but it is bad. A state is a number too: 1 or 0.
 */
export function judge(channel: Channel, number: number): Judged {
  const row = quantityOf(channel.quantity);
  if (row.kind === 'boolean') {
    return number === 0 || number === 1 ? { value: number === 1, quality: 'good' } : broken(notUnderstood);
  }
  if (!Number.isFinite(number)) return broken(notUnderstood);
  const value = roundTo(number, channel.resolution);
  const [least, most] = [row.min ?? -Infinity, row.max ?? Infinity];
  const [lowest, highest] = channel.limits ?? [least, most];
  if (value < least || value > most || value < lowest || value > highest)
    return { value, quality: 'bad', why: ['range'] };
  const isTested = [least, most, lowest, highest].some(Number.isFinite);
  return { value, quality: isTested ? 'good' : 'unchecked' };
}

/** A sensor that is not warm yet may be right, but nobody can tell. */
function warmingUp({ value, quality, why }: Judged): Judged {
  return { value, quality: worstQuality([quality, 'suspect']), why: joinedReasons([why, ['warm_up']]) };
}
