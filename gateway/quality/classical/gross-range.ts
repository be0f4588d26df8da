import { flags, type Flag, type Series } from './series.ts';

type Span = readonly [least: number, most: number];

/** QARTOD test 4: outside `fail` a value fails, outside `suspect` it is suspect; the limits themselves are good. */
export function grossRange({ values }: Series, { fail, suspect }: { fail?: Span; suspect?: Span }): readonly Flag[] {
  const isOutside = (value: number, [least, most]: Span = [-Infinity, Infinity]): boolean =>
    value < least || value > most;
  return values.map((value) => {
    if (Number.isNaN(value)) return flags.missing;
    if (isOutside(value, fail)) return flags.fail;
    return isOutside(value, suspect) ? flags.suspect : flags.good;
  });
}
