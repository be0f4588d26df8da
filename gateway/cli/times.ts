import { readDuration } from '../platform/amount.ts';
import type { Words } from '../platform/problem.ts';

/** A moment that somebody wrote, or why it is none. */
export type ReadTime = { readonly ok: true; readonly at: number } | { readonly ok: false; readonly what: Words };

const writtenTime =
  /^(?:(?<year>\d{4})-(?<month>\d\d?)-(?<day>\d\d?))?(?:[T ]?(?<hour>\d\d?):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.\d+)?)?)?(?<zone>Z|[+-]\d\d:?\d\d)?$/;

/**
 * Reads a moment: ISO 8601 (`2026-11-22T10:00+08:00`; a date or time without a zone is meant where the gateway is, a
 * time without a date is today's), or how long ago (`2h`, `1d`, `30min`).
 *
 * @param now - Unix milliseconds.
 */
export function readTime(
  text: string,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): ReadTime {
  const ago = readDuration(/^\d+(\.\d+)?m$/.test(text) ? `${text}in` : text); // nobody means metres here
  if (ago.ok) return { ok: true, at: Math.round(now - ago.value) };
  const groups = writtenTime.exec(text)?.groups;
  const at = groups && text !== '' ? momentOf(groups, { now, timeZone }) : undefined;
  if (at !== undefined && Number.isFinite(at)) return { ok: true, at };
  return {
    ok: false,
    what: {
      en: `\`${text}\` is not a time; write \`2h\` or \`1d\` for so long ago, or for example \`2026-11-22T10:00\``,
      zh: `\`${text}\` 不是时间；可写 \`2h\`、\`1d\` 表示多久以前，或例如 \`2026-11-22T10:00\``,
    },
  };
}

function momentOf(
  groups: Readonly<Record<string, string | undefined>>,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): number | undefined {
  const { year, month, day, hour, minute, second, zone } = groups;
  if (year === undefined && hour === undefined) return undefined;
  const today = new Date(now + offsetAt(now, timeZone));
  const date: readonly [number, number, number] =
    year === undefined
      ? [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()]
      : [Number(year), Number(month) - 1, Number(day)];
  const wall = Date.UTC(...date, Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0));
  const shown = new Date(wall);
  // Date.UTC carries a 31 September over into October; nobody means that.
  const isReal = shown.getUTCMonth() === date[1] && Number(hour ?? 0) < 24 && Number(minute ?? 0) < 60;
  if (!isReal) return undefined;
  if (zone === 'Z') return wall;
  if (zone !== undefined) return wall - zoneOffset(zone);
  // The offset there and then; looked up twice, for the first guess may lie on the other side of a change.
  const guess = wall - offsetAt(wall, timeZone);
  return wall - offsetAt(guess, timeZone);
}

/** `+08:00` in milliseconds. */
function zoneOffset(zone: string): number {
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.replaceAll(/\D/g, '');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

/** How far a time zone is ahead of UTC at a moment, milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  const whole = Math.floor(at / 1000) * 1000;
  return Date.parse(`${stamp(whole, timeZone).replace(' ', 'T')}Z`) - whole;
}

/** `2026-11-22 10:00:00` in a time zone; the Swedish write dates as ISO does. */
export function stamp(at: number, timeZone: string): string {
  return formatter(timeZone).format(at);
}

/** `10:00:00`. */
export const clockTime = (at: number, timeZone: string): string => stamp(at, timeZone).slice(11);

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let known = formatters.get(timeZone);
  if (!known) {
    known = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    formatters.set(timeZone, known);
  }
  return known;
}

/** The time zone of this machine. */
export const systemTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
