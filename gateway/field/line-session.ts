import { reasonOf } from '../model/errors.ts';
import type { Sample } from '../model/reading.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import { Backoff, mostPortPauseMs } from './backoff.ts';
import { createDecoder, isStreamGrammar } from './decode/registry.ts';
import { normalise } from './normalise/normalise.ts';
import { Sampling } from './normalise/sampling.ts';
import type { DevicePlan, FromChild } from './protocol.ts';
import type { Link, LinkSource, OpenLink } from './transports/link.ts';

export interface LineOptions {
  readonly source: LinkSource;
  readonly device: DevicePlan;
  readonly open: OpenLink;
  readonly clock: Clock;
  readonly send: (message: FromChild) => void;
}

/** A device that sends nothing understandable for so long, or three periods, is taken as lost and its port reopened. */
const leastSilenceMs = 15_000;
/** Garbage is told so often at most. */
const garbagePauseMs = 1000;
/** What arrives in one piece goes to the core in one message, since a message costs more than a sample; up to so many. */
const mostInOneMessage = 250;

/**
 * Reads one serial device for ever: opens its port, decodes, and when the cable is pulled, the device falls silent or
 * only garbage comes, says so and tries again.
 */
export class LineSession {
  readonly #options: LineOptions;
  readonly #sampling: Sampling;
  readonly #backoff = new Backoff(mostPortPauseMs);
  #link: Link | undefined;
  #isPaused = false;
  #openedMono = 0;
  #heardMono = 0;
  #toldGarbageMono = Number.NEGATIVE_INFINITY;
  #isUp = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#sampling = new Sampling(options.device, options.clock.mono());
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, source, open } = this.#options;
    while (!signal.aborted) {
      try {
        const link = await open(source);
        await this.#listen(link, signal);
      } catch (error) {
        this.#tell(false, reasonOf(error));
      }
      if (!signal.aborted) await sleep(clock, this.#backoff.next(), signal);
    }
  }

  /** Gives what fell due; call it a few times a second. */
  tick(): void {
    this.#hand(this.#sampling.tick(this.#options.clock.mono()));
    const silenceMs = Math.max(leastSilenceMs, 3 * this.#options.device.setup.profile.minEveryMs);
    if (this.#link && this.#options.clock.mono() - this.#heardMono > silenceMs) {
      this.#tell(false, `nothing understandable came for ${Math.round(silenceMs / 1000)} s`);
      void this.#link.close();
    }
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#link?.pause();
    else this.#link?.resume();
  }

  async #listen(link: Link, signal: AbortSignal): Promise<void> {
    const { clock, device } = this.#options;
    const { decode } = device.setup.profile;
    if (!isStreamGrammar(decode)) throw new Error(`${device.setup.profile.id} has no frames`);
    const decoder = createDecoder(decode);
    this.#link = link;
    this.#openedMono = this.#heardMono = clock.mono();
    if (this.#isPaused) link.pause();
    link.onData((bytes) => {
      let samples: Sample[] = [];
      for (const decoded of decoder.push(bytes)) {
        if (decoded.ok) samples.push(...this.#heard(decoded.fields));
        else this.#garbage(decoded.why, decoded.bytes, decoded.skipped);
        if (samples.length < mostInOneMessage) continue;
        this.#hand(samples);
        samples = [];
      }
      this.#hand(samples);
    });
    const close = (): void => void link.close();
    signal.addEventListener('abort', close, { once: true });
    const why = await link.ended;
    signal.removeEventListener('abort', close);
    this.#link = undefined;
    this.#sampling.lost();
    if (this.#isUp) this.#tell(false, why);
  }

  #heard(fields: Parameters<typeof normalise>[1]): readonly Sample[] {
    const { clock, device } = this.#options;
    const mono = clock.mono();
    this.#heardMono = mono;
    this.#backoff.succeeded();
    if (!this.#isUp) this.#tell(true);
    const isWarmingUp = mono - this.#openedMono < device.setup.profile.warmUpMs;
    return this.#sampling.add(normalise(device.setup, fields, { isWarmingUp }), mono);
  }

  #garbage(why: string, bytes: Uint8Array, skipped: number): void {
    const { clock, device, send } = this.#options;
    if (clock.mono() - this.#toldGarbageMono < garbagePauseMs) return;
    this.#toldGarbageMono = clock.mono();
    send({ kind: 'garbage', device: device.device, why, bytes, skipped });
  }

  #hand(samples: readonly Sample[]): void {
    if (samples.length > 0) this.#options.send({ kind: 'samples', device: this.#options.device.device, samples });
  }

  #tell(isUp: boolean, why?: string): void {
    this.#isUp = isUp;
    this.#options.send({
      kind: 'link',
      device: this.#options.device.device,
      isUp,
      ...(why === undefined ? {} : { why }),
    });
  }
}
