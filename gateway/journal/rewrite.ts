import { dirname } from 'node:path';
import type { RangeSet } from '../model/ranges.ts';
import { maxBatchReadings } from '../model/delivery.ts';
import type { Files, OpenFile } from '../platform/files.ts';
import { isNumbered, splitLines, type LineTag } from './entries.ts';
import { encodeFrame, scanFrames, type FrameContent } from './frame.ts';
import { readFile, spansOf, writeAll, type Segment } from './segments.ts';
import type { GapRecord, SegmentRecord } from './state.ts';

/** A line with its number, as a rewriting rule sees it. */
export interface NumberedLine {
  readonly seq: number;
  readonly tag: 'r' | 'a';
  readonly json: Buffer;
}

/** What a rewriting rule makes of a segment: which lines stay, and the gaps that the others leave. */
export interface RewriteRule {
  readonly keeps: (line: NumberedLine) => boolean;
  readonly gaps: readonly GapRecord[];
}

/** Keeps every entry; only the packing changes. */
export const sealing: RewriteRule = { keeps: () => true, gaps: [] };

/** Keeps the alarm transitions that somebody still wants; the telemetry that is wanted leaves gaps. */
export function dropping(keptAlarms: RangeSet, gaps: readonly GapRecord[]): RewriteRule {
  return { keeps: ({ seq }) => keptAlarms.has(seq), gaps };
}

/**
 * Writes a segment anew by a rule, in large compressed blocks, and puts it in the place of the old one in one step: a
 * power cut leaves the old file or the new one. Records that ride along and cover no numbers stay, but for delivered
 * sets and clock anchors, which the newer segments' snapshots hold.
 */
export async function rewriteSegment(files: Files, segment: Segment, rule: RewriteRule): Promise<void> {
  const temporary = `${segment.path}.tmp`;
  const file = await files.create(temporary);
  const output = new BlockWriter(file);
  await spansOf(files, segment);
  const content = { last: segment.last ?? 0, newestAt: segment.newestAt ?? 0 };
  try {
    for (const { header, body } of scanFrames(await readFile(files, segment.path))) {
      switch (header.kind) {
        case 'segment':
          await output.add({ kind: 'segment', body: sealedRecord(body, content) });
          break;
        case 'entries': {
          let seq = header.first;
          const at = { minAt: header.minAt, maxAt: header.maxAt };
          for (const { tag, json } of splitLines(body)) {
            if (!isNumbered(tag)) continue;
            const line = { seq: seq++, tag, json };
            if (rule.keeps(line)) await output.addLine(line, at);
          }
          break;
        }
        case 'gap':
        case 'summary':
        case 'correction':
        case 'close':
        case 'snapshot':
          await output.add({ ...header, body });
          break;
        case 'delivered':
        case 'anchor':
          break;
      }
    }
    for (const gap of rule.gaps) await output.add(gapFrame(gap));
    await output.flush();
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, segment.path);
  await files.syncDir(dirname(segment.path));
  segment.size = output.position;
  segment.sealed = true;
  delete segment.spans;
}

export function gapFrame(gap: GapRecord): FrameContent {
  const [minAt, maxAt] = gap.span ?? [0, 0];
  const body = Buffer.from(JSON.stringify(gap));
  return { kind: 'gap', body, first: gap.from, count: gap.to - gap.from + 1, minAt, maxAt };
}

function sealedRecord(body: Buffer, sealed: NonNullable<SegmentRecord['sealed']>): Buffer {
  const record: SegmentRecord = { ...(JSON.parse(body.toString()) as SegmentRecord), sealed };
  return Buffer.from(JSON.stringify(record));
}

/** Collects lines of consecutive numbers into blocks of the size that batches have. */
class BlockWriter {
  position = 0;
  readonly #file: OpenFile;
  #lines: Buffer[] = [];
  #first = 0;
  #next = 0;
  #minAt = 0;
  #maxAt = 0;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  async add(frame: FrameContent): Promise<void> {
    await this.flush();
    const bytes = encodeFrame(frame);
    await writeAll(this.#file, bytes, this.position);
    this.position += bytes.length;
  }

  async addLine(
    { seq, tag, json }: NumberedLine,
    at: { readonly minAt: number; readonly maxAt: number },
  ): Promise<void> {
    if (seq !== this.#next) await this.flush();
    if (this.#lines.length === 0) {
      this.#first = seq;
      this.#minAt = at.minAt;
      this.#maxAt = at.maxAt;
    }
    this.#lines.push(tagBytes[tag], json, lineFeed);
    this.#next = seq + 1;
    this.#minAt = Math.min(this.#minAt, at.minAt);
    this.#maxAt = Math.max(this.#maxAt, at.maxAt);
    if (this.#next - this.#first >= maxBatchReadings) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const body = Buffer.concat(this.#lines);
    this.#lines = [];
    const bytes = encodeFrame({
      kind: 'entries',
      body,
      first: this.#first,
      count: this.#next - this.#first,
      minAt: this.#minAt,
      maxAt: this.#maxAt,
    });
    await writeAll(this.#file, bytes, this.position);
    this.position += bytes.length;
  }
}

const lineFeed = Buffer.from('\n');
const tagBytes = { r: Buffer.from('r'), a: Buffer.from('a') } as const satisfies Partial<Record<LineTag, Buffer>>;
