import type { Text } from './alarm.ts';
import { quantityOf, type Quantity, type QuantityName } from './quantity.ts';

/** A straight line from what a sensor shows to what is true: `gain × shown + offset`, in the canonical unit. */
export interface Line {
  readonly gain: number;
  /** In the quantity's canonical unit. */
  readonly offset: number;
}

/** The calibration in force of one channel. */
export interface Calibration extends Line {
  readonly id: string;
  /** Unix milliseconds; later its readings are `suspect`, `calibration_expired`. */
  readonly validUntil: number;
}

/** A reference value and what the sensor showed of it before any calibration, in the canonical unit. */
export interface CalibrationPoint {
  readonly reference: number;
  readonly shown: number;
}

export const calibrationMethods = ['one_point', 'two_point', 'many_points'] as const;
export type CalibrationMethod = (typeof calibrationMethods)[number];

/** One calibration as it is written down, for ever. Published as `schema/calibration.schema.json`. */
export interface CalibrationRecord extends Calibration {
  readonly v: 1;
  readonly kind: 'calibration';
  readonly device: string;
  readonly channel: string;
  readonly quantity: string;
  /** The canonical unit that all numbers are in, UCUM. */
  readonly unit: string;
  /** When it was made, Unix milliseconds. */
  readonly at: number;
  readonly method: CalibrationMethod;
  readonly points: readonly CalibrationPoint[];
  /** What was published of each point before, less its reference. */
  readonly before: readonly number[];
  /** What is published of each point now, less its reference. */
  readonly residuals: readonly number[];
  /** The instrument or standard that it was held against, best with its certificate. */
  readonly reference: string;
  readonly by: string;
}

/** Takes a calibration back: what was in force before it is so again. */
export interface VoidRecord {
  readonly v: 1;
  readonly kind: 'void';
  /** Of the calibration. */
  readonly id: string;
  readonly at: number;
  readonly by: string;
  readonly why?: string;
}

export type CalibrationEntry = CalibrationRecord | VoidRecord;

/**
 * What a calibration of a quantity may change. Counts and states are right or wrong. What adds up has no offset: it
 * would be added as often as somebody reads. A direction and a level in decibels have no gain.
 */
export type Freedom = 'none' | 'gain' | 'offset' | 'line';

export function freedomOf(name: QuantityName): Freedom {
  const quantity = quantityOf(name);
  if (quantity.kind !== 'number' || isCount(quantity)) return 'none';
  switch (quantity.aggregate) {
    case 'sum':
      return 'gain';
    case 'circular_mean':
    case 'energy_mean':
      return 'offset';
    default:
      return 'line';
  }
}

const isCount = ({ max }: Quantity): boolean => max === Number.MAX_SAFE_INTEGER;

/** What a raw value becomes. Directions stay on the circle. */
export function calibrated(name: QuantityName, { gain, offset }: Line, raw: number): number {
  const value = gain * raw + offset;
  return isDirection(name) ? onCircle(value) : value;
}

/** The raw value behind a calibrated one. */
export function uncalibrated(name: QuantityName, { gain, offset }: Line, value: number): number {
  const raw = (value - offset) / gain;
  return isDirection(name) ? onCircle(raw) : raw;
}

const isDirection = (name: QuantityName): boolean => quantityOf(name).aggregate === 'circular_mean';
const onCircle = (degrees: number): number =>
  degrees >= 0 && degrees <= 360 ? degrees : ((degrees % 360) + 360) % 360;
/** The shorter way from one direction to another, -180 ≤ way < 180. */
const wayTo = (degrees: number): number => ((((degrees + 180) % 360) + 360) % 360) - 180;

/** How far a value lies beside its reference. */
export function deviation(name: QuantityName, value: number, reference: number): number {
  return isDirection(name) ? wayTo(value - reference) : value - reference;
}

/** Values nearer to each other than so many steps of the resolution say nothing about a gain. */
const leastSteps = 10;
const plausibleGain = [0.5, 2] as const;

export type Fit =
  | {
      readonly ok: true;
      readonly line: Line;
      readonly method: CalibrationMethod;
      /** Set where a person should look twice before believing it. */
      readonly doubt?: Required<Text>;
    }
  | { readonly ok: false; readonly why: Required<Text> };

/**
 * The line of least squares through the points, as far as the quantity leaves it free: one point gives an offset (or
 * the gain of what adds up), two or more a gain and an offset.
 *
 * @param resolution - of the channel, in the canonical unit.
 */
export function fitLine(name: QuantityName, points: readonly CalibrationPoint[], resolution: number): Fit {
  const freedom = freedomOf(name);
  const [first] = points;
  if (freedom === 'none')
    return no(`${name} cannot be calibrated: it is a count or a state`, `${name} 是计数或状态，无法校准`);
  if (!first) return no('a calibration needs a point', '校准至少需要一个点');
  const outside = points.find(({ reference }) => isBeyond(quantityOf(name), reference));
  if (outside) return no(`a reference of ${outside.reference} is impossible`, `参考值 ${outside.reference} 不可能成立`);
  const method = points.length === 1 ? 'one_point' : points.length === 2 ? 'two_point' : 'many_points';
  if (freedom === 'gain') {
    const least = Math.min(...points.map(({ shown }) => Math.abs(shown)));
    if (least < leastSteps * resolution) return tooNear(leastSteps * resolution);
    const top = sumOf(points, ({ reference, shown }) => reference * shown);
    return checked({ gain: top / sumOf(points, ({ shown }) => shown ** 2), offset: 0 }, method);
  }
  if (freedom === 'offset' || points.length === 1) {
    const offset = sumOf(points, ({ reference, shown }) => deviation(name, reference, shown)) / points.length;
    return checked({ gain: 1, offset }, method);
  }
  const [shown, references] = [points.map((point) => point.shown), points.map(({ reference }) => reference)];
  const span = Math.min(Math.max(...shown) - Math.min(...shown), Math.max(...references) - Math.min(...references));
  if (span < leastSteps * resolution) return tooNear(leastSteps * resolution);
  const [middle, truth] = [meanOf(shown), meanOf(references)];
  const top = sumOf(points, (point) => (point.shown - middle) * (point.reference - truth));
  const gain = top / sumOf(points, (point) => (point.shown - middle) ** 2);
  return checked({ gain, offset: truth - gain * middle }, method);
}

function checked(line: Line, method: CalibrationMethod): Fit {
  const { gain, offset } = line;
  const [least, most] = plausibleGain;
  if (!Number.isFinite(offset) || !(gain > 0) || !Number.isFinite(gain))
    return no('the values fall where the reference rises', '参考值升高时读数反而下降');
  if (gain >= least && gain <= most) return { ok: true, line, method };
  const factor = Number(gain.toPrecision(3));
  return {
    ok: true,
    line,
    method,
    doubt: {
      en: `a gain of ${factor} is more than a calibration should have to mend: check units, wiring and profile`,
      zh: `增益 ${factor} 超出校准的合理范围：请检查单位、接线和设备档案`,
    },
  };
}

const no = (en: string, zh: string): Fit => ({ ok: false, why: { en, zh } });
const tooNear = (span: number): Fit =>
  no(
    `the points are too near to each other: choose them at least ${Number(span.toPrecision(6))} apart`,
    `两点过于接近：间隔至少应为 ${Number(span.toPrecision(6))}`,
  );

const isBeyond = ({ min = -Infinity, max = Infinity }: Quantity, value: number): boolean =>
  !(value >= min && value <= max);
const sumOf = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((sum, one) => sum + of(one), 0);
const meanOf = (values: readonly number[]): number => sumOf(values, (value) => value) / values.length;

/** The calibration of each channel that counts, by `device/channel`: the last one that nobody has taken back. */
export function inForce(entries: readonly CalibrationEntry[]): ReadonlyMap<string, CalibrationRecord> {
  const taken = new Set(entries.flatMap((entry) => (entry.kind === 'void' ? [entry.id] : [])));
  const found = new Map<string, CalibrationRecord>();
  for (const entry of entries) {
    if (entry.kind === 'calibration' && !taken.has(entry.id)) found.set(`${entry.device}/${entry.channel}`, entry);
  }
  return found;
}
