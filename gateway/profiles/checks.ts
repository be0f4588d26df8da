import { quantityOf, type QuantityName } from '../model/quantity.ts';
import type { Stat } from '../model/reading.ts';
import type { Formula } from './formula.ts';

/**
 * What is tested of a channel beyond what is physically possible. Values and differences are in the canonical unit of
 * its quantity, times in milliseconds. Without `bad` a test never says more than `suspect`.
 */
export interface ChannelChecks {
  readonly range?: RangeCheck;
  readonly saturated?: SaturatedCheck;
  readonly spike?: SpikeCheck;
  readonly rate?: RateCheck;
  readonly flat?: FlatCheck;
  readonly attenuated?: AttenuatedCheck;
  readonly gap?: GapCheck;
}

export const checkNames = [
  'range',
  'saturated',
  'spike',
  'rate',
  'flat',
  'attenuated',
  'gap',
] as const satisfies readonly (keyof ChannelChecks)[];
export type CheckName = (typeof checkNames)[number];

/** The smallest and the largest value. */
export type Span = readonly [least: number, most: number];

/** Beyond `suspect` a value is doubted, beyond `bad` it is bad. */
export interface Spans {
  readonly suspect?: Span;
  readonly bad?: Span;
}

/** A season's spans stand in for those of the year. The first season that fits counts. */
export interface RangeCheck extends Spans {
  readonly seasons: readonly Season[];
}

/** From the day `from` to the day before `to`, each `MM-DD`; it may go over the end of the year. */
export interface Season extends Spans {
  readonly from: string;
  readonly to: string;
}

/** At these values, and beyond them, the sensor can only say "at least" or "at most". */
export interface SaturatedCheck {
  readonly least?: number;
  readonly most?: number;
}

/** More than this away from the median of the three values before it. */
export interface SpikeCheck {
  readonly suspect: number;
  readonly bad?: number;
  /** Values older than this do not count; ten minutes or ten periods where nothing is said. */
  readonly withinMs?: number;
}

/** A change of more than this in `perMs`. Of a sum: more than this in `perMs`. */
export interface RateCheck {
  readonly suspect: number;
  readonly bad?: number;
  readonly perMs: number;
}

/** All values of the last `afterMs` lie within this of each other. */
export interface FlatCheck {
  readonly afterMs: number;
  readonly badMs?: number;
  readonly within: number;
}

/** The values of the last `overMs` differ by less than this. */
export interface AttenuatedCheck {
  readonly overMs: number;
  readonly least: number;
  readonly bad?: number;
}

/** Silence for longer than this is told as a missing value. */
export interface GapCheck {
  readonly afterMs: number;
}

/** A condition between channels of one device; where it does not hold, the channels of `doubts` are suspect. */
export interface CrossCheck {
  /** Over the channels by name, in canonical units; states are 1 and 0. */
  readonly holds: Formula;
  readonly doubts: readonly string[];
}

/**
 * Which tests make sense for values of which statistic. Amounts of an interval, such as rain, have no shape to look
 * at: dry days are flat, and the interval decides how large an amount may be, so they have a rate of their own.
 */
const sensible: Readonly<Record<Stat, readonly CheckName[]>> = {
  sum: ['range', 'saturated', 'rate', 'gap'],
  count: ['range', 'saturated', 'rate', 'gap'],
  mean: ['range', 'saturated', 'spike', 'rate', 'flat', 'attenuated', 'gap'],
  energy_mean: ['range', 'saturated', 'spike', 'rate', 'flat', 'attenuated', 'gap'],
  circular_mean: ['spike', 'rate', 'flat', 'attenuated', 'gap'],
  weighted_mean: ['range', 'saturated', 'spike', 'rate', 'flat', 'attenuated', 'gap'],
  min: ['range', 'saturated', 'spike', 'rate', 'flat', 'attenuated', 'gap'],
  max: ['range', 'saturated', 'spike', 'rate', 'flat', 'attenuated', 'gap'],
  median: ['range', 'saturated', 'spike', 'rate', 'flat', 'attenuated', 'gap'],
  last: ['range', 'saturated', 'spike', 'rate', 'flat', 'attenuated', 'gap'],
};

/** The tests that make sense for a quantity. A state can only be stuck or silent, a text only silent. */
export function sensibleChecks(quantity: QuantityName): readonly CheckName[] {
  const { kind, aggregate } = quantityOf(quantity);
  if (kind === 'number') return sensible[aggregate];
  return kind === 'boolean' ? ['flat', 'gap'] : ['gap'];
}
