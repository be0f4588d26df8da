import { severities } from '../model/alarm.ts';
import { RangeSet, type Range } from '../model/ranges.ts';
import type { PendingAlarm } from './delivery-log.ts';

/** One epoch as an upstream sees it. */
export interface EpochView {
  readonly epoch: number;
  readonly head: number;
}

/** What the upstream may be sent next. */
export type Pick =
  | { readonly kind: 'alarm'; readonly epoch: number; readonly seq: number }
  | { readonly kind: 'run'; readonly lane: 'live' | 'backfill'; readonly epoch: number; readonly range: Range };

/**
 * What one upstream has, what is on its way, and therefore what comes next: the latest word on each open alarm,
 * critical ones first; then other alarms; then live readings; then the past, oldest first.
 */
export class Pending {
  /** Numbers above it in the current epoch are live. */
  liveFrom = 1;
  readonly #delivered: (epoch: number) => RangeSet;
  readonly #inFlight = new Map<number, RangeSet>();
  #alarms: PendingAlarm[] = [];

  /** @param delivered - the numbers of an epoch that the upstream has acked. */
  constructor(delivered: (epoch: number) => RangeSet) {
    this.#delivered = delivered;
  }

  /** Alarms that are durable and not acked yet. */
  addAlarms(alarms: readonly PendingAlarm[]): void {
    this.#alarms.push(...alarms.filter(({ epoch, seq }) => !this.#delivered(epoch).has(seq)));
  }

  get alarmCount(): number {
    return this.#alarms.length;
  }

  sent(epoch: number, from: number, to: number): void {
    const set = this.#inFlight.get(epoch) ?? new RangeSet();
    set.add(from, to);
    this.#inFlight.set(epoch, set);
  }

  /** An ack came (the delivered set has it by now), or the range must be sent again. */
  settled(epoch: number, from: number, to: number): void {
    this.#inFlight.get(epoch)?.delete(from, to);
    this.#alarms = this.#alarms.filter((alarm) => alarm.epoch !== epoch || !this.#delivered(epoch).has(alarm.seq));
  }

  /** The connection ended: nothing is on its way. */
  forgetInFlight(): void {
    this.#inFlight.clear();
  }

  /** @param epochs - oldest first; the last one is the current one. */
  next(epochs: readonly EpochView[]): Pick | undefined {
    const alarm = this.nextAlarm();
    if (alarm) return alarm;
    const current = epochs.at(-1);
    const live = current && this.#free(current.epoch, this.liveFrom, current.head);
    if (current && live) return { kind: 'run', lane: 'live', epoch: current.epoch, range: live };
    for (const { epoch, head } of epochs) {
      const until = epoch === current?.epoch ? Math.min(head, this.liveFrom - 1) : head;
      const range = this.#free(epoch, 1, until);
      if (range) return { kind: 'run', lane: 'backfill', epoch, range };
    }
    return undefined;
  }

  /** The alarm to send next, whatever else waits. */
  nextAlarm(): Extract<Pick, { kind: 'alarm' }> | undefined {
    const waiting = this.#alarms.filter(({ epoch, seq }) => !this.#inFlight.get(epoch)?.has(seq));
    if (waiting.length === 0) return undefined;
    const latest = new Map(this.#alarms.map((alarm) => [alarm.key, alarm]));
    const open = waiting.filter((alarm) => latest.get(alarm.key) === alarm && alarm.state !== 'normal');
    const [first] = open.toSorted((a, b) => urgency(b) - urgency(a));
    const chosen = first ?? waiting[0];
    return chosen && { kind: 'alarm', epoch: chosen.epoch, seq: chosen.seq };
  }

  /** The lowest live number of the current epoch that is neither acked nor on its way. */
  oldestLive({ epoch, head }: EpochView): number | undefined {
    return this.#free(epoch, this.liveFrom, head)?.[0];
  }

  /** How many numbers wait in each lane; alarms count as alarms only. */
  waiting(epochs: readonly EpochView[]): { readonly alarm: number; readonly live: number; readonly backfill: number } {
    const current = epochs.at(-1);
    let live = 0;
    let backfill = 0;
    for (const { epoch, head } of epochs) {
      for (const [from, to] of this.#delivered(epoch).gaps(1, head)) {
        const split = epoch === current?.epoch ? Math.max(from, Math.min(to + 1, this.liveFrom)) : to + 1;
        backfill += split - from;
        live += to + 1 - split;
      }
    }
    for (const { epoch, seq } of this.#alarms) {
      if (epoch === current?.epoch && seq >= this.liveFrom) live--;
      else backfill--;
    }
    return { alarm: this.#alarms.length, live: Math.max(0, live), backfill: Math.max(0, backfill) };
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
  #free(epoch: number, from: number, to: number): Range | undefined {
    const delivered = this.#delivered(epoch);
    const inFlight = this.#inFlight.get(epoch);
    for (let gap = delivered.firstGap(from, to); gap; gap = delivered.firstGap(gap[1] + 1, to)) {
      const free = inFlight ? inFlight.firstGap(gap[0], gap[1]) : gap;
      if (free) return free;
    }
    return undefined;
  }
}

const urgency = ({ severity }: PendingAlarm): number => severities.indexOf(severity);
