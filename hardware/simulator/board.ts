import { avrInstruction, PinState } from 'avr8js';
import type { Chip, ResetCause, Surroundings } from './atmega328p.ts';
import { buildChip, clockHz, eepromSize, flashSize, register } from './atmega328p.ts';
import { parseHex } from './hex.ts';
import type { I2cDevice } from './i2c-device.ts';
import { Schedule } from './schedule.ts';

const cyclesPerMs = clockHz / 1000;

/** Instructions that the run loop must know. */
const sleepOpcode = 0x9588;
const seiOpcode = 0x9478;
const sleepEnabled = 0x01; // SE in SMCR
const interruptsEnabled = 0x80; // I in SREG

/** What is done to a pin from outside; `open`: nothing, so that a pull-up decides. */
export type AppliedLevel = 'low' | 'high' | 'open';
/** What the chip does to a pin: drives it, pulls it up weakly, or leaves it alone. */
export type DrivenLevel = 'low' | 'high' | 'pull-up' | 'open';

const drivenLevels = {
  [PinState.Low]: 'low',
  [PinState.High]: 'high',
  [PinState.InputPullUp]: 'pull-up',
  [PinState.Input]: 'open',
} as const satisfies Record<PinState, DrivenLevel>;

/** Arduino's numbers: 0..7 port D, 8..13 port B, 14..19 (A0..A5) port C. */
const pinCount = 20;
const firstPins = [0, 8, 14] as const;

function bitOf(pin: number): { readonly port: 0 | 1 | 2; readonly bit: number } {
  if (!Number.isInteger(pin) || pin < 0 || pin >= pinCount) throw new Error(`the board has no pin ${pin}`);
  const port = pin < firstPins[1] ? 0 : pin < firstPins[2] ? 1 : 2;
  return { port, bit: pin - firstPins[port] };
}

/** What `pace` needs of a clock; the gateway's clocks and any fake one fit. */
export interface PaceClock {
  mono(): number;
  after(ms: number, call: () => void): () => void;
}

/** In real time: a slice each 2 ms keeps bytes flowing; a wait longer than 50 ms is given up, not caught up with. */
const sliceMs = 2;
const longestLagMs = 50;

export interface BoardSettings {
  /** Intel HEX of the program. */
  readonly hex: string;
  /** 1 KiB, written in place: whoever keeps it keeps the board's memory. Erased when absent. */
  readonly eeprom?: Uint8Array;
}

/**
 * An Arduino Uno: an ATmega328P at 16 MHz that runs a real program, with wires to its pins.
 *
 * Time is simulated: it passes in `runCycles`, `runMs` and `pace` and nowhere else. The power comes on with the first
 * of them. Listeners and scheduled actions are called from inside a run, and must not start another one.
 */
export class VirtualBoard {
  readonly #around: Surroundings;
  readonly #i2cDevices = new Map<number, I2cDevice>();
  readonly #applied: AppliedLevel[] = Array.from({ length: pinCount }, () => 'open');
  readonly #volts: number[] = Array.from({ length: 8 }, () => 0);
  readonly #schedule = new Schedule();
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  #chip: Chip;
  #asleep = false;
  #resetBy: ResetCause | undefined;
  #toChip: number[] = [];
  #fromChip: number[] = [];
  #lostMs = 0;

  constructor({ hex, eeprom = new Uint8Array(eepromSize).fill(0xff) }: BoardSettings) {
    this.#around = {
      flash: parseHex(hex, flashSize),
      eeprom,
      i2cDevices: this.#i2cDevices,
      onWatchdog: () => this.reset('watchdog'),
    };
    this.#chip = this.#build(undefined, 'power');
  }

  /** Simulated time since the power first came on. */
  get ms(): number {
    return this.#chip.cpu.cycles / cyclesPerMs;
  }

  /** Real time that `pace` has given up because the machine was too slow or too busy. */
  get lostMs(): number {
    return this.#lostMs;
  }

  /** Lets simulated time pass; an instruction that has begun is finished. */
  runCycles(cycles: number): void {
    const end = this.#chip.cpu.cycles + cycles;
    while (this.#chip.cpu.cycles < end) {
      this.#schedule.runDue(this.#chip.cpu.cycles);
      this.#step(Math.min(end, this.#schedule.nextAt ?? end));
      if (this.#resetBy) this.#restart(this.#resetBy);
    }
    this.#schedule.runDue(this.#chip.cpu.cycles);
    this.#deliver();
  }

  /** The same, a millisecond at a time, so that a host that listens can answer in between. */
  runMs(ms: number): void {
    const end = this.ms + ms;
    while (this.ms < end) this.runCycles(Math.min(1, end - this.ms) * cyclesPerMs);
  }

  /** Lets simulated time pass as real time does, until the signal aborts. */
  async pace(clock: PaceClock, signal: AbortSignal): Promise<void> {
    let last = clock.mono();
    while (!signal.aborted) {
      await new Promise<void>((resolve) => void clock.after(sliceMs, resolve));
      const now = clock.mono();
      const run = Math.min(now - last, longestLagMs);
      this.#lostMs += now - last - run;
      last = now;
      this.runCycles(run * cyclesPerMs);
    }
  }

  /** Puts bytes on the serial line, at its real speed. While the receiver is off they are lost, as on the wire. */
  send(bytes: Iterable<number>): void {
    if (!this.#chip.usart.rxEnable) return;
    for (const byte of bytes) this.#toChip.push(byte);
    this.#feed();
  }

  /** Calls with what the board has sent, at the end of each run; the result ends it. */
  onSend(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setPin(pin: number, level: AppliedLevel): void {
    const { port } = bitOf(pin);
    this.#applied[pin] = level;
    this.#settle(port);
  }

  pinLevel(pin: number): DrivenLevel {
    const { port, bit } = bitOf(pin);
    return drivenLevels[this.#chip.ports[port].pinState(bit)];
  }

  /** @param channel - 0..7 for A0..A7. */
  setAnalog(channel: number, volts: number): void {
    this.#volts[channel] = volts;
    this.#chip.adc.channelValues[channel] = volts;
  }

  attachI2c(address: number, device: I2cDevice): void {
    this.#i2cDevices.set(address, device);
  }

  detachI2c(address: number): void {
    this.#i2cDevices.delete(address);
  }

  /** Calls once when so much simulated time has passed; resets do not disturb it. */
  after(ms: number, action: () => void): void {
    this.#schedule.add(this.#chip.cpu.cycles + ms * cyclesPerMs, action);
  }

  /** Resets the chip at the next step. RAM survives all but `power`. */
  reset(cause: ResetCause): void {
    this.#resetBy = cause;
  }

  /** The program stops as in an endless loop with interrupts off; the hardware, and so the watchdog, lives on. */
  hang(): void {
    const { data } = this.#chip.cpu;
    data[register.sreg] = (data[register.sreg] ?? 0) & ~interruptsEnabled;
    this.#asleep = true;
  }

  #build(before: Chip | undefined, cause: ResetCause): Chip {
    const chip = buildChip(this.#around, before, cause);
    chip.usart.onByteTransmit = (byte) => this.#fromChip.push(byte);
    chip.usart.onRxComplete = () => this.#feed();
    for (const [channel, volts] of this.#volts.entries()) chip.adc.channelValues[channel] = volts;
    for (const port of [0, 1, 2] as const) chip.ports[port].addListener(() => this.#settle(port));
    return chip;
  }

  #restart(cause: ResetCause): void {
    this.#resetBy = undefined;
    this.#asleep = false;
    this.#toChip = [];
    this.#chip = this.#build(this.#chip, cause);
    for (const port of [0, 1, 2] as const) this.#settle(port);
  }

  #step(until: number): void {
    const { cpu } = this.#chip;
    const program = cpu.progMem;
    while (cpu.cycles < until && !this.#resetBy) {
      if (this.#asleep) {
        this.#doze(until);
        continue;
      }
      const opcode = program[cpu.pc];
      avrInstruction(cpu);
      // The chip runs one more instruction after SEI before it looks at interrupts (7.7). Programs rely on it:
      // `sei; sleep` must not take the interrupt in between and then sleep over it.
      if (opcode === seiOpcode) continue;
      const next = cpu.pc;
      cpu.tick();
      // The tick may itself have taken an interrupt, and then the chip is awake already.
      if (opcode === sleepOpcode) this.#asleep = this.#maySleep() && cpu.pc === next;
    }
  }

  #maySleep(): boolean {
    return ((this.#chip.cpu.data[register.smcr] ?? 0) & sleepEnabled) !== 0;
  }

  /** Time passes, no instruction does, until the hardware has something to do. An interrupt wakes. */
  #doze(until: number): void {
    const { cpu } = this.#chip;
    const event = cpu['nextClockEvent'] as { readonly cycles: number } | null; // avr8js keeps it private
    cpu.cycles = Math.max(cpu.cycles, Math.min(event?.cycles ?? until, until));
    const { pc } = cpu;
    cpu.tick();
    this.#asleep = cpu.pc === pc;
  }

  /** Gives the chip the next byte once the one before is through. */
  #feed(): void {
    const { usart } = this.#chip;
    const [byte] = this.#toChip;
    if (byte !== undefined && usart.writeByte(byte)) this.#toChip.shift();
  }

  #deliver(): void {
    if (this.#fromChip.length === 0) return;
    const bytes = Uint8Array.from(this.#fromChip);
    this.#fromChip = [];
    for (const listener of this.#listeners) listener(bytes);
  }

  /** Works out what the inputs of a port see; a pin that nothing outside holds follows its pull-up. */
  #settle(port: 0 | 1 | 2): void {
    const io = this.#chip.ports[port];
    const first = firstPins[port];
    const end = firstPins[port + 1] ?? pinCount;
    for (let pin = first; pin < end; pin++) {
      const applied = this.#applied[pin];
      const pulledUp = io.pinState(pin - first) === PinState.InputPullUp;
      io.setPin(pin - first, applied === 'high' || (applied === 'open' && pulledUp));
    }
  }
}
