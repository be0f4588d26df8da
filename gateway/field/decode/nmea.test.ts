import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fields, NmeaField, NmeaGrammar } from '../../profiles/grammar.ts';
import type { Decoded } from './decoder.ts';
import { nmeaDecoder, utcIn } from './nmea.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const fieldsOf = (decoded: readonly Decoded[]): readonly Fields[] =>
  decoded.flatMap((result) => (result.ok ? [result.fields] : []));
const whysOf = (decoded: readonly Decoded[]): readonly string[] =>
  decoded.flatMap((result) => (result.ok ? [] : [result.why]));

const field = (sentence: string, at: number, type: NmeaField['type'], map: Record<string, number> = {}): NmeaField => ({
  sentence,
  at,
  type,
  map: new Map(Object.entries(map)),
  invalid: new Map(),
});
const grammar: NmeaGrammar = {
  kind: 'nmea',
  fields: {
    latitude: field('GGA', 2, 'latitude'),
    longitude: field('GGA', 4, 'longitude'),
    satellites: field('GGA', 7, 'number'),
    time: field('RMC', 1, 'utc-time'),
    date: field('RMC', 9, 'date'),
    wind: field('MWV', 1, 'number'),
    ok: field('MWV', 5, 'text', { A: 1, V: 0 }),
  },
};
/** A sentence with its checksum. */
const sum = (body: string): string => {
  const check = Array.from(body).reduce((total, character) => total ^ character.charCodeAt(0), 0);
  return `$${body}*${check.toString(16).toUpperCase().padStart(2, '0')}`;
};

const read = (...sentences: string[]): readonly Decoded[] =>
  nmeaDecoder(grammar).push(utf8(sentences.map((it) => `${it}\r\n`).join('')));

test('gives the position of the sentence that most pages show', () => {
  expect(read('$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47')).toEqual([
    { ok: true, fields: { latitude: 48.1173, longitude: 11.516666667, satellites: 8 } },
  ]);
});

test('tells the moment of a sentence with time and date', () => {
  const [fields = {}] = fieldsOf(read('$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A'));
  expect(utcIn(grammar.fields, fields)).toBe(Date.UTC(1994, 2, 23, 12, 35, 19) / 1000);
});

test('doubts the time of a receiver that sees no satellites', () => {
  const [fields = {}] = fieldsOf(read('$GPRMC,000012,V,,,,,,,060180,,*3D'));
  expect(fields).toMatchObject({ time: { why: ['clock'] }, date: { why: ['clock'] } });
  expect(utcIn(grammar.fields, fields)).toBeUndefined();
});

test('reads a wind sensor by the words of its status', () => {
  expect(fieldsOf(read('$WIMWV,214.8,R,0.1,K,A*28', '$WIMWV,214.8,R,0.1,K,V*3F', '$WIMWV,214.8,R,0.1,K,X*31'))).toEqual(
    [
      { wind: 214.8, ok: 1 },
      { wind: 214.8, ok: 0 },
      { wind: 214.8, ok: { why: ['decode'] } },
    ],
  );
});

test('leaves out what is empty, and takes a sentence of others as a sign of life', () => {
  expect(read('$GNGGA,,,,,,0,00,99.99,,,,,,*56', '$GPGSV,1,1,00*79', '$PUBX,00*33')).toEqual([
    { ok: true, fields: { satellites: 0 } },
    { ok: true, fields: {} },
    { ok: true, fields: {} },
  ]);
});

test.each([
  ['$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*48', 'the checksum does not fit'],
  ['$GPGGA,123519,4807.038,N', 'this is not a sentence like $GPGGA,…*47'],
  ['nonsense', 'this is not a sentence like $GPGGA,…*47'],
])('takes %s for none', (sentence, why) => {
  expect(whysOf(read(sentence))).toEqual([why]);
});

test('a value that cannot be is not understood, whatever its checksum', () => {
  const broken = ['GPGGA,,9907.0,N,,,1', 'GPGGA,,4860.0,N,,,1', 'GPGGA,,4807.0,X,,,1', 'GPGGA,,4807.0,,,,1'].map(sum);
  expect(fieldsOf(read(...broken)).map(({ latitude }) => latitude)).toEqual(broken.map(() => ({ why: ['decode'] })));
  expect(fieldsOf(read(sum('GPRMC,250000,A,,,,,,,320199')))).toEqual([
    { time: { why: ['decode'] }, date: { why: ['decode'] } },
  ]);
});

test('a sentence that begins within another costs only the broken one', () => {
  const good = '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47';
  fc.assert(
    fc.property(fc.nat(good.length - 1), (cut) => {
      const decoded = nmeaDecoder(grammar).push(utf8(`${good.slice(0, cut)}${good}\r\n`));
      expect(fieldsOf(decoded)).toHaveLength(1);
    }),
  );
});
