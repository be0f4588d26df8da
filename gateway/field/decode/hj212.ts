import {
  hj212Values,
  type Fields,
  type FieldValue,
  type Hj212Field,
  type Hj212Grammar,
} from '../../profiles/grammar.ts';
import { crc16Hj212 } from './checksum.ts';
import type { Decoder, Packet } from './decoder.ts';
import { linesDecoder } from './lines.ts';

/**
 * Packets of HJ 212-2017, 6.3: `##`, four digits of length, data, four digits of CRC, CR LF. The data is at most 1024
 * characters; a third more bytes than that where they are Chinese.
 */
const maxLength = 4096;

/** Data loggers by HJ 212-2017. A good packet without any of our fields gives none: the device is there. */
export function hj212Decoder({ fields }: Hj212Grammar): Decoder {
  return linesDecoder({
    terminator: '\n',
    maxLength,
    marker: '##',
    masked: withoutPassword,
    read: (bytes) => {
      const text = String.fromCharCode(...bytes).replace(/\r$/, '');
      if (text === '') return undefined;
      const data = dataOf(text);
      if (!data.ok) return data.why;
      const said = parse(data.text);
      return { fields: fieldsOf(said, fields), packet: packetOf(said) };
    },
  });
}

type Data = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** What stands between length and CRC; each character is one byte. */
function dataOf(packet: string): Data {
  const [, digits, text = '', crc = ''] = /^##(\d{4})(.*)([0-9A-Fa-f]{4})$/s.exec(packet) ?? [];
  if (digits === undefined) return { ok: false, why: 'this is not a packet like ##0101QN=…1C80' };
  if (crc16Hj212(bytesIn(text)) !== Number.parseInt(crc, 16)) return { ok: false, why: 'the checksum does not fit' };
  // The standard counts characters; loggers with Chinese words in a packet may count bytes.
  const length = Number(digits);
  const isLength = length === text.length || length === text.replaceAll(/[\x80-\xbf]/g, '').length;
  return isLength ? { ok: true, text } : { ok: false, why: `the length says ${digits}, not ${text.length}` };
}

/** Each character is one byte. */
function bytesIn(text: string): readonly number[] {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) bytes.push(text.charCodeAt(at));
  return bytes;
}

interface Said {
  readonly header: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, string>;
  readonly content: string;
}

function parse(data: string): Said {
  const [, header = data, content = ''] = /^(.*?);?CP=&&(.*?)&&/s.exec(data) ?? [];
  return { header: pairsIn(header.split(';')), values: pairsIn(content.split(/[;,]/)), content };
}

function pairsIn(pairs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    pairs.flatMap((pair): [string, string][] => {
      const [, key = '', value = ''] = /^([^=]{1,64})=(.*)$/s.exec(pair) ?? [];
      return key === '' ? [] : [[key, value.trim()]];
    }),
  );
}

const momentCommand = '2011';
const periods: Readonly<Record<string, 'minutes' | 'hour' | 'day'>> = { 2051: 'minutes', 2061: 'hour', 2031: 'day' };

function fieldsOf({ header, values }: Said, wanted: Hj212Grammar['fields']): Fields {
  const cn = header.get('CN') ?? '';
  if (cn !== momentCommand && !Object.hasOwn(periods, cn)) return {};
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, field]): [string, FieldValue][] => {
      if (field.cn !== undefined && String(field.cn) !== cn) return [];
      const value = fieldValue(field, values, cn === momentCommand);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What the flags of HJ 212-2017, table 8, mean for a value; absent: nothing. */
const doubts: Readonly<Record<string, 'device_fault' | 'maintenance' | 'saturated'>> = {
  D: 'device_fault',
  B: 'device_fault',
  F: 'maintenance',
  M: 'maintenance',
  C: 'maintenance',
  T: 'saturated',
};

function fieldValue(
  { factor, value }: Hj212Field,
  values: ReadonlyMap<string, string>,
  isMoment: boolean,
): FieldValue | undefined {
  if (isMoment !== (hj212Values[value] === undefined)) return undefined;
  const text = values.get(`${factor}-${value}`) ?? '';
  const doubt = doubts[values.get(`${factor}-Flag`)?.toUpperCase() ?? ''];
  if (doubt === 'device_fault' || doubt === 'maintenance') return { why: [doubt] };
  if (text === '') return undefined;
  if (!/^[+-]?\d{1,15}(?:\.\d{0,15})?$/.test(text)) return { why: ['decode'] };
  const number = Number(text) + 0;
  return doubt === undefined ? number : { value: number, why: [doubt] };
}

function packetOf({ header, values, content }: Said): Packet {
  const [qn, mn, cn, part] = ['QN', 'MN', 'CN', 'PNO'].map((key) => header.get(key));
  const local = values.get('DataTime');
  const period = periods[cn ?? ''];
  const answer = answerTo(header);
  return {
    // A logger whose clock has stopped has one QN for all packets: what says something else is no repeat.
    ...(qn === undefined ? {} : { key: [qn, mn, cn, part, content].join(' ') }),
    ...(local === undefined ? {} : { time: { local, ...(period ? { period } : {}) } }),
    ...(answer ? { answer } : {}),
  };
}

const heartbeat = '9015';

/** The packet that acknowledges, where one is wanted: bit 0 of `Flag`. It carries the version bits and nothing else. */
function answerTo(header: ReadonlyMap<string, string>): Uint8Array | undefined {
  const flag = Number(header.get('Flag') ?? 0);
  if (!Number.isInteger(flag) || flag < 0 || flag > 255 || flag % 2 === 0) return undefined;
  const told = ['PW', 'MN'].flatMap((key) => (header.has(key) ? [`${key}=${header.get(key)}`] : []));
  const cn = header.get('CN') === heartbeat ? 9013 : 9014;
  const qn = header.has('QN') ? [`QN=${header.get('QN')}`] : [];
  return hj212Packet([...qn, 'ST=91', `CN=${cn}`, ...told, `Flag=${flag & ~3}`, 'CP=&&&&'].join(';'));
}

/** A whole packet of this data, each of whose characters is one byte. */
export function hj212Packet(data: string): Uint8Array {
  const crc = crc16Hj212(bytesIn(data)).toString(16).toUpperCase().padStart(4, '0');
  return Uint8Array.from(bytesIn(`##${String(data.length).padStart(4, '0')}${data}${crc}\r\n`));
}

/**
 * Bytes with stars for the password of the logger. What is thrown away is broken, so the name before it may be too:
 * before the content only values that have the name of something harmless are shown.
 */
function withoutPassword(bytes: readonly number[]): readonly number[] {
  const text = String.fromCharCode(...bytes);
  const content = /;?CP=/.exec(text)?.index ?? text.length;
  const header = text.slice(0, content).split(';').map(masked).join(';');
  return bytesIn(header + text.slice(content));
}

const stars = (hidden: string): string => '*'.repeat(hidden.length);

function masked(pair: string): string {
  if (!/^(?:##\d{4})?(?:QN|ST|CN|MN|Flag|PNUM|PNO)=/.test(pair)) return stars(pair);
  return pair.replaceAll(/(?<=PW=).*/gis, stars);
}
