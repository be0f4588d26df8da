import type { Sample } from '../../model/reading.ts';
import type { NormalisedValue } from './normalise.ts';
import { Window, type WindowPlan } from './window.ts';

/** How often a device is asked and how its values become samples. Times are milliseconds of the monotonic clock. */
export interface SamplingPlan extends Omit<WindowPlan, 'startMono'> {
  /** How often a device that does not send by itself is asked; `everyMs` when absent. */
  readonly sampleMs?: number;
}

/**
 * What becomes of the values of one device between the wire and the core. It has no clock: who calls says what time it
 * is, and the same calls give the same samples.
 */
export class Sampling {
  readonly #plan: SamplingPlan;
  readonly #window: Window;

  /** @param startMono - when the first period begins; the others follow in steps of `everyMs`. */
  constructor(plan: SamplingPlan, startMono: number) {
    this.#plan = plan;
    this.#window = new Window({ ...plan, startMono });
  }

  /** How long to wait between two questions to the device, as things stand. */
  get askMs(): number {
    return this.#plan.sampleMs ?? this.#plan.everyMs;
  }

  /** Takes the values of one moment; gives the samples that fell due before it. */
  add(values: readonly NormalisedValue[], mono: number): readonly Sample[] {
    return this.#window.add(values, mono);
  }

  /** Gives what fell due; call it a few times a second. */
  tick(mono: number): readonly Sample[] {
    return this.#window.tick(mono);
  }

  /** Gives what there is before its time: at the end of the process. */
  flush(mono: number): readonly Sample[] {
    return this.#window.flush(mono);
  }
}
