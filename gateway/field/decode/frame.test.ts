import { describe, expect, test } from 'vitest';
import type { Checksum, ChecksumKind, FrameField, IntegerType } from '../../profiles/grammar.ts';
import { checksumOf } from './checksum.ts';
import { readField, writeField } from './integer.ts';

const bytes = Uint8Array.of(0x80, 0x01, 0xfe, 0x7f);
const field = (type: IntegerType, about: Partial<FrameField> = {}): FrameField => ({
  at: 0,
  type,
  shift: 0,
  mask: 0xffff_ffff,
  invalid: new Map(),
  ...about,
});

describe('integers in a frame', () => {
  test.each([
    ['u8', 0x80],
    ['i8', -128],
    ['u16be', 0x8001],
    ['u16le', 0x0180],
    ['i16be', -32767],
    ['i16le', 0x0180],
    ['u24be', 0x8001fe],
    ['u32be', 0x8001fe7f],
    ['u32le', 0x7ffe0180],
    ['i32be', 0x8001fe7f - 2 ** 32],
    ['i32le', 0x7ffe0180],
  ] as const)('%s', (type, value) => {
    expect(readField(bytes, field(type))).toBe(value);
    const written = new Uint8Array(4);
    writeField(written, field(type), value);
    expect(readField(written, field(type))).toBe(value);
  });

  test('shift and mask cut out bits', () => {
    expect(readField(bytes, field('u16be', { shift: 8, mask: 0xf0 }))).toBe(0x80);
    expect(readField(bytes, field('u32be', { shift: 31 }))).toBe(1);
  });

  test('fields that share a byte leave each other alone', () => {
    const written = new Uint8Array(1);
    writeField(written, field('u8', { mask: 0x0f }), 5);
    writeField(written, field('u8', { shift: 4, mask: 0x0f }), 0xa);
    expect(written[0]).toBe(0xa5);
  });
});

const fromHex = (text: string): Uint8Array => Uint8Array.from(text.split(' '), (pair) => Number.parseInt(pair, 16));

/** Frames as makers print them, see facts in the profiles and in the manuals named. */
describe('checksums', () => {
  test.each<[string, ChecksumKind, string, Omit<Checksum, 'kind'>]>([
    ['A02YYUW, DFRobot', 'sum8', 'FF 07 A1 A7', { first: 0, last: 2, at: 3 }],
    ['SDS011, Nova', 'sum8', 'AA C0 8C 00 94 00 BC F9 D5 AB', { first: 2, last: 7, at: 8 }],
    [
      'PMS5003, Plantower',
      'sum16be',
      '42 4D 00 1C 00 00 00 01 00 05 00 00 00 01 00 05 00 7E 00 2A 00 0F 00 09 00 03 00 03 97 00 02 14',
      { first: 0, last: 29, at: 30 },
    ],
    ['XM9505, Sonbus', 'crc16-modbus', '01 03 02 02 18 B9 2E', { first: 0, last: 4, at: 5 }],
    ['rain[e], Lambrecht', 'crc16-modbus', '03 04 02 00 01 01 30', { first: 0, last: 4, at: 5 }],
    ['little endian sum', 'sum16le', '01 FF 02 02 01', { first: 0, last: 2, at: 3 }],
    ['exclusive or', 'xor8', '0F F0 55 AA', { first: 0, last: 2, at: 3 }],
  ])('of %s fit', (_name, kind, frame, where) => {
    const sum = checksumOf(fromHex(frame), { kind, ...where });
    expect(sum).toEqual(fromHex(frame).slice(where.at, where.at + sum.length));
  });
});
