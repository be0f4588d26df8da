import { quantityOf, type Quantity } from '../../model/quantity.ts';
import type { Sample, Stat, Value } from '../../model/reading.ts';
import { joinedReasons, reductions, statistic, worstQuality, type Reduction } from '../../model/statistics.ts';
import { roundTo } from '../../model/unit.ts';
import type { Channel } from '../../profiles/profile.ts';
import type { Setup } from '../../profiles/setup.ts';
import type { NormalisedValue } from './normalise.ts';

/** How a device's values become samples. Times are milliseconds of the monotonic clock. */
export interface WindowPlan {
  readonly device: string;
  readonly setup: Setup;
  /** Length of a period. */
  readonly everyMs: number;
  /** The statistic for periods with more than one value; each quantity's own when absent. */
  readonly reduce?: Reduction;
  /** When the first period begins; the others follow in steps of `everyMs`. */
  readonly startMono: number;
}

/** One value of one channel, and when it was measured. */
interface Taken extends NormalisedValue {
  readonly mono: number;
}

/** In milliseconds since `startMono`, where edges are whole numbers and so stay exact. */
interface Period {
  readonly start: number;
  readonly end: number;
}

/** More values of one channel than this end its period early: a flooding sensor costs no more memory than that. */
export const maxTaken = 10_000;

/**
 * Collects the values of one device and gives one sample per channel and period. It has no clock: who calls says what
 * time it is, and the same calls give the same samples.
 *
 * A period with one value gives that value at its own time. One with more gives their statistic over the period; values
 * that are bad stay out of it, and if all are, the sample has no value and their reasons. A period without values gives
 * nothing.
 */
export class Window {
  readonly #plan: WindowPlan;
  readonly #taken = new Map<string, Taken[]>();
  /** When the last sum of a channel ended: the next one begins there. */
  readonly #ends = new Map<string, number>();
  #everyMs: number;
  #period: Period;

  constructor(plan: WindowPlan) {
    this.#plan = plan;
    this.#everyMs = plan.everyMs;
    this.#period = { start: 0, end: plan.everyMs };
  }

  /** When `tick` should be called next. */
  get dueMono(): number {
    return this.#plan.startMono + this.#period.end;
  }

  /**
   * Makes periods shorter or longer from now on. The edges of each length are on a grid that begins at `startMono`; the
   * period that is under way ends at the next edge, and the following one begins there. Call `tick` before.
   */
  pace(everyMs: number, mono: number): void {
    if (everyMs === this.#everyMs) return;
    this.#everyMs = everyMs;
    const { start, end } = this.#period;
    this.#period = { start, end: Math.min(end, this.#edgeAfter(mono - this.#plan.startMono)) };
  }

  /** Takes the values of one moment; gives the samples of a period that ended before it. */
  add(values: readonly NormalisedValue[], mono: number): readonly Sample[] {
    const samples = [...this.tick(mono)];
    // Values of two calibrations do not belong into one statistic.
    if (values.some((value) => this.#isOtherwiseCalibrated(value))) samples.push(...this.flush(mono));
    for (const value of values) {
      const taken = this.#taken.get(value.channel) ?? [];
      taken.push({ ...value, mono });
      this.#taken.set(value.channel, taken);
    }
    const isFull = values.some(({ channel }) => (this.#taken.get(channel)?.length ?? 0) >= maxTaken);
    return isFull ? [...samples, ...this.flush(mono)] : samples;
  }

  #isOtherwiseCalibrated({ channel, calibration }: NormalisedValue): boolean {
    const last = this.#taken.get(channel)?.at(-1);
    return last !== undefined && last.calibration !== calibration;
  }

  /** Gives the samples of a period that has ended by now. */
  tick(mono: number): readonly Sample[] {
    const { start, end } = this.#period;
    const now = mono - this.#plan.startMono;
    if (now < end) return [];
    const samples = this.#close({ start, end });
    const begun = Math.max(end, this.#edgeAfter(now) - this.#everyMs);
    this.#period = { start: begun, end: this.#edgeAfter(begun) };
    return samples;
  }

  /** Gives what there is before its time: at the end of the process, or when a sensor floods. */
  flush(mono: number): readonly Sample[] {
    const { start, end } = this.#period;
    const now = mono - this.#plan.startMono;
    if (now >= end) return this.tick(mono);
    const samples = this.#close({ start, end: now });
    this.#period = { start: now, end };
    return samples;
  }

  /** The first edge of the grid after a moment. */
  #edgeAfter(moment: number): number {
    return (Math.floor(moment / this.#everyMs) + 1) * this.#everyMs;
  }

  #close(period: Period): readonly Sample[] {
    const samples = [...this.#taken.values()].flatMap((taken) => this.#sampleOf(taken, period));
    this.#taken.clear();
    return samples;
  }

  #sampleOf(taken: readonly Taken[], period: Period): Sample[] {
    const [first] = taken;
    const channel = first && this.#plan.setup.profile.channels[first.channel];
    if (!channel) return [];
    const { device, reduce, startMono } = this.#plan;
    if (channel.stat) return [this.#carriedOn(taken, channel, channel.stat)];
    if (taken.length === 1) {
      const { mono, ...value } = first;
      return [{ device, ...value, time: { mono } }];
    }
    const summary = summarise(taken, reductionFor(quantityOf(channel.quantity), reduce), channel);
    return [
      {
        device,
        channel: first.channel,
        ...summary,
        time: { mono: startMono + period.end, startMono: startMono + period.start },
      },
    ];
  }

  /** Values that are statistics since the last reading, such as rain: their intervals follow each other without a gap. */
  #carriedOn(taken: readonly Taken[], channel: Channel, stat: Reduction): Sample {
    const { channel: name = '', mono = 0 } = taken.at(-1) ?? {};
    const startMono = this.#ends.get(name);
    this.#ends.set(name, mono);
    const time = startMono === undefined ? { mono } : { mono, startMono };
    return { device: this.#plan.device, channel: name, ...summarise(taken, stat, channel), time };
  }
}

const isReduction = (stat: Stat): stat is Reduction => reductions.some((reduction) => reduction === stat);

/** States have no mean: the last one stands for the period, unless one asks if it was ever (max) or always (min) on. */
function reductionFor({ kind, aggregate }: Quantity, wanted: Reduction | undefined): Reduction {
  if (kind === 'string') return 'last';
  if (kind === 'boolean') return wanted === 'min' || wanted === 'max' ? wanted : 'last';
  if (wanted) return wanted;
  return isReduction(aggregate) ? aggregate : 'mean'; // single values have no weights
}

type Summary = Pick<Sample, 'value' | 'quality' | 'why' | 'stat' | 'n' | 'calibration'>;

const isUsable = ({ value, quality }: Taken): boolean => value !== null && quality !== 'bad' && quality !== 'missing';

function summarise(taken: readonly Taken[], stat: Reduction, channel: Channel): Summary {
  const usable = taken.filter(isUsable);
  const n = usable.length;
  const [only] = taken;
  const by = only?.calibration === undefined ? {} : { calibration: only.calibration };
  if (only && taken.length === 1) return { value: only.value, ...trust([only]), stat, n, ...by };
  const value = combined(usable, stat, channel);
  // A part that is left out makes a sum too small, which a mean does not show.
  const leftOut = stat === 'sum' && n < taken.length ? taken.map(({ why = [] }) => ({ ...suspect, why })) : [];
  const noResult = n > 0 && value === null ? [undecodable] : [];
  return { value, ...trust([...(n > 0 ? usable : taken), ...leftOut, ...noResult]), stat, n, ...by };
}

type Trust = Pick<NormalisedValue, 'quality' | 'why'>;

const suspect: Trust = { quality: 'suspect' };
const undecodable: Trust = { quality: 'bad', why: ['decode'] };

/** How far a summary may be trusted: no further than the least of what it was made of. */
function trust(parts: readonly Trust[]): Trust {
  const why = joinedReasons(parts.map((part) => part.why));
  return { quality: worstQuality(parts.map(({ quality }) => quality)), ...(why.length > 0 ? { why } : {}) };
}

function combined(taken: readonly Taken[], stat: Reduction, { quantity, resolution }: Channel): Value {
  const { kind } = quantityOf(quantity);
  const last = taken.at(-1)?.value ?? null;
  if (last === null || kind === 'string') return last;
  const result = statistic(
    stat,
    taken.map(({ value }) => Number(value)),
  );
  if (kind === 'boolean') return result === 1;
  return Number.isFinite(result) ? roundTo(result, resolution) : null;
}
