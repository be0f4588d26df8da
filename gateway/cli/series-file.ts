import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { CsvError, parse } from 'csv-parse/sync';
import { gatewayError, reasonOf } from '../model/errors.ts';
import { didYouMean, shown, type Words } from '../platform/problem.ts';

/** A record of one channel from a CSV file, in its order, and the rows that could not be read. */
export interface SeriesFile {
  /** Unix milliseconds. */
  readonly at: readonly number[];
  /** NaN: missing. */
  readonly values: readonly number[];
  readonly problems: readonly RowProblem[];
}

/** A row that is not as it should be; lines count from 1. */
export interface RowProblem {
  readonly line: number;
  readonly what: Words;
}

/** Which columns to read: names of the first row, or numbers from 1. */
export interface Columns {
  readonly time?: string;
  readonly value?: string;
}

/** What people call the columns; else the first is the time and the next one the value. */
const timeNames = ['time', 'timestamp', 'at', 'date', 'datetime'];
const valueNames = ['value'];
/** What stands where there is no value. */
const noValue: ReadonlySet<string> = new Set(['', '-', 'na', 'n/a', 'nan', 'null', 'none']);

/**
 * Reads a CSV file with a column of times (ISO 8601, UTC where no zone is given; Unix seconds or milliseconds) and one
 * of values. A row without a time is told and left out; one whose value is no number is told and stands as missing.
 *
 * @param path - `-` for the standard input.
 * @throws GatewayError FILE_UNREADABLE
 */
export async function readSeries(path: string, columns: Columns): Promise<SeriesFile | Words> {
  const source = path === '-' ? process.stdin : createReadStream(path);
  try {
    return await seriesFrom(source, columns);
  } catch (error) {
    throw gatewayError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, error);
  }
}

/** The record that a stream of CSV holds, or why its columns cannot be found. */
export async function seriesFrom(source: Readable, columns: Columns): Promise<SeriesFile | Words> {
  const problems: RowProblem[] = [];
  const [at, values]: [number[], number[]] = [[], []];
  let places: Places | undefined;
  for await (const { record, line } of rowsOf(source)) {
    if (!record) {
      problems.push({ line, what: noRow });
      continue;
    }
    if (!places) {
      const found = placesIn(record, columns);
      if ('en' in found) return found;
      places = found;
      if (found.isNamed) continue;
    }
    const time = timeOf(record[places.time] ?? '');
    if (Number.isNaN(time)) {
      problems.push({ line, what: notA(record[places.time], { en: 'a time', zh: '有效时间' }) });
      continue;
    }
    const value = valueOf(record[places.value] ?? '');
    if (value === undefined) problems.push({ line, what: notA(record[places.value], { en: 'a number', zh: '数值' }) });
    at.push(time);
    values.push(value ?? Number.NaN);
  }
  return { at, values, problems };
}

interface Row {
  /** Absent: the line is no row of CSV. */
  readonly record?: readonly string[];
  readonly line: number;
}

/** Each line is a row of its own: a lost quotation mark takes no other line with it. */
async function* rowsOf(source: Readable): AsyncGenerator<Row> {
  let line = 0;
  let delimiter: string | undefined;
  for await (const text of createInterface({ input: source, crlfDelay: Infinity })) {
    line++;
    const row = line === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (row.trim() === '') continue;
    delimiter ??= delimiters.toSorted((a, b) => row.split(b).length - row.split(a).length)[0] ?? ',';
    const record = cellsOf(row, delimiter);
    yield record ? { record, line } : { line };
  }
}

const delimiters = [',', ';', '\t'];

function cellsOf(row: string, delimiter: string): readonly string[] | undefined {
  if (!row.includes('"')) return row.split(delimiter);
  try {
    return parse(row, { delimiter })[0];
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

const noRow = { en: 'this is no row of CSV; look for a lost quotation mark', zh: '不是有效的 CSV 行，请检查引号' };

interface Places {
  readonly time: number;
  readonly value: number;
  /** The first row holds names. */
  readonly isNamed: boolean;
}

function placesIn(first: readonly string[], columns: Columns): Places | Words {
  const names = first.map((name) => name.trim().toLowerCase());
  const isNamed = Number.isNaN(timeOf(first[0] ?? '')) && first.some((cell) => valueOf(cell) === undefined);
  const known = isNamed ? names : [];
  const time = placeOf(columns.time, known, first.length) ?? usual(known, timeNames) ?? 0;
  if (typeof time === 'object') return time;
  const value = placeOf(columns.value, known, first.length) ?? usual(known, valueNames) ?? (time === 0 ? 1 : 0);
  return typeof value === 'object' ? value : { time, value, isNamed };
}

function placeOf(wanted: string | undefined, names: readonly string[], width: number): number | Words | undefined {
  if (wanted === undefined) return undefined;
  const place = names.indexOf(wanted.trim().toLowerCase());
  if (place >= 0) return place;
  const number = Number(wanted);
  if (Number.isInteger(number) && number >= 1 && number <= width) return number - 1;
  const list = names.length > 0 ? names.join(', ') : `1-${width}`;
  const hint = didYouMean(wanted, names) ?? { en: `there are ${list}`, zh: `可用：${list}` };
  return { en: `there is no column \`${wanted}\`; ${hint.en}`, zh: `没有列 \`${wanted}\`；${hint.zh}` };
}

function usual(names: readonly string[], known: readonly string[]): number | undefined {
  const place = names.findIndex((name) => known.includes(name));
  return place < 0 ? undefined : place;
}

/** Numbers from here on are milliseconds: as seconds they lie behind the year 5000. */
const leastMilliseconds = 1e11;

/** Unix milliseconds; NaN when it is no time. */
function timeOf(cell: string): number {
  const text = cell.trim();
  if (text === '') return Number.NaN;
  const number = Number(text);
  if (!Number.isNaN(number)) return Math.abs(number) < leastMilliseconds ? Math.round(number * 1000) : number;
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return Number.NaN;
  const iso = text.replace(' ', 'T');
  const hasZone = iso.length === 10 || /(Z|[+-]\d{2}:?\d{2})$/i.test(iso);
  return Date.parse(hasZone ? iso : `${iso}Z`);
}

/** NaN: missing; `undefined`: no number. */
function valueOf(cell: string): number | undefined {
  const text = cell.trim();
  if (noValue.has(text.toLowerCase())) return Number.NaN;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function notA(cell: string | undefined, kind: Words): Words {
  return { en: `${shown(cell ?? '')} is not ${kind.en}`, zh: `${shown(cell ?? '')} 不是${kind.zh}` };
}
