import { expect, test } from 'vitest';
import { parseHex } from './hex.ts';

const end = ':00000001FF\n';

test('puts data where its record says and leaves the rest erased', () => {
  const image = parseHex(`:0200040001FEFB\n${end}`, 8);
  expect([...image]).toEqual([0xff, 0xff, 0xff, 0xff, 0x01, 0xfe, 0xff, 0xff]);
});

test('reads files with Windows line ends', () => {
  expect(parseHex(`:0100000042BD\r\n:00000001FF\r\n`, 1)[0]).toBe(0x42);
});

test('passes over the start address that some linkers add', () => {
  expect(parseHex(`:0400000300007E007B\n:0100000042BD\n${end}`, 1)[0]).toBe(0x42);
});

test.each([
  ['a flipped bit', `:0200040001FFFB\n${end}`, 'line 1: checksum is off by 1'],
  ['a record that is too short', `:0300040001FEFA\n${end}`, 'line 1: says 3 data bytes, has 2'],
  ['something else', `<html>\n${end}`, 'line 1: not a colon and pairs of hex digits'],
  ['data beyond the flash', `:0200070001FEF8\n${end}`, 'line 1: data beyond the 8 bytes of flash'],
  ['a segment record', `:020000021000EC\n${end}`, 'line 1: record type 2 is not for this chip'],
  ['a file that was cut short', ':0100000042BD\n', 'line 2: the end record is missing'],
])('refuses %s and says where', (_, text, message) => {
  expect(() => parseHex(text, 8)).toThrow(message);
});
