import { reasonOf } from '../model/errors.ts';
import { RangeSet } from '../model/ranges.ts';
import type { Clock } from '../platform/clock.ts';
import type { Files } from '../platform/files.ts';
import type { Log } from '../platform/log.ts';
import { nextStep, type SegmentView } from './budget.ts';
import { dropping, rewriteSegment, sealing } from './rewrite.ts';
import { spansOf, type Segment, type SegmentTable } from './segments.ts';
import type { GapRecord, JournalState } from './state.ts';

export interface UpkeepOptions {
  readonly directory: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly upstreams: readonly string[];
  readonly budgetBytes: number;
  readonly keepMs: number;
  readonly segmentBytes: number;
  readonly state: JournalState;
  readonly table: SegmentTable;
  /** The segment that is being written. */
  readonly activeSegment: () => Segment | undefined;
  /** Resolves when the gaps are durable. */
  readonly recordGaps: (gaps: readonly GapRecord[]) => Promise<void>;
  /** False while the disk fails or the journal closes. */
  readonly mayGoOn: () => boolean;
}

/** The journal takes no more than this part of what is free plus what it holds already. */
const shareOfFreeDisk = 1 / 4;

/** Packs closed segments and keeps the journal in its budget: what all have goes first, the rest with a gap. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  /** The budget, or less where the disk has not so much. */
  #allowedBytes: number;
  #running: Promise<void> | undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#allowedBytes = options.budgetBytes;
  }

  get isDue(): boolean {
    return this.#options.table.bytes > this.#allowedBytes;
  }

  /** So far over the budget that whoever can wait must wait. */
  get isOverdue(): boolean {
    return this.#options.table.bytes > this.#allowedBytes + this.#options.segmentBytes / 2;
  }

  /** Resolves when nothing runs. */
  get idle(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Runs alone; a second call joins the first. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#options.log.warn('journal upkeep failed', { reason: reasonOf(error) }))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #run(): Promise<void> {
    const { budgetBytes, segmentBytes, keepMs, clock, files, directory, table, mayGoOn } = this.#options;
    const allowed = ((await files.free(directory)) + table.bytes) * shareOfFreeDisk;
    this.#allowedBytes = Math.min(budgetBytes, Math.max(allowed, segmentBytes));
    while (mayGoOn()) {
      const limits = { budgetBytes: this.#allowedBytes, slackBytes: segmentBytes, keepMs, now: clock.wall() };
      const step = nextStep(await this.#views(), limits);
      if (!step) return;
      await this.#carryOut(step.kind, step.segment);
    }
  }

  async #carryOut(kind: 'remove' | 'drop' | 'seal', segment: Segment): Promise<void> {
    const { files, table } = this.#options;
    if (kind === 'seal') {
      await rewriteSegment(files, segment, sealing);
      return;
    }
    const { readings, alarms } = this.#wantedOf(segment);
    const keptAlarms = kind === 'drop' ? alarms : new RangeSet();
    if (kind === 'remove') readings.addAll(alarms.ranges);
    const gaps = await this.#recordLoss(segment, readings);
    if (keptAlarms.isEmpty) {
      await files.remove(segment.path);
      table.remove(segment);
    } else {
      await rewriteSegment(files, segment, dropping(keptAlarms, gaps));
    }
  }

  /** Says durably that entries go which somebody has not got; only then may they go. */
  async #recordLoss(segment: Segment, lost: RangeSet): Promise<readonly GapRecord[]> {
    if (lost.isEmpty) return [];
    const { log, recordGaps } = this.#options;
    log.warn('budget reached: dropping entries that have not been delivered', { entries: lost.size });
    const { epoch } = segment;
    const span = await this.#timesOf(segment);
    const gaps = lost.ranges.map(([from, to]): GapRecord => ({
      epoch,
      from,
      to,
      why: 'budget',
      ...span,
      lostAtMost: to - from + 1,
    }));
    await recordGaps(gaps);
    return gaps;
  }

  async #views(): Promise<readonly SegmentView[]> {
    const { state, table, files, activeSegment } = this.#options;
    const active = activeSegment();
    const views: SegmentView[] = [];
    for (const { epoch } of state.epochs) {
      for (const segment of table.of(epoch)) {
        if (segment.last === undefined) await spansOf(files, segment);
        const { readings, alarms } = this.#wantedOf(segment);
        views.push({
          segment,
          isActive: segment === active,
          newestAt: segment.newestAt ?? 0,
          wantedReadings: readings.size,
          wantedAlarms: alarms.size,
        });
      }
    }
    return views;
  }

  /** Which numbers of a segment some upstream still has to get, gaps left out: those of readings and of alarms. */
  #wantedOf({ epoch, first, last = first - 1 }: Segment): { readonly readings: RangeSet; readonly alarms: RangeSet } {
    const { state, upstreams } = this.#options;
    const wanted = new RangeSet();
    for (const id of upstreams) wanted.addAll(state.upstreamOf(id).deliveredOf(epoch).gaps(first, last));
    for (const gap of state.gaps) if (gap.epoch === epoch) wanted.delete(gap.from, gap.to);
    const alarms = new RangeSet();
    for (const { seq } of state.alarmRefs.get(epoch) ?? []) if (wanted.has(seq)) alarms.add(seq, seq);
    for (const [from, to] of alarms.ranges) wanted.delete(from, to);
    return { readings: wanted, alarms };
  }

  async #timesOf(segment: Segment): Promise<{ span?: readonly [number, number] }> {
    const times = (await spansOf(this.#options.files, segment))
      .map(({ header }) => header)
      .filter(({ maxAt }) => maxAt > 0);
    if (times.length === 0) return {};
    return { span: [Math.min(...times.map(({ minAt }) => minAt)), Math.max(...times.map(({ maxAt }) => maxAt))] };
  }
}
