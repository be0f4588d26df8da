import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fields, JsonField, JsonGrammar } from '../../profiles/grammar.ts';
import type { Decoded } from './decoder.ts';
import { encodeMessages } from './encode.ts';
import { jsonDecoder, jsonReader } from './json.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const fieldsOf = (decoded: readonly Decoded[]): readonly Fields[] =>
  decoded.flatMap((result) => (result.ok ? [result.fields] : []));

const field = (path: string, more: Partial<JsonField> = {}): JsonField => ({
  topic: '',
  path: path === '' ? [] : path.split('.'),
  map: new Map(),
  remember: false,
  invalid: new Map(),
  ...more,
});
const of = (fields: Record<string, JsonField>): JsonGrammar => ({
  kind: 'json',
  terminator: '\n',
  maxLength: 80,
  fields,
});

test('reads numbers, states, numbers in quotes and words', () => {
  const grammar = of({ a: field('a'), b: field('b.c'), d: field('d'), e: field('e', { map: new Map([['ON', 1]]) }) });
  const decoded = jsonDecoder(grammar).push(utf8('{"a":-0.0,"b":{"c":true},"d":" 2.5e1","e":"ON","f":[]}\r\n'));
  expect(decoded).toEqual([{ ok: true, fields: { a: 0, b: true, d: 25, e: 1 } }]);
});

test('says of what has no value, or none that is understood, why', () => {
  const grammar = of({ a: field('a'), b: field('b'), c: field('c', { map: new Map([['ON', 1]]) }), d: field('d.e') });
  const [fields] = fieldsOf(jsonDecoder(grammar).push(utf8('{"a":null,"b":"warm","c":"HOLD","d":5}\n')));
  expect(fields).toEqual({ a: { why: ['device_fault'] }, b: { why: ['decode'] }, c: { why: ['decode'] } });
});

test('remembers what was told once', () => {
  const grammar = of({ speed: field('speed'), unit: field('u', { map: new Map([['mph', 1.6]]), remember: true }) });
  const decoded = jsonDecoder(grammar).push(utf8('{"speed":1}\n{"u":"mph"}\n{"speed":2}\n{}\n'));
  expect(fieldsOf(decoded)).toEqual([{ speed: 1 }, { unit: 1.6 }, { unit: 1.6, speed: 2 }, { unit: 1.6 }]);
});

test('reads each topic by its own fields, and a payload that is no JSON as a word', () => {
  const grammar = of({
    t: field('t'),
    state: field('', { topic: '../POWER', map: new Map([['ON', 1]]) }),
    n: field('', { topic: 'n' }),
  });
  const read = jsonReader(grammar);
  expect(read('', utf8('{"t":5}'))).toEqual({ t: 5 });
  expect(read('../POWER', utf8('ON'))).toEqual({ state: 1 });
  expect(read('n', utf8('21.5'))).toEqual({ n: 21.5 });
  expect(read('n', utf8('nan'))).toEqual({ n: { why: ['decode'] } });
  expect(read('', utf8('ON'))).toBe('it is not JSON');
  expect(read('', utf8('5'))).toBe('it is not a JSON object');
  expect(read('', Uint8Array.of(0xff, 0xfe))).toBe('it is not text in UTF-8');
});

test('reads what a simulated neighbour publishes', () => {
  const grammar = of({
    t: field('a.t'),
    h: field('a.h'),
    on: field('', { topic: 'POWER', map: new Map([['ON', 1]]) }),
  });
  const messages = encodeMessages(grammar, { t: 21.5, h: 40, on: 1 });
  expect(messages).toEqual([
    { topic: '', payload: '{"a":{"t":21.5,"h":40}}' },
    { topic: 'POWER', payload: 'ON' },
  ]);
  const read = jsonReader(grammar);
  expect(Object.assign({}, ...messages.map(({ topic, payload }) => read(topic, utf8(payload))))).toEqual({
    t: 21.5,
    h: 40,
    on: 1,
  });
});

test('never throws, whatever is published', () => {
  const read = jsonReader(of({ a: field('a.b.c'), whole: field('', { topic: 'w' }) }));
  fc.assert(
    fc.property(fc.constantFrom('', 'w', 'x'), fc.oneof(fc.json().map(utf8), fc.uint8Array()), (topic, payload) => {
      expect(['string', 'object']).toContain(typeof read(topic, payload));
    }),
  );
  expect(read('', utf8('['.repeat(100_000)))).toBe('it is not JSON');
  expect(read('', utf8(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`))).toEqual({});
  expect(read('', utf8('{"__proto__":{"a":{"b":{"c":1}}}}'))).toEqual({});
});
