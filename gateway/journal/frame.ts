import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * A segment file is a run of frames. Each stands for itself: magic, header checksum and body checksum, so that after
 * any damage the next whole frame is found again.
 *
 * ```
 *  0  4 magic "LPJ1" (the 1 is the format version)      24  8 earliest `at` in the body, Unix ms, signed
 *  4  1 kind                                            32  8 latest `at`
 *  5  1 codec: 0 plain, 1 zstd                          40  4 CRC-32 of the body as stored
 *  6  2 key id: 0 = not encrypted                       44  4 CRC-32 of bytes 0..43
 *  8  4 length of the body as stored                    48    body
 * 12  4 how many numbers it covers
 * 16  8 first number it covers                          all little-endian
 * ```
 */
export const headerBytes = 48;
const magic = Buffer.from('LPJ1', 'latin1');
const magicNumber = magic.readUInt32LE(0);

/** Files are written so that a commit touches as few of these as possible: the medium's page. */
export const pageBytes = 4096;

/** No frame is longer; a length beyond it is damage. */
const maxBodyBytes = 32 * 1024 * 1024;

/** Bodies shorter than this are not worth compressing. */
const compressFromBytes = 600;

/** `entries summary gap` cover numbers; the others cover none. Numbers are on disk: never reuse one. */
export const frameKinds = {
  segment: 1,
  entries: 2,
  summary: 3,
  gap: 4,
  delivered: 5,
  anchor: 6,
  correction: 7,
  close: 8,
  snapshot: 9,
} as const;
export type FrameKind = keyof typeof frameKinds;

const kindNames = new Map<number, FrameKind>(
  (Object.keys(frameKinds) as FrameKind[]).map((name) => [frameKinds[name], name]),
);

export interface FrameHeader {
  readonly kind: FrameKind;
  readonly codec: number;
  /** Bytes of the body as stored. */
  readonly length: number;
  readonly count: number;
  readonly first: number;
  readonly minAt: number;
  readonly maxAt: number;
  readonly bodyCrc: number;
}

export interface FrameContent {
  readonly kind: FrameKind;
  readonly body: Buffer;
  readonly first?: number;
  readonly count?: number;
  readonly minAt?: number;
  readonly maxAt?: number;
}

export function encodeFrame({ kind, body, first = 0, count = 0, minAt = 0, maxAt = 0 }: FrameContent): Buffer {
  const packed = body.length >= compressFromBytes ? zstdCompressSync(body) : body;
  const codec = packed.length < body.length ? 1 : 0;
  const stored = codec === 1 ? packed : body;
  const frame = Buffer.allocUnsafe(headerBytes + stored.length);
  frame.writeUInt32LE(magicNumber, 0);
  frame.writeUInt8(frameKinds[kind], 4);
  frame.writeUInt8(codec, 5);
  frame.writeUInt16LE(0, 6);
  frame.writeUInt32LE(stored.length, 8);
  frame.writeUInt32LE(count, 12);
  frame.writeBigUInt64LE(BigInt(first), 16);
  frame.writeBigInt64LE(BigInt(minAt), 24);
  frame.writeBigInt64LE(BigInt(maxAt), 32);
  frame.writeUInt32LE(crc32(stored), 40);
  frame.writeUInt32LE(crc32(frame.subarray(0, 44)), 44);
  stored.copy(frame, headerBytes);
  return frame;
}

/** The header at `offset`, or `undefined` when no whole, sound header of a kind we know starts there. */
export function decodeHeader(bytes: Buffer, offset: number): FrameHeader | undefined {
  if (offset + headerBytes > bytes.length || bytes.readUInt32LE(offset) !== magicNumber) return undefined;
  if (crc32(bytes.subarray(offset, offset + 44)) !== bytes.readUInt32LE(offset + 44)) return undefined;
  const kind = kindNames.get(bytes.readUInt8(offset + 4));
  const length = bytes.readUInt32LE(offset + 8);
  if (kind === undefined || length === 0 || length > maxBodyBytes || bytes.readUInt16LE(offset + 6) !== 0)
    return undefined;
  return {
    kind,
    codec: bytes.readUInt8(offset + 5),
    length,
    count: bytes.readUInt32LE(offset + 12),
    first: Number(bytes.readBigUInt64LE(offset + 16)),
    minAt: Number(bytes.readBigInt64LE(offset + 24)),
    maxAt: Number(bytes.readBigInt64LE(offset + 32)),
    bodyCrc: bytes.readUInt32LE(offset + 40),
  };
}

/** The body of a frame as it was before packing, or `undefined` when it is damaged. */
export function decodeBody(header: FrameHeader, stored: Buffer): Buffer | undefined {
  if (stored.length !== header.length || crc32(stored) !== header.bodyCrc) return undefined;
  if (header.codec === 0) return stored;
  if (header.codec !== 1) return undefined;
  try {
    return zstdDecompressSync(stored, { maxOutputLength: maxBodyBytes });
  } catch {
    // A body whose checksum holds was written by us; if it still does not unpack, it counts as damaged like any other.
    return undefined;
  }
}

export interface FoundFrame {
  readonly offset: number;
  readonly header: FrameHeader;
  readonly body: Buffer;
}

/**
 * All sound frames of a file, in order, from `start`. After a commit the file goes on at the next page where that saves
 * a page (see `pageBytes`), so zeros up to a page's end are passed over; anything else that is no frame is damage, and
 * the search goes on from the next magic.
 */
export function* scanFrames(bytes: Buffer, start = 0): Generator<FoundFrame> {
  let offset = start;
  while (offset + headerBytes <= bytes.length) {
    const header = decodeHeader(bytes, offset);
    const end = offset + headerBytes + (header?.length ?? 0);
    const body =
      header && end <= bytes.length ? decodeBody(header, bytes.subarray(offset + headerBytes, end)) : undefined;
    if (header && body) {
      yield { offset, header, body };
      offset = end;
    } else {
      const next = bytes.indexOf(magic, offset + 1);
      if (next < 0) return;
      offset = next;
    }
  }
}

/**
 * The frames of a commit that begins at `position`, and zeros up to the end of its last page, where the next commit may
 * begin: a commit that makes its file longer within a page costs ext4 that page twice.
 */
export function toPageEnd(frames: readonly Buffer[], position: number): Buffer {
  const end = frames.reduce((sum, { length }) => sum + length, position);
  return Buffer.concat([...frames, Buffer.alloc(Math.ceil(end / pageBytes) * pageBytes - end)]);
}

/** Where a commit of `length` bytes begins so that it touches the fewest pages: right here, or at the next page. */
export function placeCommit(position: number, length: number): number {
  const here = Math.ceil(((position % pageBytes) + length) / pageBytes);
  const aligned = Math.ceil(length / pageBytes);
  return here > aligned ? Math.ceil(position / pageBytes) * pageBytes : position;
}
