import type { Reading } from '../model/reading.ts';
import { qualityText, table, valueText } from './format.ts';
import type { LineOptions } from './status-lines.ts';
import { stamp } from './times.ts';

/** Readings for people: one line each. */
export function historyLines(readings: readonly Reading[], { language, timeZone }: LineOptions): readonly string[] {
  return table(
    readings.map((reading) => [
      stamp(reading.at, timeZone),
      reading.device,
      reading.channel,
      valueText(reading.value, reading.unit, language),
      qualityText(reading, language),
    ]),
  );
}

const columns = [
  'id',
  'at',
  'device',
  'channel',
  'quantity',
  'value',
  'unit',
  'quality',
  'why',
  'clock',
  'start',
  'stat',
  'n',
] as const;

/** Readings for spreadsheets and databases (RFC 4180, with the line ends of this machine); times are ISO 8601, UTC. */
export function csvLines(readings: readonly Reading[]): readonly string[] {
  return [columns.join(','), ...readings.map((reading) => columns.map((column) => cell(reading, column)).join(','))];
}

function cell(reading: Reading, column: (typeof columns)[number]): string {
  const value = reading[column];
  if (value === undefined || value === null) return '';
  if (column === 'at' || column === 'start') return new Date(Number(value)).toISOString();
  const text = typeof value === 'object' ? value.join(' ') : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
