import { flagAbove, flags, type Flag, type Series, type Thresholds } from './series.ts';

/**
 * QARTOD test 7: the step from the value before, in units per second, where the time between counts in whole seconds.
 * As in ioos_qc the first value, and one whose predecessor is missing, is good, not unchecked, and a step between two
 * values of one second counts as if it took one.
 */
export function rateOfChange({ at, values }: Series, perSecond: Thresholds): readonly Flag[] {
  return values.map((value, index) => {
    if (Number.isNaN(value)) return flags.missing;
    const before = values[index - 1] ?? Number.NaN;
    const seconds = Math.trunc(((at[index] ?? Number.NaN) - (at[index - 1] ?? Number.NaN)) / 1000) || 1;
    return flagAbove(Math.abs((value - before) / seconds), perSecond);
  });
}
