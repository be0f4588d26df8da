import { flags, type Flag, type Series } from './series.ts';

/**
 * QARTOD test 1 as in ioos_qc: a value that comes more than so long after the one before it fails. The first one has
 * the flag of the second; a single one cannot be tested.
 */
export function timeGap({ at }: Series, gapS: number): readonly Flag[] {
  const gapMs = Math.trunc(gapS) * 1000;
  const after = at.slice(1).map((time, index) => (time - (at[index] ?? time) > gapMs ? flags.fail : flags.good));
  const [first = flags.unchecked] = after;
  return at.length === 0 ? [] : [first, ...after];
}
