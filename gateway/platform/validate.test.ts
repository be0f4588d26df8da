import { describe, expect, test } from 'vitest';
import { whatAndHint } from './problem.ts';
import { compileSchema } from './validate.ts';

const number = (description: string) => ({ type: 'number', description });

const validate = compileSchema({
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: { type: 'string', pattern: '^[a-z]+$', description: 'lower-case letters' },
    port: { type: 'integer', minimum: 1, maximum: 65535, description: 'a TCP port' },
    lane: { enum: ['alarm', 'live', 'backfill'] },
    names: { type: 'array', items: { type: 'string', maxLength: 3 }, maxItems: 2, uniqueItems: true },
    group: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^[a-z]+$', description: 'lower-case letters' },
    },
    version: { const: 1 },
    line: { $ref: '#/$defs/kind' },
    source: { $ref: '#/$defs/source' },
  },
  $defs: {
    kind: {
      type: 'object',
      required: ['kind'],
      discriminator: { propertyName: 'kind' },
      oneOf: [
        {
          type: 'object',
          additionalProperties: false,
          properties: { kind: { const: 'serial' }, baud: number('bits a second') },
        },
        { type: 'object', additionalProperties: false, properties: { kind: { const: 'tcp' }, port: number('a port') } },
      ],
    },
    source: {
      description: 'ingest, or { board, pin }, or { serial }',
      anyOf: [
        { const: 'ingest' },
        { $ref: '#/$defs/pin' },
        {
          type: 'object',
          additionalProperties: false,
          required: ['serial'],
          properties: { serial: { type: 'string' } },
        },
      ],
    },
    pin: {
      type: 'object',
      additionalProperties: false,
      required: ['board', 'pin'],
      properties: { board: { type: 'string' }, pin: number('a pin of the board') },
    },
  },
});

/** `pointer (part): what; hint` of each problem. */
const told = (data: unknown): readonly string[] =>
  validate(data).map((problem) => `${problem.pointer} (${problem.part}): ${whatAndHint(problem).en}`);

describe('a document that follows its schema', () => {
  test.each([
    { id: 'a' },
    { id: 'a', port: 1, lane: 'live', names: ['x'], group: { a: 1 }, version: 1 },
    { id: 'a', line: { kind: 'tcp', port: 5 }, source: 'ingest' },
    { id: 'a', source: { board: 'roof', pin: 2 } },
  ])('has no problems: %j', (data) => {
    expect(validate(data)).toEqual([]);
  });
});

describe('a problem is told in plain words', () => {
  test.each([
    ['an unknown key', { id: 'a', prot: 1 }, '/prot (key): unknown key `prot`; did you mean `port`?'],
    [
      'a key like none',
      { id: 'a', zzz: 1 },
      '/zzz (key): unknown key `zzz`; allowed here: id, port, lane, names, group, version, line, source',
    ],
    ['a missing key', {}, ' (key): `id` is missing; lower-case letters'],
    ['another type', { id: 'a', port: 'x' }, '/port (value): "x" is not a whole number; a TCP port'],
    ['a number for a text', { id: 5 }, "/id (value): 5 is not a text; put it in quotes: '5'"],
    [
      'a text for a group',
      { id: 'a', group: 'b:1' },
      '/group (value): "b:1" is not a group of `key: value`; put a space after the colon',
    ],
    [
      'a Chinese colon',
      { id: 'a', group: 'b：1' },
      '/group (value): "b：1" is not a group of `key: value`; type the colon in half-width, `: `',
    ],
    ['a bad form', { id: 'A' }, '/id (value): "A" is not written as it should be; lower-case letters'],
    ['too much', { id: 'a', port: 70000 }, '/port (value): 70000 must be at most 65535; a TCP port'],
    [
      'too many',
      { id: 'a', names: ['a', 'b', 'c'] },
      '/names (value): there are 3 entries here, but there must be at most 2',
    ],
    [
      'too long',
      { id: 'a', names: ['abcd'] },
      '/names/0 (value): there are 4 characters here, but there must be at most 3',
    ],
    ['too few keys', { id: 'a', group: {} }, '/group (value): there are 0 keys here, but there must be at least 1'],
    ['the same twice', { id: 'a', names: ['a', 'a'] }, '/names (value): an entry of this list is there twice'],
    ['a choice', { id: 'a', lane: 'lives' }, '/lane (value): "lives" is not known here; did you mean `live`?'],
    ['another choice', { id: 'a', lane: 5 }, '/lane (value): 5 is not known here; allowed: alarm, live, backfill'],
    ['a constant', { id: 'a', version: 2 }, '/version (value): 2 is not known here; allowed: 1'],
    [
      'a bad name',
      { id: 'a', group: { A: 1 } },
      '/group/A (key): "A" is not written as it should be; lower-case letters',
    ],
    ['no kind', { id: 'a', line: {} }, '/line (key): `kind` is missing; one of serial, tcp'],
    [
      'an unknown kind',
      { id: 'a', line: { kind: 'tpc' } },
      '/line/kind (value): "tpc" is not known here; did you mean `tcp`?',
    ],
    [
      'a key of another kind',
      { id: 'a', line: { kind: 'tcp', baud: 1 } },
      '/line/baud (key): unknown key `baud`; allowed here: kind, port',
    ],
    [
      'a branch of a union',
      { id: 'a', source: { board: 'roof', pn: 2 } },
      '/source/pn (key): unknown key `pn`; did you mean `pin`?',
    ],
    [
      'a union like none',
      { id: 'a', source: 5 },
      '/source (value): 5 has none of the forms that are allowed here; ingest, or { board, pin }, or { serial }',
    ],
  ])('for %s', (_name, data, expected) => {
    expect(told(data)).toContain(expected);
  });

  test('in Chinese as well', () => {
    const [problem] = validate({ id: 'a', prot: 1 });
    expect(problem && whatAndHint(problem).zh).toBe('未知的键 `prot`；是否想写 `port`？');
  });

  test('all at once', () => {
    expect(told({ port: 0, prot: 1, names: ['abcd'] })).toHaveLength(4);
  });

  test('for a document that is nothing at all', () => {
    expect(told(null)).toEqual([' (value): null is not a group of `key: value`']);
  });
});
