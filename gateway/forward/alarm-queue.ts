import { severities } from '../model/alarm.ts';
import type { PendingAlarm } from './delivery-log.ts';

/** Alarm transitions that one upstream has not acked. A storm of them costs no more per message than a single one. */
export class AlarmQueue {
  /** By epoch and number; epochs oldest first, numbers ascending. */
  readonly #waiting = new Map<number, Map<number, PendingAlarm>>();
  /** The last transition of each alarm, as long as it waits and the alarm is open. */
  readonly #open = new Map<string, PendingAlarm>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes transitions in the order in which they happened; those that were acked already tell that older ones are past. */
  add(alarm: PendingAlarm, isAcked: boolean): void {
    this.#open.delete(alarm.key);
    if (isAcked) return;
    const ofEpoch = this.#waiting.get(alarm.epoch) ?? new Map<number, PendingAlarm>();
    if (ofEpoch.has(alarm.seq)) return;
    this.#waiting.set(alarm.epoch, ofEpoch.set(alarm.seq, alarm));
    this.#size++;
    if (alarm.state !== 'normal') this.#open.set(alarm.key, alarm);
  }

  /** The last word on each open alarm, the most severe first; then all others as they happened. */
  next(isTaken: (alarm: PendingAlarm) => boolean): PendingAlarm | undefined {
    let first: PendingAlarm | undefined;
    for (const alarm of this.#open.values()) {
      if (!isTaken(alarm) && (!first || urgency(alarm) > urgency(first))) first = alarm;
    }
    if (first) return first;
    for (const ofEpoch of this.#waiting.values()) {
      for (const alarm of ofEpoch.values()) if (!isTaken(alarm)) return alarm;
    }
    return undefined;
  }

  remove(epoch: number, from: number, to: number): void {
    const ofEpoch = this.#waiting.get(epoch);
    if (!ofEpoch) return;
    for (const seq of from === to ? [from] : ofEpoch.keys()) {
      if (seq > to) break;
      const alarm = seq < from ? undefined : ofEpoch.get(seq);
      if (!alarm) continue;
      ofEpoch.delete(seq);
      this.#size--;
      if (this.#open.get(alarm.key) === alarm) this.#open.delete(alarm.key);
    }
    if (ofEpoch.size === 0) this.#waiting.delete(epoch);
  }

  /** How many of an epoch have this number or a higher one. */
  countFrom(epoch: number, seq: number): number {
    let count = 0;
    for (const waiting of this.#waiting.get(epoch)?.keys() ?? []) if (waiting >= seq) count++;
    return count;
  }
}

const urgency = ({ severity }: PendingAlarm): number => severities.indexOf(severity);
