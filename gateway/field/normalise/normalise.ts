import { calibrated, type Calibration } from '../../model/calibration.ts';
import { quantityOf } from '../../model/quantity.ts';
import type { Quality, Reason, Value } from '../../model/reading.ts';
import { joinedReasons, worstQuality } from '../../model/statistics.ts';
import { convert, roundTo } from '../../model/unit.ts';
import { evaluate, type Formula } from '../../profiles/formula.ts';
import type { Decode, Fields, FieldValue, InvalidCodes } from '../../profiles/grammar.ts';
import type { Channel, Profile } from '../../profiles/profile.ts';
import type { Setup } from '../../profiles/setup.ts';

/** The value of one channel, in the canonical unit of its quantity, and how far it may be trusted. */
export interface NormalisedValue {
  readonly channel: string;
  readonly value: Value;
  readonly quality: Quality;
  /** Absent when good. */
  readonly why?: readonly Reason[];
  /** The calibration in force, whether or not there is a value. */
  readonly calibration?: string;
}

export interface Circumstances {
  /** The device has been on power for less than its profile's `warmUpMs`. */
  readonly isWarmingUp: boolean;
}

/** Why there is no number. */
export interface Broken {
  readonly why: readonly Reason[];
}

/** A number that its device doubts. */
export interface Doubted {
  readonly number: number;
  readonly why: readonly Reason[];
}

/** The names that formulas know, each with its number or with the reason why it has none. */
export type Known = Map<string, number | Doubted | Broken>;

const notUnderstood: Broken = { why: ['decode'] };

/** What the fields of one frame, line or component mean: one value for each channel of the device, in their order. */
export function normalise(setup: Setup, fields: Fields, circumstances: Circumstances): readonly NormalisedValue[] {
  const { channels } = setup.profile;
  const known = knownOf(setup, fields);
  const values: NormalisedValue[] = [];
  for (const [channel, about] of Object.entries(channels)) {
    if (!isTold(about, setup.profile, fields, known)) continue;
    const judged = judgedResult(about, resultOf(about.value, known), setup.calibrations?.get(channel));
    values.push({ channel, ...(circumstances.isWarmingUp ? doubted(judged, ['warm_up']) : judged) });
  }
  return values;
}

/** Whether the fields say anything about a channel. */
function isTold({ needs }: Channel, profile: Profile, fields: Fields, known: Known): boolean {
  const { decode } = profile;
  if (isPartial(decode)) return needs.some((field) => tells(decode, fields, field));
  return !isAsked(profile) || needs.every((name) => known.has(name));
}

/** Everything that the formulas of the channels may use: settings, fields, derived values. */
export function knownOf({ profile, settings }: Setup, fields: Fields): Known {
  const known: Known = new Map(Object.entries(settings));
  for (const [name, value] of Object.entries(fields))
    known.set(name, meantBy(value, invalidCodes(profile.decode, name)));
  for (const { name, value, valid, otherwise } of profile.derive) {
    const result = resultOf(value, known);
    const number = numberIn(result);
    const isBeyond = valid && number !== undefined && (number < valid[0] || number > valid[1]);
    known.set(name, isBeyond ? { why: [otherwise] } : result);
  }
  return known;
}

/** Whether one message of this device need not carry all its fields: what is not in it says nothing about a channel. */
function isPartial({ kind }: Decode): boolean {
  return partialGrammars.has(kind);
}

/** Whether a message itself tells a field; what is remembered of an earlier one does not make a reading. */
function tells(decode: Decode, fields: Fields, field: string): boolean {
  return Object.hasOwn(fields, field) && !(decode.kind === 'json' && decode.fields[field]?.remember);
}

const partialGrammars: ReadonlySet<string> = new Set(['nmea', 'json', 'hj212']);

/**
 * Whether all fields may never be known at once, since each takes a question of its own, or since no machine has them
 * all: a channel waits for all of its own.
 */
function isAsked({ connect, decode }: Profile): boolean {
  return decode.kind === 'registers' || decode.kind === 'dlt645' || connect.kind === 'machine';
}

function judgedResult(channel: Channel, result: number | Doubted | Broken, calibration?: Calibration): Judged {
  if (typeof result === 'number') return judge(channel, inCanonicalUnit(channel, result), calibration);
  return 'number' in result
    ? doubted(judge(channel, inCanonicalUnit(channel, result.number), calibration), result.why)
    : withCalibration(broken(result), calibration);
}

export function numberIn(result: number | Doubted | Broken | undefined): number | undefined {
  if (typeof result === 'number' || result === undefined) return result;
  return 'number' in result ? result.number : undefined;
}

function invalidCodes(decode: Decode, field: string): InvalidCodes | undefined {
  switch (decode.kind) {
    case 'frame':
    case 'nmea':
    case 'json':
      return decode.fields[field]?.invalid;
    case 'registers': {
      const own = decode.fields[field];
      return own?.isIncrease ? undefined : own?.invalid; // codes are of the total, seen before its increase
    }
    case 'line':
      return decode.invalid[field];
    case 'dlt645':
    case 'hj212':
    case 'fields':
      return undefined;
  }
}

function meantBy(given: FieldValue, codes: InvalidCodes | undefined): number | Doubted | Broken {
  if (typeof given === 'object' && given.value === undefined) return { why: given.why };
  const number = Number(typeof given === 'object' ? given.value : given);
  const reason = codes?.get(number);
  if (reason !== undefined) return { why: [reason] };
  return typeof given === 'object' ? { number, why: given.why } : number;
}

/**
 * A formula has a value when everything in it has one; otherwise the reasons are those of all that have none. What is
 * made of a doubted value is doubted.
 */
export function resultOf(formula: Formula, known: Known): number | Doubted | Broken {
  const flagged: (Doubted | Broken)[] = [];
  for (const name of formula.names) {
    const part = known.get(name) ?? notUnderstood;
    if (typeof part !== 'number') flagged.push(part);
  }
  if (flagged.length === 0) return numberOf(formula, known) ?? notUnderstood;
  const why = joinedReasons(flagged.map((part) => part.why));
  if (flagged.some((part) => !('number' in part))) return { why };
  const number = numberOf(formula, known);
  return number === undefined ? notUnderstood : { number, why };
}

const numberOf = (formula: Formula, known: Known): number | undefined =>
  evaluate(formula, (name) => numberIn(known.get(name)));

function inCanonicalUnit({ quantity, unit }: Channel, value: number): number {
  return convert(value, unit, quantityOf(quantity).unit);
}

export type Judged = Omit<NormalisedValue, 'channel'>;

const broken = ({ why }: Broken): Judged => ({ value: null, quality: 'bad', why });

/**
 * Rounds a number in the canonical unit and holds it against the limits of the sensor and of the physical world. Beyond
 * them the value is kept, so that people can see it, but it is bad. A state is a number too: 1 or 0. A calibration comes
 * in between: a sensor ends where it ends, the physical world where it is in truth.
 */
export function judge(channel: Channel, number: number, calibration?: Calibration): Judged {
  return withCalibration(judgeNumber(channel, number, calibration), calibration);
}

function judgeNumber(channel: Channel, number: number, calibration: Calibration | undefined): Judged {
  const row = quantityOf(channel.quantity);
  if (row.kind === 'boolean') {
    return number === 0 || number === 1 ? { value: number === 1, quality: 'good' } : broken(notUnderstood);
  }
  if (!Number.isFinite(number)) return broken(notUnderstood);
  const raw = roundTo(number, channel.resolution);
  const value = calibration ? roundTo(calibrated(channel.quantity, calibration, number), channel.resolution) : raw;
  const { min, max } = row;
  const { limits } = channel;
  const isBeyond = isOutside(value, min, max) || (limits !== undefined && isOutside(raw, limits[0], limits[1]));
  if (isBeyond) return { value, quality: 'bad', why: ['range'] };
  const isTested = min !== undefined || max !== undefined || limits !== undefined;
  return { value, quality: isTested ? 'good' : 'unchecked' };
}

const isOutside = (value: number, least = -Infinity, most = Infinity): boolean => value < least || value > most;

const withCalibration = (judged: Judged, calibration: Calibration | undefined): Judged =>
  calibration ? { ...judged, calibration: calibration.id } : judged;

/** It may be right, but somebody has said why it may not be: the device itself, or that it is not warm yet. */
function doubted({ quality, why, ...judged }: Judged, reasons: readonly Reason[]): Judged {
  return { ...judged, quality: worstQuality([quality, 'suspect']), why: joinedReasons([why, reasons]) };
}
