import { array, assert, constantFrom, nat, property, record, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { bytesFromText, captureLines, readCapture, type Piece } from './capture.ts';
import { hexText } from '../platform/hex.ts';

const file = (text: string): Uint8Array => new TextEncoder().encode(text);

const somePieces = array(
  record({
    ms: nat(1_000_000),
    way: constantFrom('rx' as const, 'tx' as const),
    bytes: uint8Array({ minLength: 1, maxLength: 40 }),
    line: constantFrom('9600 8N1', '2400 8E1'),
  }),
);

test('what was captured is read again as it was', () => {
  assert(
    property(somePieces, (pieces: readonly Piece[]) => {
      const lines = captureLines({ pieces, profile: 'a/b' }, new Date(0));
      const read = readCapture(file(lines.join('\n')));
      const plain = pieces.map((piece) => ({ ...piece, bytes: [...piece.bytes] }));
      expect(read.ok && read.capture.profile).toBe('a/b');
      expect(read.ok && read.capture.pieces.map((piece) => ({ ...piece, bytes: [...piece.bytes] }))).toEqual(plain);
    }),
  );
});

test.each([
  ['FF 07 A1 A7', 'hex'],
  ['ff07a1a7\n', 'hex'],
  ['0xFF, 0x07, 0xA1, 0xA7 # one frame', 'hex'],
  ['{"capture":"lamppost","v":1}\n{"ms":3,"rx":"FF 07 A1 A7"}', 'capture'],
])('%j is understood as bytes', (text, kind) => {
  const read = readCapture(file(text));
  expect(read).toMatchObject({ ok: true, kind });
  expect(read.ok && read.capture.pieces.map(({ bytes }) => hexText(bytes))).toEqual(['FF 07 A1 A7']);
});

test.each([
  ['R1234\rR1235\r', 'text'],
  ['{"speed":0.58,"direction":"inbound"}\n', 'text'],
  ['$GPGGA,123519,4807.038,N*47\r\n', 'text'],
  ['\u0001\u0002', 'binary'],
])('%j is taken as it came', (text, kind) => {
  const read = readCapture(file(text));
  expect(read).toMatchObject({ ok: true, kind });
  expect(read.ok && Buffer.from(read.capture.pieces[0]?.bytes ?? []).toString()).toBe(text);
});

test('a broken line of a capture is told by its number', () => {
  expect(readCapture(file('{"capture":"lamppost","v":1}\n{"ms":1,"rx":"FF"}\n{"ms":2,"rx":"F'))).toEqual({
    ok: false,
    line: 3,
  });
});

test('half a byte is no byte', () => {
  expect(bytesFromText('FF 0')).toBeUndefined();
  expect(bytesFromText('')).toBeUndefined();
  expect(bytesFromText('FG')).toBeUndefined();
});
