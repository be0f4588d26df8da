import type { Sample } from '../../model/reading.ts';
import type { AlarmLimit, Burst, DeadBand } from '../../model/sampling.ts';
import { BurstWatch } from './burst.ts';
import { DeadBandFilter } from './dead-band.ts';
import { Dwell } from './dwell.ts';
import type { NormalisedValue } from './normalise.ts';
import { Window, type WindowPlan } from './window.ts';

/** How often a device is asked and how its values become samples. Times are milliseconds of the monotonic clock. */
export interface SamplingPlan extends Omit<WindowPlan, 'startMono'> {
  /** How often a device that does not send by itself is asked; `everyMs` when absent. */
  readonly sampleMs?: number;
  readonly burst?: Burst;
  readonly deadBand?: DeadBand;
  /** By channel: a burst begins near them, and no dead band hides that one is passed. */
  readonly alarmLimits?: Readonly<Record<string, readonly AlarmLimit[]>>;
}

/**
 * What becomes of the values of one device between the wire and the core: states must hold, periods are reduced to one
 * sample, faster in a burst, and what says nothing new is kept back. It has no clock: who calls says what time it is,
 * and the same calls give the same samples.
 */
export class Sampling {
  readonly #plan: SamplingPlan;
  readonly #dwell: Dwell;
  readonly #window: Window;
  readonly #burst: BurstWatch | undefined;
  readonly #deadBand: DeadBandFilter | undefined;
  #everyMs: number;

  /** @param startMono - when the first period begins; the others follow in steps of `everyMs`. */
  constructor(plan: SamplingPlan, startMono: number) {
    const { setup, everyMs, burst, deadBand, alarmLimits } = plan;
    const limits = alarmLimits ? { alarmLimits } : {};
    this.#plan = plan;
    this.#everyMs = everyMs;
    this.#dwell = new Dwell(setup);
    this.#window = new Window({ ...plan, startMono });
    this.#burst = burst && new BurstWatch({ ...burst, ...limits, setup, usualMs: everyMs });
    this.#deadBand = deadBand && new DeadBandFilter({ ...deadBand, ...limits });
  }

  /** How long to wait between two questions to the device, as things stand. */
  get askMs(): number {
    return Math.min(this.#plan.sampleMs ?? this.#plan.everyMs, this.#everyMs);
  }

  /** Takes the values of one moment; gives the samples that fell due before it. */
  add(values: readonly NormalisedValue[], mono: number): readonly Sample[] {
    const samples = this.#catchUp(mono);
    this.#burst?.heard(values, mono);
    this.#pace(mono);
    return [...samples, ...this.#judged(this.#window.add(this.#dwell.take(values, mono), mono), mono)];
  }

  /** Gives what fell due; call it a few times a second. */
  tick(mono: number): readonly Sample[] {
    return [...this.#catchUp(mono), ...(this.#deadBand?.due(mono) ?? [])];
  }

  /** Ends a period before its time: the device has said all that it was asked for in it. */
  endPeriod(mono: number): readonly Sample[] {
    return [...this.#catchUp(mono), ...this.#judged(this.#window.flush(mono), mono)];
  }

  /** The device was lost: a change of a state that had begun to hold is forgotten. */
  lost(): void {
    this.#dwell.forget();
  }

  /** What happened up to now, in its order: states that came to count, and periods that ended. */
  #catchUp(mono: number): readonly Sample[] {
    const samples = this.#dwell
      .due(mono)
      .flatMap((moment) => this.#judged(this.#window.add(moment.values, moment.mono), moment.mono));
    const ended = this.#judged(this.#window.tick(mono), mono);
    this.#pace(mono);
    return [...samples, ...ended];
  }

  #judged(samples: readonly Sample[], mono: number): readonly Sample[] {
    if (samples.length === 0) return samples;
    this.#burst?.published(samples);
    return this.#deadBand ? this.#deadBand.pass(samples, mono) : samples;
  }

  #pace(mono: number): void {
    if (!this.#burst) return;
    this.#everyMs = this.#burst.everyMs(mono);
    this.#window.pace(this.#everyMs, mono);
  }
}
