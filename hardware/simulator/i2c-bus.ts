import type { CPU, TWIEventHandler } from 'avr8js';
import { AVRTWI, twiConfig } from 'avr8js';
import type { I2cDevice } from './i2c-device.ts';

const interfaceEnabled = 0x04; // TWEN in TWCR
const bitsPerByte = 9; // the acknowledgement is the ninth

/** Answers the chip's bus interface on behalf of the devices, taking as long as the bits take on the wire. */
class Bus implements TWIEventHandler {
  readonly #cpu: CPU;
  readonly #twi: AVRTWI;
  readonly #devices: ReadonlyMap<number, I2cDevice>;
  readonly #clockHz: number;
  #called: I2cDevice | undefined;

  constructor(cpu: CPU, twi: AVRTWI, devices: ReadonlyMap<number, I2cDevice>, clockHz: number) {
    this.#cpu = cpu;
    this.#twi = twi;
    this.#devices = devices;
    this.#clockHz = clockHz;
  }

  start(): void {
    this.#afterBits(1, () => this.#twi.completeStart());
  }

  stop(): void {
    this.#called = undefined;
    this.#afterBits(1, () => this.#twi.completeStop());
  }

  connectToSlave(address: number, write: boolean): void {
    this.#called = this.#devices.get(address);
    const answer = this.#called?.begin(write ? 'write' : 'read') ?? 'nack';
    if (answer !== 'hold') this.#afterBits(bitsPerByte, () => this.#twi.completeConnect(answer === 'ack'));
  }

  writeByte(value: number): void {
    const ack = this.#called?.write(value) ?? false;
    this.#afterBits(bitsPerByte, () => this.#twi.completeWrite(ack));
  }

  readByte(): void {
    const value = this.#called?.read() ?? 0xff;
    this.#afterBits(bitsPerByte, () => this.#twi.completeRead(value));
  }

  #afterBits(bits: number, done: () => void): void {
    this.#cpu.addClockEvent(done, (bits * this.#clockHz) / this.#twi.sclFrequency);
  }
}

/** Connects the chip's I2C interface with the devices; the map may change at any time. */
export function connectI2c(cpu: CPU, devices: ReadonlyMap<number, I2cDevice>, clockHz: number): void {
  const twi = new AVRTWI(cpu, twiConfig, clockHz);
  twi.eventHandler = new Bus(cpu, twi, devices, clockHz);
  const write = cpu.writeHooks[twiConfig.TWCR];
  cpu.writeHooks[twiConfig.TWCR] = (value, old, address, mask) => {
    const off = !(value & interfaceEnabled) && old & interfaceEnabled;
    // Off ends whatever is going on (22.9.2), also a wait for a device that holds the clock; in avr8js only a new
    // interface does that.
    if (off) connectI2c(cpu, devices, clockHz);
    return (off ? cpu.writeHooks[twiConfig.TWCR] : write)?.(value, off ? 0 : old, address, mask);
  };
}
