import { reasons, type Quality, type Reason, type Stat } from './reading.ts';

/** Least serious first. A value that nobody checked ranks behind a good one: no summary may hide it. */
const ranks: Readonly<Record<Quality, number>> = { good: 0, unchecked: 1, suspect: 2, bad: 3, missing: 4 };

/** The most serious of some qualities; `good` when there is none. */
export function worstQuality(all: Iterable<Quality>): Quality {
  let worst: Quality = 'good';
  for (const quality of all) if (ranks[quality] > ranks[worst]) worst = quality;
  return worst;
}

/** Each reason once, in the order of the closed list. */
export function joinedReasons(all: Iterable<readonly Reason[] | undefined>): readonly Reason[] {
  const given = new Set<Reason>();
  for (const some of all) for (const reason of some ?? []) given.add(reason);
  return reasons.filter((reason) => given.has(reason));
}

/**
 * Statistics that several values of one channel can be reduced to, in the channel's own unit. `weighted_mean` needs
 * weights and `count` has another unit, so they are not among them.
 */
export const reductions = [
  'sum',
  'mean',
  'energy_mean',
  'circular_mean',
  'min',
  'max',
  'median',
  'last',
] as const satisfies readonly Stat[];
export type Reduction = (typeof reductions)[number];

const compute: Readonly<Record<Reduction, (values: readonly number[]) => number>> = {
  sum: total,
  mean,
  energy_mean: energyMean,
  circular_mean: circularMean,
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
  median,
  last: (values) => values.at(-1) ?? Number.NaN,
};

/**
 * What several values of one channel come to; NaN where they come to nothing, as opposite directions do.
 *
 * @throws RangeError for no values at all: there is nothing to say about nothing.
 */
export function statistic(reduction: Reduction, values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('a statistic needs a value');
  return compute[reduction](values);
}

/** Neumaier's compensated sum: ten thousand tips of 0.2 mm are 2000 mm. */
function total(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

function mean(values: readonly number[]): number {
  return total(values) / values.length;
}

/** Mean of levels in decibels as energy (ISO 1996-1): 10·log10 of the mean of 10^(L/10), as seen from the loudest one. */
function energyMean(values: readonly number[]): number {
  const loudest = compute.max(values);
  return loudest + 10 * Math.log10(mean(values.map((level) => 10 ** ((level - loudest) / 10))));
}

/**
 * Mean direction of angles in degrees, 0 ≤ mean < 360: the direction of the sum of unit vectors. Where the vectors cancel out no direction is the mean one, and it is NaN.
 */
function circularMean(values: readonly number[]): number {
  const inRadians = values.map((degrees) => (degrees * Math.PI) / 180);
  const east = mean(inRadians.map(Math.sin));
  const north = mean(inRadians.map(Math.cos));
  if (Math.hypot(east, north) < 1e-9) return Number.NaN;
  const degrees = (Math.atan2(east, north) * 180) / Math.PI;
  return degrees < 0 ? (degrees + 360) % 360 : degrees;
}

/** The middle value, or the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return mean(sorted.slice(sorted.length % 2 === 0 ? half - 1 : half, half + 1));
}
