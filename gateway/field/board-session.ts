import { reasonOf } from '../model/errors.ts';
import { joinedReasons, worstQuality } from '../model/statistics.ts';
import type { Reason } from '../model/reading.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import type { Fields } from '../profiles/profile.ts';
import { Backoff, mostPortPauseMs } from './backoff.ts';
import { fiveBoard, startComponent, type FiveBoard, type Running } from './components.ts';
import { firmataI2c } from './firmata-i2c.ts';
import type { I2cBus } from './i2c-bus.ts';
import { nodeCommands, parseIdentity } from './node-protocol.ts';
import { normalise, type NormalisedValue } from './normalise/normalise.ts';
import { Sampling } from './normalise/sampling.ts';
import type { DevicePlan, FromChild } from './protocol.ts';
import { connectFirmata, nodeEvent, type Firmata } from './transports/firmata.ts';
import type { Link, LinkSource, OpenLink } from './transports/link.ts';

export interface BoardOptions {
  readonly source: LinkSource;
  readonly devices: readonly DevicePlan[];
  readonly open: OpenLink;
  readonly clock: Clock;
  readonly send: (message: FromChild) => void;
}

/** How often the board is asked who it is; that also tells it that somebody is there. */
const identityEveryMs = 5000;
/** A board that does not answer for so long is lost. */
const answerMs = 12_000;
/** How often analog channels are sampled. */
const samplingMs = 100;

interface Device {
  readonly plan: DevicePlan;
  readonly sampling: Sampling;
  running: Running;
  state: unknown;
  isUp: boolean;
}

/**
 * One life of one board, from opening the port to losing it. johnny-five can neither reconnect nor be destroyed, so
 * the process ends with the session and a new one begins anew.
 */
export class BoardSession {
  readonly #options: BoardOptions;
  readonly #devices: readonly Device[];
  #io: Firmata | undefined;
  #link: Link | undefined;
  #heardMono = 0;
  #openedMono = 0;
  /** Why the session was given up, where that is known better than from the link's end. */
  #why: string | undefined;

  constructor(options: BoardOptions) {
    this.#options = options;
    const startMono = options.clock.mono();
    this.#devices = options.devices.map((plan) => {
      return { plan, sampling: new Sampling(plan, startMono), running: {}, state: plan.state, isUp: false };
    });
  }

  /** Resolves with the reason when the board is lost. */
  async run(): Promise<string> {
    const { clock } = this.#options;
    const cancels: (() => void)[] = [];
    let why: string;
    try {
      const link = await this.#open();
      this.#link = link;
      const io = await connectFirmata(link, samplingMs);
      this.#io = io;
      this.#openedMono = this.#heardMono = clock.mono();
      this.#watchIdentity(link, io);
      await this.#startDevices(io);
      cancels.push(
        clock.every(1000, () => this.#poll()),
        clock.every(identityEveryMs, () => this.#askIdentity(link, io)),
      );
      io.sysexCommand([nodeCommands.identity]);
      const end = await link.ended;
      why = this.#why ?? end;
    } catch (error) {
      why = reasonOf(error);
    }
    for (const cancel of cancels) cancel();
    await this.#link?.close();
    for (const device of this.#devices) this.#tell(device, false, why);
    return why;
  }

  /** Tries until the port opens: up to there nothing of johnny-five is in the way of trying again. */
  async #open(): Promise<Link> {
    const { open, source, clock } = this.#options;
    const backoff = new Backoff(mostPortPauseMs);
    for (;;) {
      try {
        return await open(source);
      } catch (error) {
        for (const device of this.#devices) this.#tell(device, false, reasonOf(error));
        await sleep(clock, backoff.next());
      }
    }
  }

  /** Gives what fell due; call it a few times a second. */
  tick(): void {
    const mono = this.#options.clock.mono();
    for (const device of this.#devices) {
      device.running.tick?.(mono);
      this.#hand(device, device.sampling.tick(mono));
    }
  }

  setPaused(isPaused: boolean): void {
    if (isPaused) this.#link?.pause();
    else this.#link?.resume();
  }

  get devices(): readonly string[] {
    return this.#devices.map(({ plan }) => plan.device);
  }

  /** Switches an output. Resolves with why it could not be done. */
  async command(id: string, _name: string, value: boolean): Promise<string | undefined> {
    const device = this.#devices.find(({ plan }) => plan.device === id);
    if (!this.#io || !device?.running.set) return 'the board is not connected';
    device.running.set(value);
    return undefined;
  }

  async #startDevices(io: Firmata): Promise<void> {
    let board: Promise<FiveBoard> | undefined;
    const five = (): Promise<FiveBoard> => (board ??= fiveBoard(io));
    const { clock } = this.#options;
    let bus: I2cBus | undefined;
    const i2c = (): I2cBus => (bus ??= firmataI2c(io, clock));
    for (const device of this.#devices) {
      const { connect } = device.plan.setup.profile;
      if (connect.kind !== 'board') continue;
      device.running = await startComponent[connect.component](device.plan, {
        io,
        clock,
        five,
        i2c,
        askMs: () => device.sampling.askMs,
        heard: (fields, extra) => this.#heard(device, fields, extra),
        fault: (why) => this.#tell(device, false, why),
      });
    }
  }

  #heard(
    device: Device,
    fields: Fields,
    { doubt, state }: { readonly doubt?: Reason; readonly state?: unknown } = {},
  ): void {
    const mono = this.#options.clock.mono();
    const { setup } = device.plan;
    if (!device.isUp) this.#tell(device, true);
    const isWarmingUp = mono - this.#openedMono < setup.profile.warmUpMs;
    const values = normalise(setup, fields, { isWarmingUp });
    const samples = device.sampling.add(doubt ? values.map((value) => doubted(value, doubt)) : values, mono);
    // Samples of a period that ended before this moment go with the state of before it.
    this.#hand(device, samples);
    if (state !== undefined) device.state = state;
  }

  #hand({ plan, state }: Device, samples: ReturnType<Sampling['tick']>): void {
    if (samples.length === 0) return;
    this.#options.send({ kind: 'samples', device: plan.device, samples, ...(state === undefined ? {} : { state }) });
  }

  /** A board that was reset has forgotten what it was asked to do: the session ends, and the next one asks again. */
  #watchIdentity(link: Link, io: Firmata): void {
    let boot: number | undefined;
    io.on(nodeEvent(nodeCommands.identity), (bytes: readonly number[]) => {
      const identity = parseIdentity(bytes);
      if (!identity) return;
      this.#heardMono = this.#options.clock.mono();
      boot ??= identity.boot;
      if (identity.boot !== boot) this.#giveUp(link, 'the board was reset');
    });
  }

  #giveUp(link: Link, why: string): void {
    this.#why = why;
    void link.close();
  }

  #askIdentity(link: Link, io: Firmata): void {
    if (this.#options.clock.mono() - this.#heardMono > answerMs) this.#giveUp(link, 'the board does not answer');
    else io.sysexCommand([nodeCommands.identity]);
  }

  #poll(): void {
    for (const { running } of this.#devices) running.poll?.();
  }

  #tell(device: Device, isUp: boolean, why?: string): void {
    device.isUp = isUp;
    this.#options.send({ kind: 'link', device: device.plan.device, isUp, ...(why === undefined ? {} : { why }) });
  }
}

function doubted(value: NormalisedValue, reason: Reason): NormalisedValue {
  return { ...value, quality: worstQuality([value.quality, 'suspect']), why: joinedReasons([value.why, [reason]]) };
}
