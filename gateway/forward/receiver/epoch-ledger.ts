import { gapReasons, type GapReason } from '../../model/delivery.ts';
import { RangeSet, type Range } from '../../model/ranges.ts';

/** What is known of one epoch of one gateway, as JSON. */
export interface EpochJson {
  readonly head?: number;
  readonly entries: readonly Range[];
  readonly summaries?: readonly Range[];
  readonly gaps?: Readonly<Partial<Record<GapReason, readonly Range[]>>>;
}

export interface EpochReport {
  readonly epoch: number;
  /** Highest number that the gateway says it has given out and kept; unknown until a status tells. */
  readonly head?: number;
  /** Everything up to the head is there, or accounted for. */
  readonly isComplete: boolean;
  /** Nothing is missing up to here. */
  readonly completeUpTo: number;
  /** How many entries arrived. */
  readonly entries: number;
  /** How many numbers summaries stand for. */
  readonly summarised: number;
  /** How many numbers are missing, and the first ranges of them. */
  readonly missing: number;
  readonly missingRanges: readonly Range[];
  readonly gaps: readonly { readonly why: GapReason; readonly from: number; readonly to: number }[];
}

/** Enough to act on; the rest is a number. */
const mostMissingRanges = 100;

/** The numbers of one epoch: which arrived, and what stands for those that did not. Costs memory by range. */
export class EpochLedger {
  readonly entries: RangeSet;
  readonly #summaries: RangeSet;
  /** Numbers of the gaps, each under the first reason that was given. */
  readonly #gaps: ReadonlyMap<GapReason, RangeSet>;
  #head: number | undefined;

  constructor(json: EpochJson = { entries: [] }) {
    this.#head = json.head;
    this.entries = RangeSet.of(json.entries);
    this.#summaries = RangeSet.of(json.summaries ?? []);
    this.#gaps = new Map(gapReasons.map((why) => [why, RangeSet.of(json.gaps?.[why] ?? [])]));
  }

  /** Heads only rise: of two statuses that overtook each other the higher one is true. */
  raiseHead(head: number): void {
    this.#head = Math.max(head, this.#head ?? 0);
  }

  /** Entries beat summaries beat gaps. */
  addEntries(from: number, to: number): void {
    this.entries.add(from, to);
    this.#summaries.delete(from, to);
    this.#forgetGaps(from, to);
  }

  addSummary(from: number, to: number): void {
    this.#summaries.addAll([...this.entries.gaps(from, to)]);
    this.#forgetGaps(from, to);
  }

  addGap(why: GapReason, from: number, to: number): void {
    const open = [...this.#covered().gaps(from, to)];
    this.#gaps.get(why)?.addAll(open);
  }

  hasSummaryOrBetter(from: number, to: number): boolean {
    const known = this.entries.clone();
    known.addAll(this.#summaries.within(from, to));
    return known.covers(from, to);
  }

  hasGapOrBetter(from: number, to: number): boolean {
    return this.#covered().covers(from, to);
  }

  report(epoch: number): EpochReport {
    const head = this.#head;
    const covered = this.#covered();
    const missing = [...covered.gaps(1, head ?? covered.ranges.at(-1)?.[1] ?? 0)];
    const firstOpen = covered.firstGap(1, Number.MAX_SAFE_INTEGER)?.[0] ?? 1;
    const gaps = [...this.#gaps].flatMap(([why, set]) => set.ranges.map(([from, to]) => ({ why, from, to })));
    return {
      epoch,
      ...(head === undefined ? {} : { head }),
      isComplete: head !== undefined && missing.length === 0,
      completeUpTo: firstOpen - 1,
      entries: this.entries.size,
      summarised: this.#summaries.size,
      missing: RangeSet.of(missing).size,
      missingRanges: missing.slice(0, mostMissingRanges),
      gaps: gaps.toSorted((a, b) => a.from - b.from),
    };
  }

  toJSON(): EpochJson {
    const gaps = [...this.#gaps].filter(([, set]) => !set.isEmpty);
    return {
      ...(this.#head === undefined ? {} : { head: this.#head }),
      entries: this.entries.ranges,
      ...(this.#summaries.isEmpty ? {} : { summaries: this.#summaries.ranges }),
      ...(gaps.length === 0 ? {} : { gaps: Object.fromEntries(gaps.map(([why, set]) => [why, set.ranges])) }),
    };
  }

  #covered(): RangeSet {
    const covered = this.entries.clone();
    covered.addAll(this.#summaries.ranges);
    for (const set of this.#gaps.values()) covered.addAll(set.ranges);
    return covered;
  }

  #forgetGaps(from: number, to: number): void {
    for (const set of this.#gaps.values()) set.delete(from, to);
  }
}
