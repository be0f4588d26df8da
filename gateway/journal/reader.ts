import type { Range } from '../model/ranges.ts';
import type { Files } from '../platform/files.ts';
import { isNumbered, splitLines, type Entry } from './entries.ts';
import { readBody, spansOf, type FrameSpan, type Segment, type SegmentTable } from './segments.ts';
import type { GapRecord, JournalState } from './state.ts';

/** One stored entry as it goes out: what it is, and its JSON. */
export interface StoredLine {
  readonly tag: 'r' | 'a';
  readonly json: Buffer;
}

/** A run of consecutive numbers: their entries, or the reason why there are none. */
export type Piece =
  | { readonly kind: 'lines'; readonly from: number; readonly to: number; readonly lines: readonly StoredLine[] }
  | {
      readonly kind: 'gap';
      readonly from: number;
      readonly to: number;
      readonly why: GapRecord['why'];
      readonly span?: Range;
      readonly lostAtMost?: number;
    };

export interface ReadLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Bytes of entries that stay in memory behind the head, so that live readings need no disk. */
const recentBytes = 1 << 20;

/** How often a frame may fail to be read before it counts as lost. */
const readAttempts = 3;

/** Reads entries by number, from memory where they are fresh, else from the segments. */
export class JournalReader {
  readonly #files: Files;
  readonly #table: SegmentTable;
  readonly #state: JournalState;
  readonly #epoch: number;
  #recent: Entry[] = [];
  #recentBytes = 0;
  #lastBody: { readonly segment: Segment; readonly span: FrameSpan; readonly lines: readonly StoredLine[] } | undefined;
  readonly #failures = new Map<string, number>();

  constructor({
    files,
    table,
    state,
    epoch,
  }: {
    files: Files;
    table: SegmentTable;
    state: JournalState;
    epoch: number;
  }) {
    this.#files = files;
    this.#table = table;
    this.#state = state;
    this.#epoch = epoch;
  }

  /** Entries that have just become durable. */
  remember(entries: readonly Entry[]): void {
    for (const entry of entries) this.#recentBytes += entry.json.length;
    this.#recent.push(...entries);
    // Twice the size before it is cut: cutting at every entry would copy all the others each time.
    if (this.#recentBytes < 2 * recentBytes) return;
    let drop = 0;
    for (let oldest = this.#recent[0]; oldest && this.#recentBytes > recentBytes; oldest = this.#recent[++drop]) {
      this.#recentBytes -= oldest.json.length;
    }
    this.#recent = this.#recent.slice(drop);
  }

  /**
   * What the journal has for the durable numbers from `from` on: at least one piece, unless `from > to`. Holes that
   * nobody knew of are pieces of kind gap, `unreadable`.
   *
   * @throws the I/O error of a read that may succeed later.
   */
  async read(epoch: number, from: number, to: number, limits: ReadLimits): Promise<readonly Piece[]> {
    const pieces: Piece[] = [];
    let entries = 0;
    let bytes = 0;
    for (let next = from; next <= to && entries < limits.maxEntries && bytes < limits.maxBytes;) {
      const piece = await this.#pieceAt(epoch, next, to);
      if (piece.kind === 'gap') {
        pieces.push(piece);
      } else {
        const lines = takeWithin(piece.lines, limits.maxEntries - entries, limits.maxBytes - bytes);
        entries += lines.length;
        bytes += lines.reduce((sum, { json }) => sum + json.length, 0);
        pieces.push({ kind: 'lines', from: next, to: next + lines.length - 1, lines });
      }
      next = (pieces.at(-1)?.to ?? to) + 1;
    }
    return pieces;
  }

  /** Unix milliseconds of the earliest entry in the frame that holds `seq`. */
  async timeOf(epoch: number, seq: number): Promise<number | undefined> {
    const first = this.#recent[0];
    if (epoch === this.#epoch && first && seq >= first.seq) return this.#recent[seq - first.seq]?.at;
    for (const segment of this.#table.of(epoch)) {
      if (segment.first > seq || (segment.last ?? seq) < seq) continue;
      const spans = await spansOf(this.#files, segment);
      const span = spans.find(({ header }) => header.first <= seq && header.first + header.count > seq);
      if (span) return span.header.minAt;
    }
    return undefined;
  }

  async #pieceAt(epoch: number, seq: number, to: number): Promise<Piece> {
    const recent = epoch === this.#epoch ? this.#recentFrom(seq, to) : undefined;
    if (recent) return recent;
    let until = to;
    let why: 'unreadable' | 'budget' = 'budget';
    for (const segment of this.#table.of(epoch).toReversed()) {
      if (segment.first > seq) until = Math.min(until, segment.first - 1);
      else if (segment.last === undefined || segment.last >= seq) {
        why = 'unreadable';
        const { lines, next } = await this.#linesIn(segment, seq, to);
        if (lines) return { kind: 'lines', from: seq, to: seq + lines.length - 1, lines };
        until = Math.min(until, next - 1);
      }
    }
    return this.#gapAt(epoch, [seq, Math.max(seq, until)], why);
  }

  #recentFrom(seq: number, to: number): Piece | undefined {
    const first = this.#recent[0];
    if (!first || seq < first.seq) return undefined;
    const index = seq - first.seq;
    const run = this.#recent.slice(index, index + to - seq + 1);
    if (run[0]?.seq !== seq || run.at(-1)?.seq !== seq + run.length - 1) return undefined;
    const lines = run.map((entry): StoredLine => ({
      tag: entry.kind === 'reading' ? 'r' : 'a',
      json: Buffer.from(entry.json),
    }));
    return { kind: 'lines', from: seq, to: seq + lines.length - 1, lines };
  }

  /** The lines of the frame that holds `seq`, from there on; else where the next frame of the segment begins. */
  async #linesIn(segment: Segment, seq: number, to: number): Promise<{ lines?: readonly StoredLine[]; next: number }> {
    const spans = await spansOf(this.#files, segment);
    let next = Number.MAX_SAFE_INTEGER;
    for (const span of spans) {
      const { kind, first, count } = span.header;
      if (first > seq) next = Math.min(next, first);
      if (kind !== 'entries' || first > seq || first + count <= seq) continue;
      const lines = await this.#linesOf(segment, span);
      // The segment was rewritten between finding the frame and reading it: look again in the new file.
      if (!lines && segment.spans !== spans) return this.#linesIn(segment, seq, to);
      if (lines) return { lines: lines.slice(seq - first, Math.min(count, to - first + 1)), next: seq };
      next = first + count;
    }
    return { next };
  }

  async #linesOf(segment: Segment, span: FrameSpan): Promise<readonly StoredLine[] | undefined> {
    if (this.#lastBody?.segment === segment && this.#lastBody.span === span) return this.#lastBody.lines;
    const key = `${segment.path}@${span.offset}`;
    let body: Buffer | undefined;
    try {
      body = await readBody(this.#files, segment.path, span);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      if (failures < readAttempts) throw error;
    }
    if (!body) return undefined;
    const lines: StoredLine[] = [];
    for (const { tag, json } of splitLines(body)) if (isNumbered(tag)) lines.push({ tag, json });
    this.#lastBody = { segment, span, lines };
    return lines;
  }

  /** A hole that is on record, or one that was not known: damage in a file, or a file that went with the budget. */
  #gapAt(epoch: number, [seq, until]: Range, why: 'unreadable' | 'budget'): Piece {
    const known = this.#state.gaps.find((gap) => gap.epoch === epoch && gap.from <= seq && gap.to >= seq);
    if (known) return gapPiece(known, [seq, Math.min(known.to, until)]);
    const nextKnown = this.#state.gaps
      .filter((gap) => gap.epoch === epoch && gap.from > seq)
      .reduce((lowest, { from }) => Math.min(lowest, from), until + 1);
    const to = Math.min(until, nextKnown - 1);
    return { kind: 'gap', from: seq, to, why, lostAtMost: to - seq + 1 };
  }
}

/** The part `from..to` of a gap. */
function gapPiece({ why, span, lostAtMost }: GapRecord, [from, to]: Range): Extract<Piece, { kind: 'gap' }> {
  return {
    kind: 'gap',
    from,
    to,
    why,
    ...(span === undefined ? {} : { span }),
    ...(lostAtMost === undefined ? {} : { lostAtMost: Math.min(lostAtMost, to - from + 1) }),
  };
}

function takeWithin(lines: readonly StoredLine[], maxEntries: number, maxBytes: number): readonly StoredLine[] {
  let bytes = 0;
  let count = 0;
  for (const { json } of lines) {
    bytes += json.length;
    if (count > 0 && (count >= maxEntries || bytes > maxBytes)) break;
    count++;
  }
  return count === lines.length ? lines : lines.slice(0, count);
}
