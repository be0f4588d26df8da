import type { Calibration } from '../../model/calibration.ts';
import { didYouMean, shown } from '../../platform/problem.ts';
import { quantityOf } from '../../model/quantity.ts';
import { convert, isConvertible, unitCode } from '../../model/unit.ts';
import type { Channel } from '../../profiles/profile.ts';
import type { Setup } from '../../profiles/setup.ts';
import { judge, type Judged, type NormalisedValue } from './normalise.ts';

/** What one entry of an ingest message says. Its values stand or fall together. */
export interface MessageItem {
  /** The sender's own name for this entry; a repeat with the same is stored once. */
  readonly ref?: string;
  /** The sender's own time, Unix milliseconds. */
  readonly at?: number;
  readonly values: readonly NormalisedValue[];
}

export type NormalisedMessage =
  | { readonly ok: true; readonly items: readonly MessageItem[] }
  /** The whole message goes to quarantine, for this reason. */
  | { readonly ok: false; readonly why: string };

/** Values that one message may carry, over all its entries. */
export const maxMessageValues = 1000;
const maxRefLength = 64;
const maxTextBytes = 1024;

/**
 * What a message on the ingest topic of a device says: `{"level":0.42}`, `{"level":{"value":42,"unit":"cm"},"at":ms,
 * "ref":"x1"}`, or an array of such. A bare number is in the channel's unit. `null` is the sender's word that it has no
 * value. Accepted whole or refused whole, with a reason that its sender can act on.
 */
export function normaliseMessage(setup: Setup, message: unknown): NormalisedMessage {
  const entries: readonly unknown[] = Array.isArray(message) ? message : [message];
  if (entries.length === 0) return { ok: false, why: 'the array is empty' };
  if (entries.length > maxMessageValues) return { ok: false, why: tooMany };
  const items: MessageItem[] = [];
  for (const [index, entry] of entries.entries()) {
    const item = itemOf(setup, entry);
    if (typeof item === 'string') return { ok: false, why: Array.isArray(message) ? `entry ${index}: ${item}` : item };
    items.push(item);
  }
  const count = items.reduce((sum, { values }) => sum + values.length, 0);
  return count > maxMessageValues ? { ok: false, why: tooMany } : { ok: true, items };
}

const tooMany = `a message carries at most ${maxMessageValues} values`;

/** The reason for refusing, in place of what was asked for. */
type Refusal = string;

function itemOf({ profile: { channels }, calibrations }: Setup, entry: unknown): MessageItem | Refusal {
  if (!isObject(entry)) return `${shown(entry)} is not an object such as {"level":0.42}`;
  const { ref, at, ...written } = entry;
  const names = Object.keys(written);
  if (names.length === 0) return 'there is no channel in it';
  if (ref !== undefined && !isRef(ref)) return `ref is a string of 1 to ${maxRefLength} characters`;
  if (at !== undefined && !isTime(at)) return 'at is a whole number, Unix time in milliseconds';
  const values: NormalisedValue[] = [];
  for (const name of names) {
    const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
    if (!channel) return unknownChannel(name, Object.keys(channels));
    const value = valueOf(channel, written[name], calibrations?.get(name));
    if (typeof value === 'string') return `${name}: ${value}`;
    values.push({ channel: name, ...value });
  }
  return { ...(ref === undefined ? {} : { ref }), ...(at === undefined ? {} : { at }), values };
}

function isRef(ref: unknown): ref is string {
  return typeof ref === 'string' && ref !== '' && ref.length <= maxRefLength;
}

function isTime(at: unknown): at is number {
  return typeof at === 'number' && Number.isSafeInteger(at) && at >= 0;
}

function unknownChannel(name: string, known: readonly string[]): Refusal {
  const hint = didYouMean(name, known)?.en ?? `it has ${known.join(', ')}`;
  return `the device has no channel ${shown(name)}; ${hint}`;
}

/** A bare value, or `{value, unit}`. */
function valueOf(channel: Channel, written: unknown, calibration: Calibration | undefined): Judged | Refusal {
  if (!isObject(written)) return judged(channel, { value: written, calibration });
  const { value, unit, ...others } = written;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) return `${shown(stranger)} is not a key of {"value":…,"unit":"…"}`;
  return value === undefined ? 'there is no "value" in it' : judged(channel, { value, unit, calibration });
}

interface Written {
  readonly value: unknown;
  readonly unit?: unknown;
  readonly calibration: Calibration | undefined;
}

function judged(channel: Channel, { value, unit, calibration }: Written): Judged | Refusal {
  const { kind } = quantityOf(channel.quantity);
  if (kind !== 'number' && unit !== undefined && unit !== '1') return `a ${kind} has no unit`;
  if (value === null) return { value: null, quality: 'missing', why: ['device_fault'] };
  if (kind === 'number' && typeof value === 'number') {
    const canonical = canonicalOf(channel, value, unit);
    return typeof canonical === 'number' ? judge(channel, canonical, calibration) : canonical;
  }
  if (kind === 'boolean' && typeof value === 'boolean') return judge(channel, Number(value));
  if (kind === 'string' && typeof value === 'string') return judgedText(value);
  return `${shown(value)} is not a ${kind}`;
}

function canonicalOf(channel: Channel, value: number, written: unknown): number | Refusal {
  const canonical = quantityOf(channel.quantity).unit;
  const unit = written === undefined ? channel.unit : typeof written === 'string' ? unitCode(written) : undefined;
  if (unit && isConvertible(unit, canonical)) return convert(value, unit, canonical);
  return `the unit ${shown(written)} cannot become ${canonical}`;
}

/** Any text may be true, so none is checked. */
function judgedText(value: string): Judged | Refusal {
  const isShort = new TextEncoder().encode(value).length <= maxTextBytes;
  return isShort ? { value, quality: 'unchecked' } : `a text has at most ${maxTextBytes} bytes`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
