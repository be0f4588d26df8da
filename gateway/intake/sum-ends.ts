import type { Reading, Sample } from '../model/reading.ts';
import type { Stamp, Timekeeper } from './timekeeper.ts';

interface SumEnd {
  /** Unix milliseconds, as written. */
  readonly at: number;
  /** The same moment on the monotonic clock; unknown for one from before the start, or of a sender's clock. */
  readonly mono?: number;
}

/** The wall clock is kept right in small steps: two ways to the same moment may differ by so much, milliseconds. */
const mostSlewMs = 1000;

/**
 * Where the last sum of each channel ended, because the next one begins there: their intervals follow each other
 * without a gap, over restarts too, and none counts twice.
 */
export class SumEnds {
  readonly #timekeeper: Timekeeper;
  readonly #ends: Map<string, SumEnd>;

  /** @param ends - Unix milliseconds by `device/channel`, known from before a restart. */
  constructor(timekeeper: Timekeeper, ends: Iterable<readonly [string, number]>) {
    this.#timekeeper = timekeeper;
    this.#ends = new Map([...ends].map(([key, at]) => [key, { at }]));
  }

  /** When a sample was taken, and where its interval begins. */
  stamp(sample: Sample): Stamp {
    const end = sample.stat === 'sum' ? this.#ends.get(keyOf(sample)) : undefined;
    const { start: own, ...stamp } = this.#timekeeper.stamp(sample.time);
    const start = end ? this.#startAt(end, own, stamp.at) : own;
    return start === undefined ? stamp : { ...stamp, start };
  }

  /** A reading was accepted. */
  note(reading: Reading, { time }: Sample): void {
    if (reading.stat !== 'sum') return;
    const mono = 'mono' in time ? { mono: time.mono } : {};
    this.#ends.set(keyOf(reading), { at: reading.at, ...mono });
  }

  /** @param own - where the interval begins as the sample itself says. */
  #startAt(end: SumEnd, own: number | undefined, at: number): number | undefined {
    const start = own ?? (end.mono === undefined ? end.at : this.#timekeeper.at(end.mono));
    const touching = Math.abs(start - end.at) <= mostSlewMs ? end.at : start;
    return touching <= at ? touching : own;
  }
}

const keyOf = ({ device, channel }: Pick<Reading, 'device' | 'channel'>): string => `${device}/${channel}`;
