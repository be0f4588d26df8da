import type { RangeCheck, Season, Span, Spans } from '../profiles/checks.ts';
import type { Verdict } from './verdict.ts';

/**
 * Gross range: whether the value lies where the site's values lie at this time of the year.
 *
 * @param today - `MM-DD` where the gateway stands; absent when nobody knows, and then the spans of the year count.
 */
export function judgeRange(check: RangeCheck, value: number, today: string | undefined): Verdict {
  const { suspect, bad } = spansOn(check, today);
  if (bad && !isWithin(value, bad)) return 'bad';
  if (suspect) return isWithin(value, suspect) ? 'pass' : 'suspect';
  return bad ? 'pass' : 'not_yet';
}

function spansOn({ suspect, bad, seasons }: RangeCheck, today: string | undefined): Spans {
  const season = today === undefined ? undefined : seasons.find((one) => isIn(one, today));
  const now = { suspect: season?.suspect ?? suspect, bad: season?.bad ?? bad };
  return { ...(now.suspect ? { suspect: now.suspect } : {}), ...(now.bad ? { bad: now.bad } : {}) };
}

/** The days are texts of equal length, so they compare as days do. */
function isIn({ from, to }: Season, today: string): boolean {
  return from <= to ? from <= today && today < to : from <= today || today < to;
}

function isWithin(value: number, [least, most]: Span): boolean {
  return value >= least && value <= most;
}
