import { EventEmitter } from 'node:events';
import { reasonOf } from '../../../model/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { I2cBus } from '../../i2c-bus.ts';
import type { GpioChip, GpioLine, LineUse } from './gpio-chip.ts';
import { shownAddress } from '../../../platform/hex.ts';

/** Lines of a Pi's header: GPIO 0 to 27. */
const headerPins = 28;

/** As Firmata numbers them, since programs for johnny-five do. */
const MODES = { INPUT: 0, OUTPUT: 1, ANALOG: 2, PWM: 3, SERVO: 4, I2C: 6, PULLUP: 11 } as const;

interface Pin {
  readonly supportedModes: readonly number[];
  mode: number | undefined;
  value: number;
  report: number;
  readonly analogChannel: number;
}

type Read = (value: number) => void;
type ReadBytes = (bytes: readonly number[]) => void;

/**
 * This machine's header as an IO plugin for johnny-five: `new five.Board({ io, repl: false, sigint: false })`. Pins are
 * GPIO numbers. It has digital pins and I2C, no analog ones; edges come from the kernel, nothing is polled.
 *
 * What cannot be done is told as event `error`; a device on the I2C bus that does not answer as event `string`, in the
 * words in which our firmware says the same of its own bus.
 */
export class GpioIo extends EventEmitter {
  readonly name = 'lamppost-gpio';
  readonly MODES = MODES;
  readonly HIGH = 1;
  readonly LOW = 0;
  readonly pins: readonly Pin[];
  readonly analogPins: readonly number[] = [];
  isReady = false;
  readonly #chip: GpioChip;
  readonly #i2c: (() => I2cBus) | undefined;
  readonly #clock: Clock;
  readonly #lines = new Map<number, GpioLine>();
  readonly #cancels: (() => void)[] = [];

  /** @param i2c - the header's bus, opened when somebody wants it. */
  constructor(chip: GpioChip, { i2c, clock }: { readonly i2c?: () => I2cBus; readonly clock: Clock }) {
    super();
    this.#chip = chip;
    this.#i2c = i2c;
    this.#clock = clock;
    this.pins = Array.from({ length: Math.min(headerPins, chip.info.lines) }, () => ({
      supportedModes: [MODES.INPUT, MODES.OUTPUT, MODES.PULLUP],
      mode: undefined,
      value: 0,
      report: 0,
      analogChannel: 127,
    }));
    process.nextTick(() => {
      this.isReady = true;
      this.emit('connect');
      this.emit('ready');
    });
  }

  pinMode(pin: number, mode: number): void {
    const use = lineUses.get(mode);
    if (use && this.#use(pin, use)) Object.assign(this.pins[pin] ?? {}, { mode });
    else if (!use) this.#failed(`GPIO ${pin} is digital: it knows input, pull-up and output alone`);
  }

  digitalWrite(pin: number, value: number | boolean): void {
    const { mode } = this.pins[pin] ?? {};
    const level = Boolean(value);
    // Firmata's way to ask for a pull-up.
    if (mode === MODES.INPUT) this.#use(pin, level ? { ...anInput, pull: 'up' } : anInput);
    else if (mode === MODES.OUTPUT) this.#try(() => Object.assign(this.#lines.get(pin) ?? {}, { level }));
    if (this.pins[pin]) this.pins[pin].value = Number(level);
  }

  /** Tells the level as it is, and then each change. */
  digitalRead(pin: number, read: Read): void {
    const known = this.pins[pin];
    if (!known) return;
    if (known.mode !== MODES.INPUT && known.mode !== MODES.PULLUP) this.pinMode(pin, MODES.INPUT);
    this.on(`digital-read-${pin}`, read);
    const line = this.#lines.get(pin);
    const tell = (value: number): void => {
      known.value = value;
      this.emit(`digital-read-${pin}`, value);
    };
    if (known.report === 0) line?.onEdge(({ isRising }) => tell(Number(isRising)));
    known.report = 1;
    this.#try(() => tell(Number(line?.level)));
  }

  analogRead(pin: number): void {
    this.#failed(`GPIO ${pin} is digital: a Raspberry Pi has no analog inputs`);
  }

  analogWrite(pin: number): void {
    this.#failed(`GPIO ${pin} is on or off: there is no PWM on this header`);
  }

  queryPinState(pin: number, done: (pin: Pin | undefined) => void): void {
    process.nextTick(() => done(this.pins[pin]));
  }

  i2cConfig(): void {
    // The bus has its speed from the device tree, and needs no delay between write and read.
  }

  /** `(address, bytes)`, `(address, register, byte)` or `(address, register, bytes)`. */
  i2cWrite(address: number, first: number | readonly number[], second: number | readonly number[] = []): void {
    const bytes = Uint8Array.from([first, second].flat());
    this.#onBus(address, (bus) => bus.write(address, bytes));
  }

  i2cWriteReg(address: number, register: number, byte: number): void {
    this.i2cWrite(address, register, byte);
  }

  /** `(address, register, length, read)` or `(address, length, read)`. */
  i2cReadOnce(address: number, ...rest: readonly [number, number, ReadBytes] | readonly [number, ReadBytes]): void {
    const [register, length, read] = rest.length === 3 ? rest : [undefined, ...rest];
    this.#onBus(address, async (bus) => read([...(await bus.read(address, register, length))]));
  }

  /** As `i2cReadOnce`, again and again. */
  i2cRead(address: number, ...rest: readonly [number, number, ReadBytes] | readonly [number, ReadBytes]): void {
    this.i2cReadOnce(address, ...rest);
    this.#cancels.push(this.#clock.every(samplingMs, () => this.i2cReadOnce(address, ...rest)));
  }

  /** Stops reading; the chip and the bus are their owner's. */
  stop(): void {
    for (const cancel of this.#cancels) cancel();
  }

  #use(pin: number, use: LineUse): boolean {
    return this.#try(() => {
      const line = this.#lines.get(pin);
      if (line) line.configure(use);
      else this.#lines.set(pin, this.#chip.request(pin, use));
    });
  }

  #onBus(address: number, transfer: (bus: I2cBus) => Promise<void>): void {
    const at = shownAddress(address);
    const failed = (error: unknown): boolean => this.emit('string', `I2C ${at}: ${reasonOf(error)}`);
    try {
      if (!this.#i2c) throw new Error('there is no I2C bus here');
      void transfer(this.#i2c()).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #try(action: () => unknown): boolean {
    try {
      action();
      return true;
    } catch (error) {
      this.#failed(reasonOf(error));
      return false;
    }
  }

  #failed(why: string): void {
    process.nextTick(() => this.emit('error', new Error(why)));
  }
}

const anInput = { as: 'input', edges: 'both' } as const satisfies LineUse;
const lineUses: ReadonlyMap<number, LineUse> = new Map<number, LineUse>([
  [MODES.INPUT, anInput],
  [MODES.PULLUP, { ...anInput, pull: 'up' }],
  [MODES.OUTPUT, { as: 'output', level: false }],
]);

/** As often as Firmata reads what is read again and again, milliseconds. */
const samplingMs = 19;
