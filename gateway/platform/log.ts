/** Levels by who must act: error someone now, warn someone some day, info a state changed, debug a developer. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

type Fields = Readonly<Record<string, unknown>>;

export interface LogEvent {
  /** Unix milliseconds. */
  readonly at: number;
  readonly level: LogLevel;
  /** Constant text; what varies is in `fields`. Never a secret or a payload. */
  readonly event: string;
  readonly fields: Fields;
}

export interface Log {
  debug(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
}

/** A log that hands each event of `least` or more to `write`. */
export function createLog(write: (event: LogEvent) => void, wall: () => number, least: LogLevel = 'info'): Log {
  const from = logLevels.indexOf(least);
  const at =
    (level: LogLevel) =>
    (event: string, fields: Fields = {}): void => {
      if (logLevels.indexOf(level) >= from) write({ at: wall(), level, event, fields });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export const silentLog: Log = createLog(
  () => {},
  () => 0,
);

/** One line for people and for journald: time, level, event, fields. */
export function logLine({ at, level, event, fields }: LogEvent): string {
  const words = Object.entries(fields).map(([key, value]) => `${key}=${quoted(value)}`);
  return [new Date(at).toISOString(), level.padEnd(5), event, ...words].join(' ');
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return typeof value === 'string' && /[\s"=\p{C}]/u.test(text) ? JSON.stringify(text) : text;
}
