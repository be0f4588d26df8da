import type { DeviceStatus } from '../model/device.ts';
import { reasonOf } from '../model/errors.ts';
import type { Sample } from '../model/reading.ts';
import { joinedReasons } from '../model/statistics.ts';
import type { Clock } from '../platform/clock.ts';
import type { Timekeeper } from './timekeeper.ts';

/** Somebody works at a device. */
export interface ServiceOrder {
  readonly device: string;
  readonly forMs: number;
  readonly by?: string;
}

/** A service as it is kept over a restart. Unix milliseconds. */
export interface KeptService {
  readonly device: string;
  readonly since: number;
  readonly until: number;
  readonly by?: string;
}

/** Monotonic milliseconds. `end` is when it ends by itself, or has ended. */
interface Span {
  readonly start: number;
  end: number;
  readonly since: number;
  readonly by: string | undefined;
  isOver: boolean;
}

export interface MaintenanceOptions {
  readonly clock: Pick<Clock, 'mono'>;
  readonly timekeeper: Pick<Timekeeper, 'at' | 'now'>;
  readonly kept: readonly KeptService[];
  /** Resolves when all services that run are on disk. */
  readonly keep: (services: readonly KeptService[]) => Promise<void>;
  /** A device is in service now, or is not any more. */
  readonly onChange: (device: string, isInService: boolean) => void;
}

/** A service is forgotten at some time; nobody pours water into a gauge for longer than a day. */
export const longestServiceMs = 86_400_000;
export const usualServiceMs = 30 * 60_000;

/**
 * Which devices somebody works at. What they measure meanwhile is not what is there: it is kept, but bad. A service
 * ends by itself, on the monotonic clock; after a restart what is left of it is what the wall clock says, and never
 * more than was asked for.
 */
export class Maintenance {
  readonly #options: MaintenanceOptions;
  readonly #spans = new Map<string, Span>();
  /** When the last sum of each channel was taken: the next one holds everything since. */
  readonly #sums = new Map<string, number>();

  constructor(options: MaintenanceOptions) {
    this.#options = options;
    const { clock, timekeeper, kept } = options;
    const [mono, now] = [clock.mono(), timekeeper.now()];
    for (const { device, since, until, by } of kept) {
      const left = Math.min(until - now, until - since, longestServiceMs);
      if (left > 0) this.#spans.set(device, { start: mono, end: mono + left, since, by, isOver: false });
    }
  }

  /** What is said of a device in service, in place of how it is otherwise. */
  statusOf(device: string): (DeviceStatus & { readonly until: number }) | undefined {
    const span = this.#running(device);
    if (!span) return undefined;
    const until = this.#options.timekeeper.at(span.end);
    const whom = span.by === undefined ? '' : ` (${span.by})`;
    return {
      state: 'service',
      since: span.since,
      until,
      why: `in service until ${new Date(until).toISOString()}${whom}`,
    };
  }

  /**
   * Begins a service, or gives one that runs another end. Resolves to its end, Unix milliseconds, when that is kept.
   *
   * @throws Error when it cannot be kept; then everything is as before.
   */
  async begin({ device, forMs, by }: ServiceOrder): Promise<number> {
    const { clock, timekeeper } = this.#options;
    const mono = clock.mono();
    const before = this.#running(device);
    const end = mono + Math.min(forMs, longestServiceMs);
    const since = before?.since ?? timekeeper.now();
    this.#spans.set(device, { start: before?.start ?? mono, end, since, by: by ?? before?.by, isOver: false });
    this.#options.onChange(device, true);
    await this.#keep(() => {
      if (before) this.#spans.set(device, before);
      else this.#spans.delete(device);
      this.#options.onChange(device, before !== undefined);
    });
    return timekeeper.at(end);
  }

  /** Ends a service before its time. Resolves to whether there was one. @throws Error when that cannot be kept. */
  async end(device: string): Promise<boolean> {
    const span = this.#running(device);
    if (!span) return false;
    this.#close(device, span, this.#options.clock.mono());
    await this.#keep(() => {});
    return true;
  }

  /** Lets what has run out end. */
  tick(): void {
    const mono = this.#options.clock.mono();
    const ended = [...this.#spans].filter(([, span]) => !span.isOver && span.end <= mono);
    for (const [device, span] of ended) this.#close(device, span, span.end);
    // What is on disk names its own end, so it does no harm where this fails.
    if (ended.length > 0) this.#options.keep(this.#services()).catch(() => {});
  }

  /**
   * A sample that was taken while somebody worked at its device, wholly or in part, is bad; its value is kept. What is
   * missing stays missing.
   */
  mark(sample: Sample): Sample {
    const isTouched = this.#touches(sample);
    if (sample.stat === 'sum' && 'mono' in sample.time) this.#sums.set(keyOf(sample), sample.time.mono);
    if (!isTouched) return sample;
    const quality = sample.quality === 'missing' ? 'missing' : 'bad';
    return { ...sample, quality, why: joinedReasons([sample.why, ['maintenance']]) };
  }

  #touches(sample: Sample): boolean {
    const { device, stat, time } = sample;
    const span = this.#spans.get(device);
    if (!span) return false;
    if ('mono' in time) {
      const begins = time.startMono ?? (stat === 'sum' ? this.#sums.get(keyOf(sample)) : undefined) ?? time.mono;
      return time.mono >= span.start && begins <= span.end;
    }
    // Whoever sends while somebody works at the device may have a clock of its own that is wrong.
    if (this.#running(device)) return true;
    const { timekeeper } = this.#options;
    return time.sender >= timekeeper.at(span.start) && (time.startSender ?? time.sender) <= timekeeper.at(span.end);
  }

  #running(device: string): Span | undefined {
    const span = this.#spans.get(device);
    return span && !span.isOver && span.end > this.#options.clock.mono() ? span : undefined;
  }

  #close(device: string, span: Span, end: number): void {
    span.end = end;
    span.isOver = true;
    this.#options.onChange(device, false);
  }

  #services(): readonly KeptService[] {
    const running = [...this.#spans].filter(([device]) => this.#running(device));
    return running.map(([device, { since, end, by }]) => {
      const until = this.#options.timekeeper.at(end);
      // One that was given more time again and again may run for longer than a single one may.
      const keptSince = Math.max(since, until - longestServiceMs);
      return { device, since: keptSince, until, ...(by === undefined ? {} : { by }) };
    });
  }

  async #keep(undo: () => void): Promise<void> {
    try {
      await this.#options.keep(this.#services());
    } catch (error) {
      undo();
      throw new Error(`it cannot be kept: ${reasonOf(error)}`, { cause: error });
    }
  }
}

const keyOf = ({ device, channel }: Sample): string => `${device}/${channel}`;
