import { RangeSet, type Range } from '../model/ranges.ts';
import { AlarmQueue } from './alarm-queue.ts';
import type { PendingAlarm } from './delivery-log.ts';

/** One epoch as an upstream sees it. */
export interface EpochView {
  readonly epoch: number;
  readonly head: number;
}

/** Numbers of one epoch. */
export interface Span {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/** What the upstream may be sent next. */
export interface Pick extends Span {
  readonly lane: 'alarm' | 'live' | 'backfill';
}

/**
 * What one upstream has, what is on its way, and therefore what comes next: the latest word on each open alarm,
 * critical ones first; then other alarms; then gaps; then live readings; then the past, oldest first.
 */
export class Pending {
  /** Numbers from here on are live, in the current epoch. */
  liveFrom = 1;
  readonly #delivered: (epoch: number) => RangeSet;
  readonly #inFlight = new Map<number, RangeSet>();
  /** No batch goes over these edges: a larger one was refused. */
  readonly #cuts = new Map<number, RangeSet>();
  /** Picks that are being read, or could not be read. */
  readonly #held = new Set<string>();
  readonly #alarms = new AlarmQueue();

  /** @param delivered - the numbers of an epoch that the upstream has acked. */
  constructor(delivered: (epoch: number) => RangeSet) {
    this.#delivered = delivered;
  }

  /** Durable alarms in the order in which they happened. */
  addAlarms(alarms: readonly PendingAlarm[]): void {
    for (const alarm of alarms) this.#alarms.add(alarm, this.#delivered(alarm.epoch).has(alarm.seq));
  }

  sent({ epoch, from, to }: Span): void {
    const set = this.#inFlight.get(epoch) ?? new RangeSet();
    set.add(from, to);
    this.#inFlight.set(epoch, set);
  }

  /** An ack came (the delivered set has it by now), or the numbers must be sent again. */
  settled({ epoch, from, to }: Span): void {
    this.#inFlight.get(epoch)?.delete(from, to);
    if (!this.#delivered(epoch).covers(from, to)) return;
    this.#alarms.remove(epoch, from, to);
    this.#cuts.get(epoch)?.delete(from, to);
  }

  /** The connection ended: nothing is on its way. */
  forgetInFlight(): void {
    this.#inFlight.clear();
  }

  /** Until it is released: of a run its whole lane, of alarms this one. */
  hold(pick: Pick): void {
    this.#held.add(nameOf(pick));
  }

  release(pick: Pick): void {
    this.#held.delete(nameOf(pick));
  }

  /** From now on batches end before `at`, until it is delivered. */
  cut(epoch: number, at: number): void {
    const set = this.#cuts.get(epoch) ?? new RangeSet();
    set.add(at, at);
    this.#cuts.set(epoch, set);
  }

  /** The last number that a batch which begins at `from` may have. */
  endOf({ epoch, from, to }: Span): number {
    for (const [cut] of this.#cuts.get(epoch)?.within(from + 1, to) ?? []) return cut - 1;
    return to;
  }

  nextAlarm(): Pick | undefined {
    const alarm = this.#alarms.next(
      ({ epoch, seq }) => this.#inFlight.get(epoch)?.has(seq) === true || this.#held.has(nameOf(alarmPick(epoch, seq))),
    );
    return alarm && alarmPick(alarm.epoch, alarm.seq);
  }

  /**
   * The run of numbers to send when no alarm waits.
   *
   * @param epochs - oldest first; the last one is the current one.
   * @param gaps - what is known to be lost.
   */
  nextRun(epochs: readonly EpochView[], gaps: Iterable<Span>): Pick | undefined {
    const backfillIsHeld = this.#held.has('backfill');
    for (const { epoch, from, to } of backfillIsHeld ? [] : gaps) {
      const free = this.#free(epoch, from, to);
      if (free) return { lane: 'backfill', epoch, ...free };
    }
    const current = epochs.at(-1);
    if (current && !this.#held.has('live')) {
      const free = this.#free(current.epoch, this.liveFrom, current.head);
      if (free) return { lane: 'live', epoch: current.epoch, ...free };
    }
    for (const { epoch, head } of backfillIsHeld ? [] : epochs) {
      const free = this.#free(epoch, 1, epoch === current?.epoch ? Math.min(head, this.liveFrom - 1) : head);
      if (free) return { lane: 'backfill', epoch, ...free };
    }
    return undefined;
  }

  /** The lowest live number of the current epoch that is neither acked nor on its way. */
  oldestLive({ epoch, head }: EpochView): number | undefined {
    return this.#free(epoch, this.liveFrom, head)?.from;
  }

  /** How many numbers wait in each lane; alarms count as alarms only. */
  waiting(epochs: readonly EpochView[]): { readonly alarm: number; readonly live: number; readonly backfill: number } {
    const current = epochs.at(-1)?.epoch;
    let live = 0;
    let backfill = 0;
    for (const { epoch, head } of epochs) {
      const split = epoch === current ? Math.min(head + 1, this.liveFrom) : head + 1;
      for (const [from, to] of this.#delivered(epoch).gaps(1, split - 1)) backfill += to + 1 - from;
      for (const [from, to] of this.#delivered(epoch).gaps(split, head)) live += to + 1 - from;
    }
    const liveAlarms = current === undefined ? 0 : this.#alarms.countFrom(current, this.liveFrom);
    return {
      alarm: this.#alarms.size,
      live: Math.max(0, live - liveAlarms),
      backfill: Math.max(0, backfill - (this.#alarms.size - liveAlarms)),
    };
  }

  /** The oldest number that the upstream has not acked. */
  oldest(epochs: readonly EpochView[]): { readonly epoch: number; readonly seq: number } | undefined {
    for (const { epoch, head } of epochs) {
      const gap = this.#delivered(epoch).firstGap(1, head);
      if (gap) return { epoch, seq: gap[0] };
    }
    return undefined;
  }

  /** The first run of numbers that are neither acked nor on their way. */
  #free(epoch: number, from: number, to: number): { readonly from: number; readonly to: number } | undefined {
    const delivered = this.#delivered(epoch);
    const inFlight = this.#inFlight.get(epoch);
    for (let gap = delivered.firstGap(from, to); gap; gap = delivered.firstGap(gap[1] + 1, to)) {
      const free: Range | undefined = inFlight ? inFlight.firstGap(gap[0], gap[1]) : gap;
      if (free) return { from: free[0], to: free[1] };
    }
    return undefined;
  }
}

const alarmPick = (epoch: number, seq: number): Pick => ({ lane: 'alarm', epoch, from: seq, to: seq });

const nameOf = ({ lane, epoch, from }: Pick): string => (lane === 'alarm' ? `${epoch}-${from}` : lane);
