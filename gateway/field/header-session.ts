import { reasonOf } from '../model/errors.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import { Backoff, mostPortPauseMs } from './backoff.ts';
import { BoardDevices } from './board-devices.ts';
import { noNumber } from './board-number.ts';
import { fiveBoard, type FiveBoard } from './components.ts';
import { startOnHeader } from './header-components.ts';
import type { I2cBus } from './i2c-bus.ts';
import type { DevicePlan, FromChild } from './protocol.ts';
import { GpioChip } from './transports/linux/gpio-chip.ts';
import { GpioIo } from './transports/linux/gpio-io.ts';
import { LinuxI2cBus } from './transports/linux/i2c.ts';
import type { Syscalls } from './transports/linux/syscalls.ts';

export interface HeaderOptions {
  /** Label of the GPIO chip, or `auto`. */
  readonly label: string;
  readonly devices: readonly DevicePlan[];
  readonly clock: Clock;
  readonly send: (message: FromChild) => void;
  /** Loads the edge to the kernel, or says why there is none. */
  readonly calls: () => Promise<Syscalls>;
  /** For how long the core has said nothing, milliseconds. */
  readonly coreSilentMs: () => number;
}

/** This machine's own GPIO header and its I2C bus as a board, from opening the chip to losing it. */
export class HeaderSession {
  readonly #options: HeaderOptions;
  readonly #devices: BoardDevices;
  #isOpen = false;

  constructor(options: HeaderOptions) {
    this.#options = options;
    this.#devices = new BoardDevices(options);
  }

  /** Resolves with the reason when the chip is gone. */
  async run(): Promise<string> {
    const { clock, calls: load } = this.#options;
    const { chip, calls } = await this.#open(load);
    let bus: LinuxI2cBus | undefined;
    const i2c = (): I2cBus => (bus ??= new LinuxI2cBus(calls));
    const io = new GpioIo(chip, { i2c, clock });
    io.on('error', () => {
      // Whoever asked for what cannot be done has heard it from the chip.
    });
    this.#isOpen = true;
    await this.#startDevices({ chip, io, i2c });
    const cancel = clock.every(1000, () => this.#devices.poll());
    const why = await chip.ended;
    this.#isOpen = false;
    cancel();
    io.stop();
    await bus?.close();
    this.#devices.lost(why);
    return why;
  }

  /** Tries until the chip is there: it may come with a driver that loads later. */
  async #open(load: () => Promise<Syscalls>): Promise<{ readonly chip: GpioChip; readonly calls: Syscalls }> {
    const { clock, label } = this.#options;
    const backoff = new Backoff(mostPortPauseMs);
    for (;;) {
      try {
        const calls = await load();
        return { calls, chip: new GpioChip(calls, label) };
      } catch (error) {
        this.#devices.lost(reasonOf(error));
        await sleep(clock, backoff.next());
      }
    }
  }

  async #startDevices(on: { readonly chip: GpioChip; readonly io: GpioIo; readonly i2c: () => I2cBus }): Promise<void> {
    const { clock, coreSilentMs } = this.#options;
    let board: Promise<FiveBoard> | undefined;
    const five = (): Promise<FiveBoard> => (board ??= fiveBoard(on.io));
    await this.#devices.start(async ({ plan, component, ...device }) => {
      try {
        const begin = startOnHeader[component];
        if (!begin) throw new Error(`a Raspberry Pi header has no \`${component}\``);
        return await begin(plan, { ...on, clock, number: noNumber, five, coreSilentMs, ...device });
      } catch (error) {
        // One pin that is taken takes only its own device away.
        device.fault(reasonOf(error));
        return {};
      }
    });
  }

  /** Gives what fell due; call it a few times a second. */
  tick(): void {
    this.#devices.tick();
  }

  /** The kernel keeps a thousand edges of each line meanwhile. */
  setPaused(): void {
    // Nothing floods here: what is heard is asked for, or counted.
  }

  get devices(): readonly string[] {
    return this.#devices.ids;
  }

  /** Switches an output. Resolves with why it could not be done. */
  async command(id: string, _name: string, value: boolean): Promise<string | undefined> {
    const running = this.#devices.running(id);
    if (!this.#isOpen || !running?.set) return 'the output is not there';
    running.set(value);
    return undefined;
  }

  /** The process ends: outputs go to their safe level. */
  release(): void {
    if (this.#isOpen) this.#devices.release();
  }
}
