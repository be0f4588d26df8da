import { reasonOf } from '../model/errors.ts';
import type { Sample } from '../model/reading.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import type { Fields } from '../profiles/grammar.ts';
import { Asker, mostUnanswered } from './asker.ts';
import { Backoff, mostPortPauseMs } from './backoff.ts';
import type { Packet } from './decode/decoder.ts';
import { utcIn } from './decode/nmea.ts';
import { createDecoder, isStreamGrammar } from './decode/registry.ts';
import { localClock } from './normalise/local-time.ts';
import { normalise } from './normalise/normalise.ts';
import { packetSamples, type LoggerPlan } from './normalise/packet.ts';
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
/** A receiver that knows the time is heard so often at most. */
const timePauseMs = 10_000;
/** Packets whose readings are not kept yet; their device sends older ones again. */
const mostUnkept = 1000;
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
  #asker: Asker | undefined;
  #toldTimeMono = Number.NEGATIVE_INFINITY;
  /** What to do when the samples of a receipt are kept. */
  readonly #unkept = new Map<number, () => void>();
  #lastReceipt = 0;
  readonly #logger: LoggerPlan | undefined;

  constructor(options: LineOptions) {
    const { device, clock } = options;
    this.#options = options;
    this.#sampling = new Sampling(device, clock.mono());
    this.#logger = loggerPlan(device);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, source, open } = this.#options;
    while (!signal.aborted) {
      try {
        if (source.kind === 'listen') this.#tell(false, `waiting for the device to dial port ${source.port}`);
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
    const mono = this.#options.clock.mono();
    this.#hand(this.#sampling.tick(mono));
    if (!this.#link || this.#isPaused) return;
    const why = this.#lostBecause(mono);
    if (why === undefined) return;
    this.#tell(false, why);
    void this.#link.close();
  }

  /** Sends what the device has to be sent by now; tells why it is taken as lost, if so. */
  #lostBecause(mono: number): string | undefined {
    const { setup, everyMs } = this.#options.device;
    const { connect, minEveryMs } = setup.profile;
    if (this.#asker?.tick(mono)) return `it let ${mostUnanswered} questions go unanswered`;
    if (connect.kind === 'serial' && connect.ask) return undefined;
    const silenceMs = Math.max(leastSilenceMs, 3 * (this.#logger ? everyMs : minEveryMs));
    if (mono - this.#heardMono <= silenceMs) return undefined;
    return `nothing understandable came for ${Math.round(silenceMs / 1000)} s`;
  }

  /** Whether the samples of a receipt are durable: their device may have its answer. */
  kept(receipt: number, isKept: boolean): void {
    if (isKept) this.#unkept.get(receipt)?.();
    this.#unkept.delete(receipt);
  }

  setPaused(isPaused: boolean): void {
    if (this.#isPaused && !isPaused) this.#heardMono = this.#options.clock.mono();
    this.#isPaused = isPaused;
    if (isPaused) this.#link?.pause();
    else this.#link?.resume();
  }

  async #listen(link: Link, signal: AbortSignal): Promise<void> {
    const { clock, device } = this.#options;
    const { decode, connect } = device.setup.profile;
    if (!isStreamGrammar(decode) || connect.kind !== 'serial')
      throw new Error(`${device.setup.profile.id} has no frames`);
    const decoder = createDecoder(decode);
    this.#link = link;
    this.#openedMono = this.#heardMono = clock.mono();
    if (this.#isPaused) link.pause();
    const write = (bytes: Uint8Array): void => {
      if (link === this.#link) link.write(bytes);
    };
    this.#asker = new Asker(connect, { write, askMs: () => this.#sampling.askMs, mono: clock.mono() });
    link.onData((bytes) => {
      let samples: Sample[] = [];
      for (const decoded of decoder.push(bytes)) {
        if (decoded.ok && decoded.packet) this.#takePacket(decoded.fields, decoded.packet, write);
        else if (decoded.ok) samples.push(...this.#heard(decoded.fields));
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
    this.#asker = undefined;
    if (this.#isUp) this.#tell(false, why);
  }

  #isThere(mono: number): void {
    this.#heardMono = mono;
    this.#asker?.answered();
    this.#backoff.succeeded();
    if (!this.#isUp) this.#tell(true);
  }

  #heard(fields: Fields): readonly Sample[] {
    const { clock, device } = this.#options;
    const mono = clock.mono();
    this.#isThere(mono);
    this.#tellTime(fields, mono);
    const isWarmingUp = mono - this.#openedMono < device.setup.profile.warmUpMs;
    return this.#sampling.add(normalise(device.setup, fields, { isWarmingUp }), mono);
  }

  /** A packet is told as it is, and answered when its readings are kept; one without readings at once. */
  #takePacket(fields: Fields, packet: Packet, write: (bytes: Uint8Array) => void): void {
    const { clock, device, send } = this.#options;
    const { key, answer } = packet;
    const mono = clock.mono();
    this.#isThere(mono);
    const samples = this.#logger ? packetSamples(this.#logger, fields, packet, mono) : [];
    const reply = (): void => {
      if (answer) write(answer);
    };
    if (samples.length === 0) {
      reply();
      return;
    }
    const receipt = ++this.#lastReceipt;
    this.#unkept.set(receipt, reply);
    this.#unkept.delete(receipt - mostUnkept);
    const sent = { receipt, ...(key === undefined ? {} : { key }) };
    send({ kind: 'samples', device: device.device, samples, packet: sent });
  }

  #tellTime(fields: Fields, mono: number): void {
    const { device, send } = this.#options;
    const { decode } = device.setup.profile;
    if (decode.kind !== 'nmea' || mono - this.#toldTimeMono < timePauseMs) return;
    const utc = utcIn(decode.fields, fields);
    if (utc === undefined) return;
    this.#toldTimeMono = mono;
    send({ kind: 'time', device: device.device, utcMs: Math.round(utc * 1000), mono });
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

/** How packets of a data logger are read; `undefined` for other devices. */
function loggerPlan({ device, setup, everyMs, timeZone = 'UTC' }: DevicePlan): LoggerPlan | undefined {
  const { decode } = setup.profile;
  return decode.kind === 'hj212' ? { device, setup, grammar: decode, everyMs, clock: localClock(timeZone) } : undefined;
}
