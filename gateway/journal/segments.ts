import { join } from 'node:path';
import type { Files } from '../platform/files.ts';
import { decodeBody, headerBytes, scanFrames, type FrameHeader, type FrameKind } from './frame.ts';

/** Where one frame lies in its file. */
export interface FrameSpan {
  readonly offset: number;
  readonly header: FrameHeader;
}

/** One file of the journal. */
export interface Segment {
  readonly path: string;
  readonly epoch: number;
  readonly first: number;
  /** A segment that replaces a poisoned one may begin at the same number. */
  readonly attempt: number;
  size: number;
  sealed: boolean;
  /** Highest number in it and Unix milliseconds of its latest entry, once known. */
  last?: number;
  newestAt?: number;
  /** Frames that cover numbers, by offset; absent until the file was read once. */
  spans?: FrameSpan[];
}

export const segmentDirectory = (root: string, epoch: number): string => join(root, String(epoch));

export function segmentPath(root: string, epoch: number, first: number, attempt = 0): string {
  return join(segmentDirectory(root, epoch), attempt === 0 ? `${first}.seg` : `${first}.${attempt}.seg`);
}

/** What a file name says, or `undefined` for a file that is not a segment. */
export function parseSegmentName(name: string): { readonly first: number; readonly attempt: number } | undefined {
  const match = /^(\d{1,16})(?:\.(\d{1,4}))?\.seg$/.exec(name);
  return match?.[1] ? { first: Number(match[1]), attempt: Number(match[2] ?? 0) } : undefined;
}

export const covers = (kind: FrameKind): boolean => kind === 'entries' || kind === 'summary' || kind === 'gap';

/** All segments that are on the disk, by epoch, ascending. */
export class SegmentTable {
  readonly #epochs = new Map<number, Segment[]>();

  add(segment: Segment): void {
    const known = this.#epochs.get(segment.epoch) ?? [];
    known.push(segment);
    known.sort((a, b) => a.first - b.first || a.attempt - b.attempt);
    this.#epochs.set(segment.epoch, known);
  }

  remove(segment: Segment): void {
    const left = this.of(segment.epoch).filter((known) => known !== segment);
    if (left.length === 0) this.#epochs.delete(segment.epoch);
    else this.#epochs.set(segment.epoch, left);
  }

  of(epoch: number): readonly Segment[] {
    return this.#epochs.get(epoch) ?? [];
  }

  get epochs(): ReadonlySet<number> {
    return new Set(this.#epochs.keys());
  }

  get all(): readonly Segment[] {
    return [...this.#epochs.values()].flat();
  }

  get bytes(): number {
    let sum = 0;
    for (const segments of this.#epochs.values()) for (const { size } of segments) sum += size;
    return sum;
  }
}

/** A whole file. */
export async function readFile(files: Files, path: string): Promise<Buffer> {
  const file = await files.openRead(path);
  try {
    const size = await files.size(path);
    const bytes = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const part = await file.read(filled, Math.min(size - filled, 1 << 20));
      if (part.length === 0) break;
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

/** The frames of a segment that cover numbers; reads the file once and remembers where they are. */
export async function spansOf(files: Files, segment: Segment): Promise<readonly FrameSpan[]> {
  if (segment.spans) return segment.spans;
  const spans: FrameSpan[] = [];
  for (const { offset, header } of scanFrames(await readFile(files, segment.path))) {
    if (covers(header.kind)) spans.push({ offset, header });
  }
  setSpans(segment, spans);
  return spans;
}

/** Remembers where a segment's frames are, and what they tell of the whole. */
export function setSpans(segment: Segment, spans: FrameSpan[]): void {
  segment.spans = spans;
  segment.last = spans.reduce((last, { header }) => Math.max(last, header.first + header.count - 1), segment.first - 1);
  segment.newestAt = spans.reduce((newest, { header }) => Math.max(newest, header.maxAt), 0);
}

/** The body of one frame, or `undefined` when it is damaged. I/O errors are thrown: they may pass. */
export async function readBody(files: Files, path: string, { offset, header }: FrameSpan): Promise<Buffer | undefined> {
  const file = await files.openRead(path);
  try {
    return decodeBody(header, Buffer.from(await file.read(offset + headerBytes, header.length)));
  } finally {
    await file.close();
  }
}

/** Writes all of `bytes`, however little the system takes at a time. */
export async function writeAll(
  file: { write(bytes: Uint8Array, position: number): Promise<number> },
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await file.write(bytes.subarray(done), position + done);
    if (written <= 0) throw new Error('the file takes no more bytes');
    done += written;
  }
}
