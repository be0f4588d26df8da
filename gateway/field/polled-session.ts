import { reasonOf } from '../model/errors.ts';
import type { Sample } from '../model/reading.ts';
import type { Clock } from '../platform/clock.ts';
import type { Fields } from '../profiles/grammar.ts';
import { Cadence } from './cadence.ts';
import { normalise } from './normalise/normalise.ts';
import { Sampling } from './normalise/sampling.ts';
import type { DevicePlan, FromChild } from './protocol.ts';

export interface PolledOptions {
  readonly device: DevicePlan;
  readonly clock: Clock;
  readonly send: (message: FromChild) => void;
  /** Asks the device once; rejects, with words for people, when it is not there. */
  readonly ask: () => Promise<Fields>;
}

/** A device that this machine reads by itself: asked once a period, never while it has not answered. */
export class PolledSession {
  readonly #options: PolledOptions;
  readonly #sampling: Sampling;
  readonly #cadence = new Cadence();
  readonly #startedMono: number;
  #isAsking = false;
  #isPaused = false;
  #link: string | undefined;

  constructor(options: PolledOptions) {
    this.#options = options;
    this.#startedMono = options.clock.mono();
    this.#sampling = new Sampling(options.device, this.#startedMono);
  }

  /** Gives what fell due and asks when it is time; call it a few times a second. */
  tick(): void {
    const mono = this.#options.clock.mono();
    this.#hand(this.#sampling.tick(mono));
    if (this.#isAsking || this.#isPaused || !this.#cadence.isDue(mono, this.#sampling.askMs)) return;
    this.#isAsking = true;
    void this.#ask().finally(() => {
      this.#isAsking = false;
    });
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  async #ask(): Promise<void> {
    const { ask, clock, device } = this.#options;
    let fields: Fields;
    try {
      fields = await ask();
    } catch (error) {
      this.#tell(reasonOf(error));
      return;
    }
    this.#tell(undefined);
    const mono = clock.mono();
    const isWarmingUp = mono - this.#startedMono < device.setup.profile.warmUpMs;
    this.#hand(this.#sampling.add(normalise(device.setup, fields, { isWarmingUp }), mono));
  }

  /** Tells the state of the link when it changes, or when the reason does. */
  #tell(why: string | undefined): void {
    const link = why ?? '';
    if (link === this.#link) return;
    this.#link = link;
    const { device } = this.#options.device;
    const isUp = why === undefined;
    this.#options.send({ kind: 'link', device, isUp, ...(isUp ? {} : { why }) });
  }

  #hand(samples: readonly Sample[]): void {
    const { device } = this.#options.device;
    if (samples.length > 0) this.#options.send({ kind: 'samples', device, samples });
  }
}
