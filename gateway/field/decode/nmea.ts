import type { Fields, FieldValue, NmeaField, NmeaGrammar, NmeaType } from '../../profiles/grammar.ts';
import type { Decoder } from './decoder.ts';
import { asciiOf, linesDecoder } from './lines.ts';

/** IEC 61162-1 allows 82 characters; some receivers send more. */
const maxLength = 256;

/** Sentences of NMEA 0183. A good sentence without any of our fields gives none: the device is there. */
export function nmeaDecoder({ fields }: NmeaGrammar): Decoder {
  return linesDecoder({
    terminator: '\n',
    maxLength,
    marker: '$',
    read: (bytes) => {
      const text = asciiOf(bytes, '\n');
      if (text === '') return undefined;
      const parts = sentenceOf(text);
      return typeof parts === 'string' ? parts : { fields: fieldsOf(parts, fields) };
    },
  });
}

/** The checksum of a sentence: all characters between `$` and `*` xored. */
export function nmeaChecksum(body: string): number {
  return Array.from(body).reduce((sum, character) => sum ^ character.charCodeAt(0), 0);
}

/** The name and the values of a sentence, or why it is none. */
function sentenceOf(text: string): readonly string[] | string {
  const [, body, sum = ''] = /^\$([^$*]*)\*([0-9A-Fa-f]{2})$/.exec(text) ?? [];
  if (body === undefined) return 'this is not a sentence like $GPGGA,…*47';
  return nmeaChecksum(body) === Number.parseInt(sum, 16) ? body.split(',') : 'the checksum does not fit';
}

function fieldsOf(parts: readonly string[], wanted: NmeaGrammar['fields']): Fields {
  const [address = ''] = parts;
  // An address that begins with P is a maker's own, and its letters mean what the maker likes.
  const name = /^[A-OQ-Z][A-Z0-9]([A-Z0-9]{3})$/.exec(address)?.[1];
  const isVoid = name === 'RMC' && parts[2] === 'V';
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([field, { sentence, at, type, map }]): [string, FieldValue][] => {
      const text = parts[at] ?? '';
      if (sentence !== name || text === '') return [];
      const value = type === 'text' ? map.get(text) : numberOf[type](text, parts[at + 1] ?? '');
      if (value === undefined) return [[field, { why: ['decode'] }]];
      // Without satellites a receiver tells the time of its own clock, which may have been set years ago.
      const isGuess = isVoid && (type === 'utc-time' || type === 'date');
      return [[field, isGuess ? { value, why: ['clock'] } : value]];
    }),
  );
}

type ReadNumber = (text: string, next: string) => number | undefined;

/** What a value means; `undefined` when it is not written as it should be. */
const numberOf: Readonly<Record<Exclude<NmeaType, 'text'>, ReadNumber>> = {
  number: (text) => (/^[+-]?(?:\d{1,13}(?:\.\d{0,13})?|\.\d{1,13})$/.test(text) ? Number(text) + 0 : undefined),
  latitude: (text, next) => degrees(/^(\d{2})(\d{2}(?:\.\d{0,9})?)$/.exec(text), { N: 1, S: -1 }[next], 90),
  longitude: (text, next) => degrees(/^(\d{3})(\d{2}(?:\.\d{0,9})?)$/.exec(text), { E: 1, W: -1 }[next], 180),
  'utc-time': (text) => {
    const [, hours, minutes, seconds] = (/^(\d{2})(\d{2})(\d{2}(?:\.\d{0,9})?)$/.exec(text) ?? []).map(Number);
    if (hours === undefined || minutes === undefined || seconds === undefined) return undefined;
    return hours < 24 && minutes < 60 && seconds < 61 ? hours * 3600 + minutes * 60 + seconds : undefined;
  },
  date: (text) => {
    const [, day = 0, month = 0, year = 0] = (/^(\d{2})(\d{2})(\d{2})$/.exec(text) ?? []).map(Number);
    if (day < 1 || day > 31 || month < 1 || month > 12) return undefined;
    return Date.UTC(year < firstYear ? 2000 + year : 1900 + year, month - 1, day) / 1000;
  },
};

/** GPS began in 1980. */
const firstYear = 80;

function degrees(match: RegExpExecArray | null, sign: number | undefined, most: number): number | undefined {
  const [, whole, minutes] = match ?? [];
  if (whole === undefined || sign === undefined || Number(minutes) >= 60) return undefined;
  const value = Number(whole) + Number(minutes) / 60;
  // A billionth of a degree is a tenth of a millimetre.
  return value <= most ? (sign * Math.round(value * 1e9)) / 1e9 + 0 : undefined;
}

/** The moment that a sentence tells, Unix seconds: its date and its time, where neither is doubted. */
export function utcIn(wanted: Readonly<Record<string, NmeaField>>, fields: Fields): number | undefined {
  const numbers = (['date', 'utc-time'] as const).map((type) => {
    const [name] = Object.entries(wanted).find(([field, row]) => row.type === type && field in fields) ?? [];
    const value = name === undefined ? undefined : fields[name];
    return typeof value === 'number' ? value : undefined;
  });
  const [date, time] = numbers;
  return date === undefined || time === undefined ? undefined : date + time;
}
