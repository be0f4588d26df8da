import * as fc from 'fast-check';
import { crc32, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  decodeBody,
  decodeHeader,
  encodeFrame,
  frameKinds,
  headerBytes,
  pageBytes,
  placeCommit,
  scanFrames,
  type FrameContent,
  type FrameKind,
} from './frame.ts';

const kinds = Object.keys(frameKinds) as FrameKind[];
const time = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const body = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 2000, size: 'max' }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(text, fc.integer({ min: 1, max: 200 })).map(([word, times]) => Buffer.from(word.repeat(times))),
);
const content: fc.Arbitrary<FrameContent> = fc.record({
  kind: fc.constantFrom(...kinds),
  body,
  first: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  count: fc.nat({ max: 2 ** 32 - 1 }),
  minAt: time,
  maxAt: time,
});

/** What a scan found, as it was handed in. */
const found = (bytes: Buffer): FrameContent[] =>
  [...scanFrames(bytes)].map(({ header: { kind, first, count, minAt, maxAt }, body }) => ({
    kind,
    body,
    first,
    count,
    minAt,
    maxAt,
  }));

/** A frame with a sound body and header checksum, in which `edit` changes what it likes of the header. */
function edited(edit: (header: Buffer) => void, stored = Buffer.from('body')): Buffer {
  const header = encodeFrame({ kind: 'close', body: Buffer.from('body') }).subarray(0, headerBytes);
  header.writeUInt32LE(stored.length, 8);
  header.writeUInt32LE(crc32(stored), 40);
  edit(header);
  header.writeUInt32LE(crc32(header.subarray(0, 44)), 44);
  return Buffer.concat([header, stored]);
}

const padded = (frames: readonly (readonly [FrameContent, number])[]): Buffer =>
  Buffer.concat(frames.flatMap(([frame, zeros]) => [encodeFrame(frame), Buffer.alloc(zeros)]));

/** How many pages of the medium so many bytes from there on touch. */
const pages = (from: number, length: number): number =>
  Math.floor((from + length - 1) / pageBytes) - Math.floor(from / pageBytes) + 1;

describe('a frame', () => {
  test('comes out as it went in, and is never larger than its body with a header', () => {
    let packed = 0;
    fc.assert(
      fc.property(content, (frame) => {
        const bytes = encodeFrame(frame);
        expect(found(bytes)).toEqual([frame]);
        expect(bytes.length).toBeLessThanOrEqual(headerBytes + frame.body.length);
        if (bytes.length < headerBytes + frame.body.length) packed++;
      }),
    );
    expect(packed).toBeGreaterThan(10);
  });

  test('keeps the numbers that its kinds have on the disk', () => {
    expect(frameKinds).toEqual({
      segment: 1,
      entries: 2,
      summary: 3,
      gap: 4,
      delivered: 5,
      anchor: 6,
      correction: 7,
      close: 8,
      snapshot: 9,
    });
  });

  test('of which one bit is wrong is no frame, and costs its neighbours nothing', () => {
    let looked = 0;
    fc.assert(
      fc.property(content, fc.nat(), fc.nat({ max: 7 }), (frame, where, bit) => {
        const before = encodeFrame({ kind: 'close', body: Buffer.from('before') });
        const after = encodeFrame({ kind: 'close', body: Buffer.from('after') });
        const damaged = encodeFrame(frame);
        const at = where % damaged.length;
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        const bodies = found(Buffer.concat([before, damaged, after])).map(({ body }) => body.toString());
        expect(bodies).toEqual(['before', 'after']);
        looked++;
      }),
      { numRuns: 500 },
    );
    expect(looked).toBe(500);
  });

  test.each<[string, (header: Buffer) => void]>([
    ['of an unknown kind', (header) => header.writeUInt8(99, 4)],
    ['that is encrypted', (header) => header.writeUInt16LE(1, 6)],
    ['without a body', (header) => header.writeUInt32LE(0, 8)],
    ['of gigabytes', (header) => header.writeUInt32LE(2 ** 31, 8)],
  ])('%s has no header', (_name, edit) => {
    expect(
      decodeHeader(
        edited(() => {}),
        0,
      ),
    ).toBeDefined();
    expect(decodeHeader(edited(edit), 0)).toBeUndefined();
  });

  test.each([
    ['that is packed in an unknown way', 2, Buffer.from('body')],
    ['that does not unpack', 1, Buffer.from('no zstd')],
    ['that unpacks to gigabytes', 1, zstdCompressSync(Buffer.alloc(40 * 1024 * 1024))],
  ])('%s has no body', (_name, codec, stored) => {
    const frame = edited((header) => header.writeUInt8(codec, 5), stored);
    const header = decodeHeader(frame, 0);
    expect(header?.codec).toBe(codec);
    expect(header && decodeBody(header, stored)).toBeUndefined();
  });
});

describe('a file of frames', () => {
  const file = fc.array(fc.tuple(content, fc.nat({ max: 300 })), { maxLength: 6 });

  test('gives all of them in order, whatever zeros are between', () => {
    fc.assert(
      fc.property(file, (frames) => {
        expect(found(padded(frames))).toEqual(frames.map(([frame]) => frame));
      }),
    );
  });

  test('cut anywhere gives the first ones', () => {
    let cutShort = 0;
    fc.assert(
      fc.property(file, fc.double({ min: 0, max: 1, noNaN: true }), (frames, share) => {
        const bytes = padded(frames);
        const rest = found(bytes.subarray(0, Math.floor(bytes.length * share)));
        expect(rest).toEqual(frames.slice(0, rest.length).map(([frame]) => frame));
        if (rest.length < frames.length) cutShort++;
      }),
    );
    expect(cutShort).toBeGreaterThan(20);
  });

  test('with rubbish in between gives all of them', () => {
    const noise = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, content), { maxLength: 5 }), (parts) => {
        const bytes = Buffer.concat(parts.flatMap(([rubbish, frame]) => [rubbish, encodeFrame(frame)]));
        expect(found(bytes)).toEqual(parts.map(([, frame]) => frame));
      }),
    );
  });
});

test('a commit touches as few pages as it can, and leaves out at most the rest of one', () => {
  let moved = 0;
  fc.assert(
    fc.property(fc.nat({ max: 1 << 23 }), fc.integer({ min: 1, max: 40_000 }), (position, length) => {
      const place = placeCommit(position, length);
      expect(place).toBeGreaterThanOrEqual(position);
      expect(place - position).toBeLessThan(pageBytes);
      expect(pages(place, length)).toBe(Math.ceil(length / pageBytes));
      if (place !== position) {
        moved++;
        expect(place % pageBytes).toBe(0);
        expect(pages(position, length)).toBeGreaterThan(pages(place, length));
      }
    }),
    { numRuns: 1000 },
  );
  expect(moved).toBeGreaterThan(100);
});
