import type { CalibrationEntry, Line } from '../model/calibration.ts';
import type { Reading, Reason } from '../model/reading.ts';
import type { GatewayClient } from './client.ts';

/** A value that a reading has in spite of these says what the sensor shows. */
const harmless: ReadonlySet<Reason> = new Set([
  'maintenance',
  'calibration_expired',
  'cross_check',
  'flat',
  'attenuated',
  'spike',
  'rate',
  'clock',
]);

/** What the gateway shows of a channel, over some readings. */
export interface LiveValue {
  readonly shown: number;
  readonly n: number;
  /** The calibration that it was made with. */
  readonly by: Line | undefined;
}

/** The readings of one channel as they come, for whoever compares them with an instrument. */
export class LiveReadings {
  readonly #readings: Reading[] = [];
  #isFirst = false;
  #wake: () => void = () => {};

  /** @throws GatewayError as `listen` does. */
  static async of(client: Pick<GatewayClient, 'listen'>, device: string, channel: string): Promise<LiveReadings> {
    const live = new LiveReadings();
    await client.listen([`reading/${device}/${channel}`], ({ content }) => live.#add(content as Reading));
    return live;
  }

  #add(reading: Reading): void {
    if (typeof reading.value !== 'number') return;
    const isOfBefore = this.#isFirst && reading.start !== undefined && reading.stat !== 'sum';
    this.#isFirst = false;
    if (isOfBefore) return;
    if (!(reading.why ?? []).every((reason) => harmless.has(reason))) return;
    this.#readings.push(reading);
    this.#wake();
  }

  /** Forgets what came so far, and the mean that began before now: they are of another point. */
  clear(): void {
    this.#isFirst = true;
    this.#readings.length = 0;
  }

  /** How many there are. */
  get count(): number {
    return this.#readings.length;
  }

  /** Resolves when there are so many, or when the signal aborts. */
  async until(count: number, signal: AbortSignal): Promise<void> {
    while (this.#readings.length < count && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
    }
  }

  /**
   * The mean of what came, or the sum of what adds up. Only readings made with the newest calibration count: another
   * one may have come into force in between.
   */
  value(entries: readonly CalibrationEntry[], isSum: boolean): LiveValue | undefined {
    const calibration = this.#readings.at(-1)?.calibration;
    const own = this.#readings.filter((reading) => reading.calibration === calibration);
    const total = own.reduce((sum, { value }) => sum + Number(value), 0);
    if (own.length === 0) return undefined;
    const by = entries.find((entry) => entry.kind === 'calibration' && entry.id === calibration);
    if (calibration !== undefined && by?.kind !== 'calibration') return undefined;
    return {
      shown: isSum ? total : total / own.length,
      n: own.length,
      by: by?.kind === 'calibration' ? by : undefined,
    };
  }
}
