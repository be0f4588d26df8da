import { fineTemperature, humidityOf, pressureOf, type Bme280Calibration } from '../../gateway/field/chips/bme280.ts';
import { RegisterFile } from './i2c-device.ts';

/**
 * A Bosch BME280, registers as in BST-BME280-DS002, 5.3. A conversion is ready at once; a real one takes up to 9.3 ms.
 * Its words are those of a real chip, as published in the tests of periph.io.
 */
const calibration: Bme280Calibration = {
  t: [28176, 26220, 50],
  p: [38237, -10824, 3024, 7799, -99, -7, 9900, -10230, 4285],
  h: [75, 366, 0, 309, 0, 30],
};

const registers = {
  calibration: 0x88,
  h1: 0xa1,
  id: 0xd0,
  humidity: 0xe1,
  forHumidity: 0xf2,
  control: 0xf4,
  data: 0xf7,
};
const skipped20 = 0x80000;
const skipped16 = 0x8000;

/** The integer of 0..2^bits-1 for which a steady function comes nearest to `wanted`. */
function invert(steady: (raw: number) => number, wanted: number, bits: number): number {
  const isRising = steady(2 ** bits - 1) > steady(0);
  let [low, high] = [0, 2 ** bits - 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (steady(middle) < wanted === isRising) low = middle;
    else high = middle;
  }
  return Math.abs(steady(low) - wanted) <= Math.abs(steady(high) - wanted) ? low : high;
}

/** 20 bits in three registers, left-aligned. */
const wide = (raw: number): readonly number[] => [raw >> 12, (raw >> 4) & 0xff, (raw & 0x0f) << 4];

/** The sensor at 0x76. Starts at 20 °C, 50 % and 1013.25 hPa. */
export class Bme280 {
  static readonly address = 0x76;
  readonly device: RegisterFile = new RegisterFile((register, value) => this.#onWrite(register, value));
  readonly calibration = calibration;
  #raw = { temperature: 0, pressure: 0, humidity: 0 };

  /** @param id - another one makes it another chip: 0x58 is a BMP280. */
  constructor(id = 0x60) {
    const words = new DataView(this.device.registers.buffer);
    const { t, p, h } = calibration;
    for (const [index, value] of [...t, ...p].entries()) words.setInt16(registers.calibration + 2 * index, value, true);
    words.setUint8(registers.h1, h[0]);
    words.setInt16(registers.humidity, h[1], true);
    words.setUint8(registers.humidity + 2, h[2]);
    words.setInt8(registers.humidity + 3, h[3] >> 4);
    words.setUint8(registers.humidity + 4, (h[3] & 0x0f) | ((h[4] & 0x0f) << 4));
    words.setInt8(registers.humidity + 5, h[4] >> 4);
    words.setInt8(registers.humidity + 6, h[5]);
    words.setUint8(registers.id, id);
    this.measure(20, 50, 101_325);
  }

  /** What the host shall measure. */
  measure(celsius: number, percent: number, pascal: number): void {
    const temperature = invert((raw) => fineTemperature(calibration, raw) / 5120, celsius, 20);
    const fine = fineTemperature(calibration, temperature);
    this.#raw = {
      temperature,
      pressure: invert((raw) => pressureOf(calibration, raw, fine), pascal, 20),
      humidity: invert((raw) => humidityOf(calibration, raw, fine), percent, 16),
    };
  }

  /** Forgets what it was told to measure. */
  powerCycle(): void {
    this.device.registers.fill(0, registers.forHumidity);
  }

  /** A measurement begins with a write to the control register: mode 1 or 2 in its last bits, then back to sleep. */
  #onWrite(register: number, value: number): void {
    if (register !== registers.control || (value & 3) === 0) return;
    const told = this.device.registers;
    const temperature = value >> 5 === 0 ? skipped20 : this.#raw.temperature;
    const pressure = ((value >> 2) & 7) === 0 ? skipped20 : this.#raw.pressure;
    const humidity = ((told[registers.forHumidity] ?? 0) & 7) === 0 ? skipped16 : this.#raw.humidity;
    told.set([...wide(pressure), ...wide(temperature), humidity >> 8, humidity & 0xff], registers.data);
    told[registers.control] = value & ~3;
  }
}
