import { checksum } from '../../gateway/field/chips/sht3x.ts';
import type { I2cAnswer, I2cDevice } from './i2c-device.ts';

const commands = { measure: 0x2400, status: 0xf32d };
/** Longest measurement, high repeatability ("Datasheet SHT3x-DIS", version 6, table 4). */
const measuringMs = 15.5;

/** A Sensirion SHT3x: takes commands of two bytes, and does not answer to its address while it measures. */
export class Sht3x implements I2cDevice {
  static readonly address = 0x44;
  /** Turns bits of one byte of each answer, as a disturbed wire does. */
  flip: { readonly byte: number; readonly mask: number } | undefined;
  readonly #now: () => number;
  #words: readonly [temperature: number, humidity: number] = [0, 0];
  #written: number[] = [];
  #answer: readonly number[] = [];
  #at = 0;
  #readyMs = 0;

  /** @param now - simulated time, milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.measure(20, 50);
  }

  /** What the host shall measure. */
  measure(celsius: number, percent: number): void {
    this.#words = [Math.round(((celsius + 45) / 175) * 65535), Math.round((percent / 100) * 65535)];
  }

  begin(direction: 'read' | 'write'): I2cAnswer {
    if (direction === 'write') this.#written = [];
    else if (this.#answer.length === 0 || this.#now() < this.#readyMs) return 'nack';
    this.#at = 0;
    return 'ack';
  }

  write(byte: number): boolean {
    this.#written.push(byte);
    if (this.#written.length === 2) this.#obey((this.#written[0] ?? 0) * 256 + byte);
    return true;
  }

  read(): number {
    const byte = this.#answer[this.#at] ?? 0xff;
    const mask = this.flip?.byte === this.#at ? this.flip.mask : 0;
    this.#at++;
    return byte ^ mask;
  }

  #obey(command: number): void {
    const words = command === commands.measure ? this.#words : command === commands.status ? [0] : [];
    this.#readyMs = command === commands.measure ? this.#now() + measuringMs : 0;
    this.#answer = words.flatMap((word) => {
      const bytes = [word >> 8, word & 0xff];
      return [...bytes, checksum(bytes)];
    });
  }
}
