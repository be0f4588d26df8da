import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quarantineEntry } from './quarantine.ts';

const facts = { at: 5, device: 'pump-house', why: 'not JSON' };
const entryOf = (bytes: Uint8Array): ReturnType<typeof quarantineEntry> => quarantineEntry(facts, bytes);

describe('an entry of the quarantine', () => {
  test('has text where the bytes are text, and the sender’s name for the message', () => {
    expect(quarantineEntry({ ...facts, ref: 'x1' }, Buffer.from('{"level":"高"}\r\n\t'))).toEqual({
      ...facts,
      text: '{"level":"高"}\r\n\t',
      ref: 'x1',
    });
  });

  test.each([
    ['control characters', Buffer.from('a\u0001b'), '610162'],
    ['no UTF-8', Buffer.from([0xff, 0xfe]), 'fffe'],
    ['half a character at its end', Buffer.from('高').subarray(0, 2), 'e9ab'],
  ])('has hex where there are %s', (_name, bytes, hex) => {
    expect(entryOf(bytes)).toEqual({ ...facts, hex });
  });

  test('of nothing is an empty text', () => {
    expect(entryOf(Buffer.alloc(0))).toEqual({ ...facts, text: '' });
  });

  test('of a large message has its first 4096 bytes and says how many there were', () => {
    expect(entryOf(Buffer.from('高'.repeat(100_000)))).toEqual({ ...facts, text: '高'.repeat(1365), bytes: 300_000 });
    const binary = entryOf(Buffer.alloc(300_000, 0xff));
    expect([binary.hex?.length, binary.bytes]).toEqual([8192, 300_000]);
  });

  test('is small, whatever the bytes and the reason are, and loses none of what it keeps', () => {
    let [texts, binaries] = [0, 0];
    const text = fc.string({ unit: 'binary', maxLength: 1500, size: 'max' }).map((written) => Buffer.from(written));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 4500, size: 'max' }),
      text,
      fc.json().map((json) => Buffer.from(json)),
    );
    fc.assert(
      fc.property(bytes, fc.string({ maxLength: 600, size: 'max' }), (message, why) => {
        const entry = quarantineEntry({ ...facts, why }, message);
        expect(Buffer.byteLength(JSON.stringify(entry))).toBeLessThan(12_000);
        const kept = entry.text === undefined ? Buffer.from(entry.hex ?? '', 'hex') : Buffer.from(entry.text);
        const cut = Buffer.from(message.subarray(0, 4096));
        expect(cut.subarray(0, kept.length).equals(kept)).toBe(true);
        expect(cut.length - kept.length).toBeLessThan(entry.bytes === undefined ? 1 : 4);
        if (entry.text === undefined) binaries++;
        else texts++;
      }),
      { numRuns: 60 },
    );
    expect(Math.min(texts, binaries)).toBeGreaterThan(10);
  });
});
