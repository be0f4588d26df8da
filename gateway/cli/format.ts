import stringWidth from 'string-width';
import type { Text } from '../model/alarm.ts';
import type { Language } from '../model/errors.ts';
import type { Reading, Value } from '../model/reading.ts';
import { qualityWords, reasonWords } from './words.ts';

/** How units are shown to people; the others look as their UCUM code does. */
const unitLabels: Readonly<Record<string, string>> = {
  '1': '',
  Cel: '°C',
  deg: '°',
  'ug/m3': 'µg/m³',
  'mg/m3': 'mg/m³',
  'm3/s': 'm³/s',
  'W/m2': 'W/m²',
  'uS/cm': 'µS/cm',
  'dB[SPL]': 'dB(A)',
  '[ppm]': 'ppm',
  '[ppb]': 'ppb',
  '[pH]': 'pH',
  '{NTU}': 'NTU',
  'kW.h': 'kWh',
  'V.A': 'VA',
  By: 'B',
};

export const unitLabel = (code: string): string => unitLabels[code] ?? code;

/** `0.27 m`, `on`, `–` where there is no usable value. */
export function valueText(value: Value, unit: string, language: Language): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? { en: 'on', zh: '开' }[language] : { en: 'off', zh: '关' }[language];
  return `${value} ${unitLabel(unit)}`.trim();
}

/** `good`, or what is wrong: `doubtful: warming up`. */
export function qualityText({ quality, why = [] }: Pick<Reading, 'quality' | 'why'>, language: Language): string {
  const { colon, comma } = { en: { colon: ': ', comma: ', ' }, zh: { colon: '：', comma: '、' } }[language];
  const reasons = why.map((reason) => reasonWords[reason][language]).join(comma);
  const word = qualityWords[quality][language];
  return reasons === '' ? word : word + colon + reasons;
}

const steps = [
  { ms: 86_400_000, en: 'd', zh: '天' },
  { ms: 3_600_000, en: 'h', zh: '小时' },
  { ms: 60_000, en: 'min', zh: '分钟' },
  { ms: 1000, en: 's', zh: '秒' },
] as const;

/** `4 s`, `12 min`, `3 h`: one unit is enough to know how old something is. */
export function ageText(ms: number, language: Language): string {
  const step = steps.find((known) => ms >= known.ms) ?? steps[3];
  return `${Math.max(0, Math.floor(ms / step.ms))} ${step[language]}`;
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const index = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** index;
  return `${value < 10 && index > 0 ? value.toFixed(1) : Math.round(value)} ${units[index]}`;
}

export const countText = (count: number): string => count.toLocaleString('en-US');

/** A text in the reader's language, English where there is no other. */
export function textIn(text: Text | undefined, language: Language): string {
  return text?.[language] ?? text?.en ?? '';
}

/** Columns that a text takes on a terminal; Chinese characters take two. */
export const widthOf = (text: string): number => stringWidth(text);

/** Fills up with spaces to so many columns; Chinese characters take two. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - stringWidth(text)));
}

/** Cuts a text to so many columns, with an ellipsis where something is missing; its colours stay. */
export function cutTo(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let cut = '';
  let left = columns - 1;
  for (const [piece, colour] of text.matchAll(colourOrCharacter)) {
    left -= colour === undefined ? stringWidth(piece) : 0;
    if (left < 0 && colour === undefined) break;
    cut += piece;
  }
  return cut.includes('\u001B') ? `${cut}…\u001B[0m` : `${cut}…`;
}

/** A colour of `paint.ts` (group 1), or one character. */
// eslint-disable-next-line no-control-regex -- the escape character is what colours are made of
const colourOrCharacter = /(\u001B\[\d+m)|./gsu;

/** Lines of a table whose columns are as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell));
  return rows.map((row) =>
    row
      .map((cell, index) => padTo(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
