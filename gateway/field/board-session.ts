import { randomInt } from 'node:crypto';
import { reasonOf } from '../model/errors.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import { Backoff, mostPortPauseMs } from './backoff.ts';
import { BoardDevices } from './board-devices.ts';
import { numberOf } from './board-number.ts';
import { fiveBoard, startComponent, type FiveBoard } from './components.ts';
import { firmataI2c } from './firmata-i2c.ts';
import type { I2cBus } from './i2c-bus.ts';
import { nodeCommands, parseIdentity } from './node-protocol.ts';
import type { DevicePlan, FromChild } from './protocol.ts';
import { connectFirmata, nodeEvent, type Firmata } from './transports/firmata.ts';
import type { Link, LinkSource, OpenLink } from './transports/link.ts';

export interface BoardOptions {
  readonly source: LinkSource;
  readonly devices: readonly DevicePlan[];
  readonly open: OpenLink;
  readonly clock: Clock;
  readonly send: (message: FromChild) => void;
  /** Numbers for boards that have none: random whole numbers of 1..2^32-1. */
  readonly draw?: () => number;
}

/** How often the board is asked who it is; that also tells it that somebody is there. */
const identityEveryMs = 5000;
/** A board that does not answer for so long is lost. */
const answerMs = 12_000;
/** How often analog channels are sampled. */
const samplingMs = 100;

/**
 * One life of one board, from opening the port to losing it. johnny-five can neither reconnect nor be destroyed, so
 * the process ends with the session and a new one begins anew.
 */
export class BoardSession {
  readonly #options: BoardOptions;
  readonly #devices: BoardDevices;
  #io: Firmata | undefined;
  #link: Link | undefined;
  #heardMono = 0;
  /** Why the session was given up, where that is known better than from the link's end. */
  #why: string | undefined;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#devices = new BoardDevices(options);
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
      this.#heardMono = clock.mono();
      this.#watchIdentity(link, io);
      const { draw = () => randomInt(1, 2 ** 32) } = this.#options;
      await this.#startDevices(io, await numberOf(io, clock, draw));
      cancels.push(
        clock.every(1000, () => this.#devices.poll()),
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
    this.#devices.lost(why);
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
        this.#devices.lost(reasonOf(error));
        await sleep(clock, backoff.next());
      }
    }
  }

  /** Gives what fell due; call it a few times a second. */
  tick(): void {
    this.#devices.tick();
  }

  setPaused(isPaused: boolean): void {
    if (isPaused) this.#link?.pause();
    else this.#link?.resume();
  }

  get devices(): readonly string[] {
    return this.#devices.ids;
  }

  /** Switches an output. Resolves with why it could not be done. */
  async command(id: string, _name: string, value: boolean): Promise<string | undefined> {
    const running = this.#devices.running(id);
    if (!this.#io || !running?.set) return 'the board is not connected';
    running.set(value);
    return undefined;
  }

  async #startDevices(io: Firmata, number: number): Promise<void> {
    let board: Promise<FiveBoard> | undefined;
    const five = (): Promise<FiveBoard> => (board ??= fiveBoard(io));
    const { clock } = this.#options;
    let bus: I2cBus | undefined;
    const i2c = (): I2cBus => (bus ??= firmataI2c(io, clock));
    await this.#devices.start(({ plan, component, ...device }) =>
      startComponent[component](plan, { io, clock, number, five, i2c, ...device }),
    );
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
}
