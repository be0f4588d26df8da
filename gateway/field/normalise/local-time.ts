/** The wall clock of a place. */
export interface LocalClock {
  /** Unix milliseconds of `YYYYMMDDhhmmss`; `undefined` when there is no such moment. */
  utcOf(local: string): number | undefined;
  /** The same time of the day one day later, Unix milliseconds. */
  dayAfter(utc: number): number;
}

const dayMs = 86_400_000;

/** @param timeZone - IANA name such as `Asia/Shanghai`. */
export function localClock(timeZone: string): LocalClock {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const digitsAt = (utc: number): string => format.format(utc).replaceAll(/\D/g, '');
  /** How far the place is ahead of UTC, milliseconds. */
  const aheadAt = (utc: number): number => (asUtc(digitsAt(utc)) ?? utc) - Math.floor(utc / 1000) * 1000;
  return {
    utcOf: (local) => {
      const taken = asUtc(local);
      if (taken === undefined) return undefined;
      // The offset of a moment is known by its UTC, which the offset gives: twice is enough but for a skipped hour.
      const guess = taken - aheadAt(taken);
      const utc = taken - aheadAt(guess);
      return digitsAt(utc) === local ? utc : undefined;
    },
    dayAfter: (utc) => utc + dayMs + aheadAt(utc) - aheadAt(utc + dayMs),
  };
}

/** The digits as if they were UTC. */
function asUtc(digits: string): number | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];
  const [year, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = parts.map(Number);
  return year === undefined ? undefined : Date.UTC(year, month - 1, day, hours, minutes, seconds);
}
