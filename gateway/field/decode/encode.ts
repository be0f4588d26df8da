import {
  hj212Values,
  type Fields,
  type FieldValue,
  type FrameGrammar,
  type Hj212Grammar,
  type JsonGrammar,
  type LineGrammar,
  type NmeaField,
  type NmeaGrammar,
  type TextMap,
} from '../../profiles/grammar.ts';
import type { TopicMessage } from '../../profiles/profile.ts';
import type { LineField } from '../../profiles/template.ts';
import { checksumOf } from './checksum.ts';
import { hj212Packet } from './hj212.ts';
import { writeField } from './integer.ts';
import { nmeaChecksum } from './nmea.ts';
import type { StreamGrammar } from './registry.ts';

/**
 * The bytes that a device of this grammar sends for these fields: what a simulated device says. Absent fields are 0 in
 * frames and lines, and absent in the others.
 */
export function encode(grammar: StreamGrammar, fields: Fields): Uint8Array {
  switch (grammar.kind) {
    case 'frame':
      return encodeFrame(grammar, fields);
    case 'line':
      return encodeLine(grammar, fields);
    case 'nmea':
      return encodeNmea(grammar, fields);
    case 'json':
      return encodeJson(grammar, fields);
    case 'hj212':
      return encodeHj212(grammar, fields);
  }
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

export function encodeFrame(grammar: FrameGrammar, fields: Fields): Uint8Array {
  const frame = new Uint8Array(grammar.length);
  frame.set(grammar.header);
  for (const [name, field] of Object.entries(grammar.fields)) {
    writeField(frame, field, field.mustBe ?? Math.round(Number(fields[name] ?? 0)));
  }
  if (grammar.checksum) frame.set(checksumOf(frame, grammar.checksum), grammar.checksum.at);
  return frame;
}

export function encodeLine(grammar: LineGrammar, fields: Fields): Uint8Array {
  const line = grammar.parts.map((part) =>
    'literal' in part ? part.literal : printed(part, Number(fields[part.field] ?? 0)),
  );
  return bytesOf(line.join('') + grammar.terminator);
}

function printed({ type, width }: LineField, value: number): string {
  const number = type === 'f' ? decimal(value, width) : Math.round(value).toString(type === 'x' ? 16 : 10);
  return number.startsWith('-')
    ? `-${number.slice(1).padStart((width ?? 1) - 1, '0')}`
    : number.padStart(width ?? 1, '0');
}

/** Plain decimal digits, never an exponent; as many decimals as the width has room for. */
function decimal(value: number, width: number | undefined): string {
  if (width === undefined) return String(Number(value.toFixed(6)));
  for (let decimals = width - 2; decimals > 0; decimals--) {
    const text = value.toFixed(decimals);
    if (text.length <= width) return text;
  }
  return value.toFixed(0);
}

/** A number that a field holds, whatever is doubted of it. */
function numberIn(value: FieldValue | undefined): number | undefined {
  const number = typeof value === 'object' ? value.value : value;
  return number === undefined ? undefined : Number(number);
}

/** The text that means this number. */
function textFor(map: TextMap, number: number): string | undefined {
  return [...map].find(([, meant]) => meant === number)?.[0];
}

/** One sentence for each name of a sentence that the fields need. */
function encodeNmea(grammar: NmeaGrammar, fields: Fields): Uint8Array {
  const names = new Set(Object.values(grammar.fields).map(({ sentence }) => sentence));
  const sentences = [...names].flatMap((name) => {
    const parts: string[] = [];
    for (const [field, row] of Object.entries(grammar.fields)) {
      const number = numberIn(fields[field]);
      if (row.sentence !== name || number === undefined) continue;
      nmeaText(row, number).forEach((text, index) => (parts[row.at - 1 + index] = text));
    }
    if (parts.length === 0) return [];
    const body = [`GP${name}`, ...Array.from(parts, (text: string | undefined) => text ?? '')].join(',');
    return `$${body}*${nmeaChecksum(body).toString(16).toUpperCase().padStart(2, '0')}\r\n`;
  });
  return bytesOf(sentences.join(''));
}

/** Parts of a minute of arc that simulated receivers tell. */
const arcSteps = 1e7;

const two = (number: number): string => String(number).padStart(2, '0');

function nmeaText({ type, map }: NmeaField, value: number): readonly string[] {
  switch (type) {
    case 'number':
      return [decimal(value, undefined)];
    case 'text':
      return [textFor(map, value) ?? ''];
    case 'latitude':
    case 'longitude': {
      const steps = Math.round(Math.abs(value) * 60 * arcSteps);
      const degrees = Math.floor(steps / (60 * arcSteps));
      const minutes = ((steps % (60 * arcSteps)) / arcSteps).toFixed(7).padStart(10, '0');
      const [width, signs] = type === 'latitude' ? [2, 'NS'] : [3, 'EW'];
      return [String(degrees).padStart(width, '0') + minutes, signs.charAt(value < 0 ? 1 : 0)];
    }
    case 'utc-time': {
      const seconds = (value % 60).toFixed(3).padStart(6, '0');
      return [`${two(Math.floor(value / 3600))}${two(Math.floor(value / 60) % 60)}${seconds}`];
    }
    case 'date': {
      const [year = '', month = '', day = ''] = dateIn(value);
      return [`${day}${month}${year.slice(-2)}`];
    }
  }
}

const dates = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC', dateStyle: 'short' });

/** Year, month and day of Unix seconds. */
function dateIn(seconds: number): readonly string[] {
  return dates.format(seconds * 1000).split('-');
}

function encodeJson(grammar: JsonGrammar, fields: Fields): Uint8Array {
  const { terminator = '\n' } = grammar;
  return new TextEncoder().encode(
    encodeMessages(grammar, fields)
      .map(({ payload }) => payload + terminator)
      .join(''),
  );
}

/** What a neighbour publishes for these fields: one message for each topic that they need. */
export function encodeMessages(grammar: JsonGrammar, fields: Fields): readonly TopicMessage[] {
  const payloads = new Map<string, unknown>();
  for (const [name, { topic, path, map }] of Object.entries(grammar.fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    const number = numberIn(value);
    const said =
      number === undefined ? null : map.size > 0 ? textFor(map, number) : typeof value === 'object' ? number : value;
    payloads.set(topic, withValue(payloads.get(topic), path, said));
  }
  return [...payloads].map(([topic, said]) => ({
    topic,
    payload: typeof said === 'string' ? said : JSON.stringify(said),
  }));
}

function withValue(object: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const known = (typeof object === 'object' && object !== null ? object : {}) as Readonly<Record<string, unknown>>; // made here
  return { ...known, [key]: withValue(known[key], rest, value) };
}

/** What stands around the figures of a packet. Without `QN` each packet is a new one, whatever it says. */
export interface Hj212Heading {
  readonly QN?: string;
  readonly MN?: string;
  /** Odd: the logger wants an answer. */
  readonly Flag?: number;
  /** Local time, `YYYYMMDDhhmmss`. */
  readonly DataTime?: string;
}

/** One packet: of a moment if the fields have a figure of a moment, else of the first period that fits them. */
export function encodeHj212(grammar: Hj212Grammar, fields: Fields, heading: Hj212Heading = {}): Uint8Array {
  const told = Object.entries(grammar.fields).filter(([name]) => fields[name] !== undefined);
  const first = told.find(([, { value }]) => value === 'Rtd') ?? told[0];
  const cn = first?.[1].cn ?? (first?.[1].value === 'Rtd' ? 2011 : 2051);
  const factors = new Map<string, string[]>();
  for (const [name, { factor, value, cn: only = cn }] of told) {
    if (only !== cn || (hj212Values[value] === undefined) !== (cn === 2011)) continue;
    const number = numberIn(fields[name]);
    const figures = factors.get(factor) ?? [`${factor}-Flag=${number === undefined ? 'D' : 'N'}`];
    factors.set(
      factor,
      number === undefined ? figures : [`${factor}-${value}=${decimal(number, undefined)}`, ...figures],
    );
  }
  const { QN, MN = '010000A8900016F000169DC0', Flag = 4, DataTime } = heading;
  const header = [
    ...(QN === undefined ? [] : [`QN=${QN}`]),
    'ST=39',
    `CN=${cn}`,
    'PW=123456',
    `MN=${MN}`,
    `Flag=${Flag}`,
  ];
  const time = DataTime === undefined ? [] : [`DataTime=${DataTime}`];
  const content = [...time, ...[...factors.values()].map((figures) => figures.join(','))].join(';');
  return hj212Packet(`${header.join(';')};CP=&&${content}&&`);
}
