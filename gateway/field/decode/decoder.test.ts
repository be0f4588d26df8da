import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  Fields,
  FrameGrammar,
  Hj212Grammar,
  JsonGrammar,
  LineGrammar,
  NmeaGrammar,
} from '../../profiles/grammar.ts';
import { parseTemplate } from '../../profiles/template.ts';
import { keptBytes, type Decoded } from './decoder.ts';
import { encode } from './encode.ts';
import { createDecoder, type StreamGrammar } from './registry.ts';

const field = { shift: 0, mask: 0xffff_ffff, invalid: new Map() } as const;

/** DFRobot A02YYUW. */
const level: FrameGrammar = {
  kind: 'frame',
  header: Uint8Array.of(0xff),
  length: 4,
  checksum: { kind: 'sum8', first: 0, last: 2, at: 3 },
  fields: { range: { ...field, at: 1, type: 'u16be' } },
};

/** A frame with everything a grammar can have. */
const rich: FrameGrammar = {
  kind: 'frame',
  header: Uint8Array.of(0x42, 0x4d),
  length: 12,
  checksum: { kind: 'crc16-modbus', first: 0, last: 9, at: 10 },
  fields: {
    size: { ...field, at: 2, type: 'u8', mustBe: 8 },
    flags: { ...field, at: 3, type: 'u8', shift: 4, mask: 0x0f },
    code: { ...field, at: 3, type: 'u8', mask: 0x0f },
    signed: { ...field, at: 4, type: 'i16le' },
    wide: { ...field, at: 6, type: 'u32be' },
  },
};

function lineOf(template: string, terminator = '\r'): LineGrammar {
  const parsed = parseTemplate(template);
  if (!parsed.ok) throw new Error(parsed.what.en);
  return { kind: 'line', terminator, maxLength: 80, template, parts: parsed.parts, invalid: {} };
}

const plain = { map: new Map<string, number>(), invalid: new Map() } as const;

/** A receiver whose one sentence has every type of value. */
const sentence: NmeaGrammar = {
  kind: 'nmea',
  fields: {
    time: { ...plain, sentence: 'RMC', at: 1, type: 'utc-time' },
    status: { ...plain, sentence: 'RMC', at: 2, type: 'text', map: new Map([['A', 1]]) },
    latitude: { ...plain, sentence: 'RMC', at: 3, type: 'latitude' },
    longitude: { ...plain, sentence: 'RMC', at: 5, type: 'longitude' },
    speed: { ...plain, sentence: 'RMC', at: 7, type: 'number' },
    date: { ...plain, sentence: 'RMC', at: 9, type: 'date' },
  },
};

const json: JsonGrammar = {
  kind: 'json',
  terminator: '\n',
  maxLength: 200,
  fields: {
    speed: { ...plain, topic: '', path: ['speed'], remember: false },
    unit: {
      ...plain,
      topic: '',
      path: ['of', 'unit'],
      map: new Map([
        ['mph', 1.609344],
        ['km/h', 1],
      ]),
      remember: false,
    },
    isNear: { ...plain, topic: '', path: ['near'], remember: false },
  },
};

const logger: Hj212Grammar = {
  kind: 'hj212',
  fields: { pm2_5: { factor: 'a34004', value: 'Rtd' }, sound: { factor: 'LA', value: 'Rtd', cn: 2011 } },
};

const nat = (max: number) => fc.integer({ min: 0, max });

/** Degrees as finely as a decoder tells them. */
const degrees = (most: number): fc.Arbitrary<number> =>
  fc.integer({ min: -most * 6e8, max: most * 6e8 }).map((steps) => Math.round((steps / 6e8) * 1e9) / 1e9 + 0);

/** Grammars and the fields that their devices can send. */
const devices: readonly { name: string; grammar: StreamGrammar; fields: fc.Arbitrary<Fields>; more?: object }[] = [
  { name: 'a short frame', grammar: level, fields: fc.record({ range: nat(0xffff) }) },
  {
    name: 'a rich frame',
    grammar: rich,
    fields: fc.record({
      size: fc.constant(8),
      flags: nat(15),
      code: nat(15),
      signed: fc.integer({ min: -32768, max: 32767 }),
      wide: nat(0xffff_ffff),
    }),
  },
  { name: 'a line', grammar: lineOf('R{range:4d}'), fields: fc.record({ range: nat(9999) }) },
  {
    name: 'a line of many numbers',
    grammar: lineOf('$T={t:f},H={h:3d},S={s:x}*', '\n'),
    fields: fc.record({
      t: fc.integer({ min: -5000, max: 5000 }).map((value) => value / 100),
      h: nat(999),
      s: nat(0xffff),
    }),
  },
  {
    name: 'sentences',
    grammar: sentence,
    fields: fc.record({
      time: nat(86_399_999).map((ms) => ms / 1000),
      status: fc.constant(1),
      latitude: degrees(90),
      longitude: degrees(180),
      speed: nat(10_000).map((tenths) => tenths / 10),
      date: fc.integer({ min: 3652, max: 32_871 }).map((day) => day * 86_400), // 1980 to 2059
    }),
  },
  {
    name: 'lines of JSON',
    grammar: json,
    fields: fc.record({
      speed: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      unit: fc.constantFrom(1.609344, 1),
      isNear: fc.boolean(),
    }),
  },
  {
    name: 'packets of a logger',
    grammar: logger,
    fields: fc.record({ pm2_5: nat(99_999).map((value) => value / 100), sound: nat(1400).map((value) => value / 10) }),
    more: { packet: {} },
  },
];

function decodeIn(grammar: StreamGrammar, pieces: readonly Uint8Array[]): readonly Decoded[] {
  const decoder = createDecoder(grammar);
  return pieces.flatMap((piece) => decoder.push(piece));
}

const joined = (...pieces: readonly Uint8Array[]): Uint8Array => Uint8Array.from(pieces.flatMap((piece) => [...piece]));
const fieldsIn = (decoded: readonly Decoded[]): readonly Fields[] =>
  decoded.flatMap((result) => (result.ok ? [result.fields] : []));

/** Cuts a stream at any places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return cuts.slice(1).map((end, index) => bytes.slice(cuts[index], end));
}

describe.each(devices)('the decoder of $name', ({ grammar, fields, more = {} }) => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  const piece = fc.oneof(
    fields.map((it) => encode(grammar, it)),
    bytes,
  );
  const stream = fc.array(piece, { maxLength: 8 }).map((pieces) => joined(...pieces));

  test('reads what its device sends', () => {
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 6 }), (sent) => {
        const decoded = decodeIn(grammar, [joined(...sent.map((it) => encode(grammar, it)))]);
        expect(decoded).toEqual(sent.map((it) => ({ ok: true, fields: it, ...more })));
      }),
    );
  });

  test('gives the same however the stream is cut', () => {
    fc.assert(
      fc.property(stream, fc.array(nat(500), { maxLength: 10 }), (whole, places) => {
        expect(decodeIn(grammar, cutAt(whole, places))).toEqual(decodeIn(grammar, [whole]));
      }),
    );
  });

  test('gives the same byte by byte', () => {
    fc.assert(
      fc.property(stream, (whole) => {
        expect(
          decodeIn(
            grammar,
            Array.from(whole, (byte) => Uint8Array.of(byte)),
          ),
        ).toEqual(decodeIn(grammar, [whole]));
      }),
    );
  });

  test('never throws and never keeps more than it may, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
        const decoded = decodeIn(grammar, pieces);
        const rejected = decoded.filter((result) => !result.ok);
        expect(rejected.every(({ bytes: kept, skipped }) => kept.length <= keptBytes && kept.length <= skipped)).toBe(
          true,
        );
        const total = pieces.reduce((sum, { length }) => sum + length, 0);
        expect(rejected.reduce((sum, { skipped }) => sum + skipped, 0)).toBeLessThanOrEqual(total);
      }),
    );
  });
});

describe('garbage', () => {
  test('before a frame costs nothing of it', () => {
    // No byte of the garbage is a header, so nothing in it can swallow a frame.
    const garbage = fc.uint8Array({ max: 0x41, maxLength: 300 });
    fc.assert(
      fc.property(fc.array(fc.tuple(garbage, fc.integer({ min: -999, max: 999 })), { minLength: 1 }), (parts) => {
        const frames = parts.map(([junk, signed]) => joined(junk, encode(rich, { signed, size: 8 })));
        const found = fieldsIn(decodeIn(rich, frames)).map(({ signed }) => signed);
        expect(found).toEqual(parts.map(([, signed]) => signed));
      }),
    );
  });

  test.each([
    ['a sentence', sentence, { status: 1, speed: 4.2 }, '$'],
    ['a packet', logger, { pm2_5: 35, sound: 50.1 }, '#'],
  ] as const)('without an end costs nothing of %s behind it', (_name, grammar, fields, marker) => {
    const garbage = fc.array(fc.uint8Array({ maxLength: 6000 }), { maxLength: 3 }).map((pieces) => joined(...pieces));
    fc.assert(
      fc.property(garbage, (junk) => {
        const found = fieldsIn(decodeIn(grammar, [junk, encode(grammar, fields)]));
        expect(found.at(-1)).toEqual(fields);
      }),
      { examples: [[new TextEncoder().encode(marker.repeat(5001))], [new Uint8Array(4096).fill(0x41)]] },
    );
  });

  test('that begins like a frame costs nothing of the frame behind it', () => {
    const half = encode(rich, { size: 8, signed: 5 }).slice(0, 7);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 }), (length) => {
        const found = decodeIn(rich, [half.slice(0, length), encode(rich, { size: 8, signed: -7 })]);
        expect(fieldsIn(found)).toMatchObject([{ signed: -7 }]);
      }),
    );
  });

  test('one flipped bit costs one frame', () => {
    const frames = [1, 2, 3].map((signed) => encode(rich, { size: 8, signed }));
    fc.assert(
      fc.property(nat(12 * 8 - 1), (bit) => {
        const broken = frames.map((frame) => frame.slice());
        const target = broken[1] ?? new Uint8Array(12);
        target[bit >> 3] = (target[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(fieldsIn(decodeIn(rich, broken)).map(({ signed }) => signed)).toEqual([1, 3]);
      }),
    );
  });

  test('is one result, with the reason and its first bytes', () => {
    const decoded = decodeIn(level, [Uint8Array.of(1, 2, 0xff, 0, 1, 9), encode(level, { range: 5 })]);
    expect(decoded).toEqual([
      { ok: false, why: 'the checksum does not fit', bytes: Uint8Array.of(1, 2, 0xff, 0, 1, 9), skipped: 6 },
      { ok: true, fields: { range: 5 } },
    ]);
    expect(decodeIn(level, [Uint8Array.of(1, 2), encode(level, { range: 5 })])[0]).toMatchObject({
      why: 'no frame begins here with FF',
    });
  });

  test('that does not end is told soon, and then ever more rarely', () => {
    const flood = decodeIn(level, [new Uint8Array(1_000_000)]);
    expect(flood[0]).toMatchObject({ ok: false, skipped: 64 });
    expect(flood.length).toBeLessThan(16);
    const lines = decodeIn(lineOf('R{range:4d}'), [new TextEncoder().encode('wrong\r'.repeat(10_000))]);
    expect(lines[0]).toEqual({
      ok: false,
      why: 'the line is not like R{range:4d}',
      bytes: new TextEncoder().encode('wrong'),
      skipped: 5,
    });
    expect(lines.length).toBeLessThan(16);
  });

  test('a line without an end is told too', () => {
    const decoded = decodeIn(lineOf('R{range:4d}'), [new TextEncoder().encode(`${'x'.repeat(5000)}\rR0001\r`)]);
    expect(decoded[0]).toMatchObject({ ok: false, why: 'the line is longer than 80 characters' });
    expect(decoded.at(-1)).toEqual({ ok: true, fields: { range: 1 } });
    expect(decoded.length).toBeLessThan(12);
  });
});

const text = (grammar: LineGrammar, input: string): readonly Fields[] =>
  fieldsIn(decodeIn(grammar, [new TextEncoder().encode(input)]));

describe('the beginning of a stream', () => {
  test('may be in the middle of a line', () => {
    expect(text(lineOf('R{range:4d}'), '400\rR4000\r')).toEqual([{ range: 4000 }]);
    expect(text(lineOf('{range:4d}'), '00\r4000\r')).toEqual([{ range: 4000 }]);
  });

  test('is not trusted where the tail of a line looks like a line', () => {
    expect(text(lineOf('{v:f}'), '2.5\r12.5\r')).toEqual([{ v: 12.5 }]);
    expect(text(lineOf('1{v:d}'), '123\r11\r')).toEqual([{ v: 1 }]);
    expect(text(lineOf('A{v:x}'), 'AB\rABC\r')).toEqual([{ v: 0xbc }]);
    expect(text(lineOf('{a:2d}{b:d}'), '345\r12345\r')).toEqual([{ a: 12, b: 345 }]);
  });

  test('is trusted where it shows that it is whole', () => {
    expect(text(lineOf('W{v:f} kg'), 'W1.5 kg\r')).toEqual([{ v: 1.5 }]);
  });
});
