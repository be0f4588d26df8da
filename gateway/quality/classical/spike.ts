import { flagAbove, flags, type Flag, type Series, type Thresholds } from './series.ts';

export const spikeMethods = ['average', 'differential'] as const;
export type SpikeMethod = (typeof spikeMethods)[number];

/**
 * QARTOD test 6, with a look at the value after. `average`: distance from the middle of both neighbours.
 * `differential`: the smaller of the steps before and after, where they go opposite ways. The first value, the last and
 * those beside a missing one cannot be tested.
 *
 * A threshold of 0 tests; in ioos_qc it counts as absent.
 */
export function spike(
  { values }: Series,
  { method = 'average', ...thresholds }: Thresholds & { readonly method?: SpikeMethod },
): readonly Flag[] {
  return values.map((value, index) => {
    if (Number.isNaN(value)) return flags.missing;
    const [before = Number.NaN, after = Number.NaN] = [values[index - 1], values[index + 1]];
    if (Number.isNaN(before) || Number.isNaN(after)) return flags.unchecked;
    return flagAbove(sizes[method](before, value, after), thresholds);
  });
}

const sizes: Readonly<Record<SpikeMethod, (before: number, value: number, after: number) => number>> = {
  average: (before, value, after) => Math.abs(value - (before + after) / 2),
  differential: (before, value, after) => {
    const [up, down] = [value - before, after - value];
    return up * down < 0 ? Math.min(Math.abs(up), Math.abs(down)) : 0;
  },
};
