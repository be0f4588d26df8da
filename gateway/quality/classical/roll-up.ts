import { flags, type Flag } from './series.ts';

/** Least weight first. `qartod`: as ioos_qc compares. `strict`: a test that could not be run is not hidden by others. */
const priorities = {
  qartod: [flags.missing, flags.unchecked, flags.good, flags.suspect, flags.fail],
  strict: [flags.good, flags.unchecked, flags.suspect, flags.fail, flags.missing],
} as const;
export type RollUp = keyof typeof priorities;

/** The flag of a value from those of its tests; missing when there was none. */
export function rollUp(all: readonly Flag[], kind: RollUp): Flag {
  const order: readonly Flag[] = priorities[kind];
  const highest = all.reduce((best, flag) => Math.max(best, order.indexOf(flag)), -1);
  return order[highest] ?? flags.missing;
}
