import { quantityOf, type QuantityName } from '../model/quantity.ts';
import type { Reason, Sample, SampleTime } from '../model/reading.ts';
import type { ChannelChecks } from '../profiles/checks.ts';
import { AttenuatedTest } from './attenuated.ts';
import { FlatTest } from './flat.ts';
import { judgeRange } from './range.ts';
import { RateTest, SumRateTest } from './rate.ts';
import { judgeSaturated } from './saturated.ts';
import { SpikeTest } from './spike.ts';
import type { Finding, HistoryTest, Verdict } from './verdict.ts';
import { isUsable, worsened } from './worsen.ts';

/** After so many values in a row that are older than one before them, that one was wrong, and we go on from these. */
const mostLate = 8;
const leastSpikeMs = 600_000;
const spikePeriods = 10;

/** What the tests of one channel need to know. */
export interface ChannelPlan {
  readonly quantity: QuantityName;
  readonly checks: ChannelChecks;
  /** The longest time between two values; absent for a source that sends when it likes. */
  readonly everyMs?: number;
}

/**
 * The tests of one channel. Values are judged as they come; those that say themselves that they are bad, missing or
 * from a cold sensor are not compared with and not remembered, and neither is one that is older than the last.
 */
export class ChannelGate {
  readonly #plan: ChannelPlan;
  #tests: readonly HistoryTest[];
  #clock: 'mono' | 'sender' | undefined;
  #last = -Infinity;
  #late = 0;
  /** Angles are remembered without the jump from 360 to 0. */
  readonly #unwind: (degrees: number) => number;

  constructor(plan: ChannelPlan) {
    this.#plan = plan;
    this.#tests = historyTests(plan);
    this.#unwind = quantityOf(plan.quantity).aggregate === 'circular_mean' ? unwinder() : (value) => value;
  }

  /** @param today - `MM-DD` at this time and place; asked for only where there are seasons. */
  judge(sample: Sample, today: (time: SampleTime) => string | undefined): Sample {
    if (!isUsable(sample)) return sample;
    const { range, saturated } = this.#plan.checks;
    const value = Number(sample.value);
    const findings: Finding[] = [];
    const note = (verdict: Verdict, reason: Reason): void => {
      if (verdict !== 'pass') findings.push({ verdict, reason });
    };
    if (range) {
      const day = range.seasons.length > 0 ? today(sample.time) : undefined;
      note(judgeRange(range, value, day), 'range');
    }
    if (saturated) note(judgeSaturated(saturated, value), 'saturated');
    const isOdd = findings.some(({ verdict }) => verdict === 'bad') || sample.why?.includes('warm_up');
    if (this.#tests.length > 0 && !isOdd) this.#againstHistory(value, sample.time, note);
    return worsened(sample, findings);
  }

  #againstHistory(value: number, time: SampleTime, note: (verdict: Verdict, reason: Reason) => void): void {
    if (!this.#isNext(time)) {
      for (const { reason } of this.#tests) note('not_yet', reason);
      return;
    }
    const moment = { value: this.#unwind(value), ...momentOf(time) };
    for (const test of this.#tests) note(test.judge(moment), test.reason);
  }

  /** Whether a value comes after those before it. Two clocks cannot be compared. */
  #isNext(time: SampleTime): boolean {
    const clock = 'sender' in time ? 'sender' : 'mono';
    const { at } = momentOf(time);
    const isOtherClock = this.#clock !== undefined && clock !== this.#clock;
    if (!isOtherClock && at < this.#last && ++this.#late <= mostLate) return false;
    if (isOtherClock || at < this.#last) this.#tests = historyTests(this.#plan);
    this.#clock = clock;
    this.#last = at;
    this.#late = 0;
    return true;
  }
}

function momentOf(time: SampleTime): { readonly at: number; readonly start?: number } {
  const [at, start] = 'sender' in time ? [time.sender, time.startSender] : [time.mono, time.startMono];
  return start === undefined ? { at } : { at, start };
}

function historyTests({ quantity, checks, everyMs }: ChannelPlan): readonly HistoryTest[] {
  const { spike, rate, flat, attenuated } = checks;
  const { aggregate } = quantityOf(quantity);
  const withinMs = spike?.withinMs ?? Math.max(leastSpikeMs, spikePeriods * (everyMs ?? 0));
  const ofRate = aggregate === 'sum' || aggregate === 'count' ? SumRateTest : RateTest;
  return [
    ...(rate ? [new ofRate(rate)] : []),
    ...(spike ? [new SpikeTest(spike, withinMs)] : []),
    ...(flat ? [new FlatTest(flat, everyMs)] : []),
    ...(attenuated ? [new AttenuatedTest(attenuated, everyMs)] : []),
  ];
}

/** Goes on turning where an angle passes north: 350, 10 becomes 350, 370. */
function unwinder(): (degrees: number) => number {
  let last: number | undefined;
  return (degrees) => {
    const turns = last === undefined ? 0 : Math.round((last - degrees) / 360);
    last = degrees + 360 * turns;
    return last;
  };
}
