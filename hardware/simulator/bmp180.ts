import { RegisterFile } from './i2c-device.ts';

/**
 * A Bosch BMP180 barometer. All section numbers are those of its data sheet, BST-BMP180-DS000-09, revision 2.5.
 * A conversion is ready at once; a real one takes up to 25.5 ms.
 */

/** The eleven words that the maker burns into each device (3.4); the words here are those of the example in 3.5. */
export const exampleCalibration = {
  ac1: 408,
  ac2: -72,
  ac3: -14383,
  ac4: 32741,
  ac5: 32757,
  ac6: 23153,
  b1: 6190,
  b2: 4,
  mb: -32768,
  mc: -8711,
  md: 2868,
} as const;

/** Steps of 2^-3 of the 16-bit pressure word: the finest that the device gives, at oversampling 3. */
const finest = 3;

const registers = { calibration: 0xaa, chipId: 0xd0, control: 0xf4, result: 0xf6 } as const;
const chipId = 0x55;
const startTemperature = 0x2e;

/** B5 of 3.5, from the raw temperature. */
function b5(rawTemperature: number): number {
  const { ac5, ac6, mc, md } = exampleCalibration;
  const x1 = Math.floor(((rawTemperature - ac6) * ac5) / 2 ** 15);
  return x1 + Math.trunc((mc * 2 ** 11) / (x1 + md));
}

/** The formula of 3.5. @returns tenths of a degree Celsius. */
export function temperatureOf(rawTemperature: number): number {
  return Math.floor((b5(rawTemperature) + 8) / 2 ** 4);
}

/** The formula of 3.5. @param rawPressure - of 16 + `oversampling` bits. @returns pascal. */
export function pressureOf(rawTemperature: number, rawPressure: number, oversampling: number): number {
  const { ac1, ac2, ac3, ac4, b1, b2 } = exampleCalibration;
  const b6 = b5(rawTemperature) - 4000;
  const square = Math.floor(b6 ** 2 / 2 ** 12);
  const forB3 = Math.floor((b2 * square) / 2 ** 11) + Math.floor((ac2 * b6) / 2 ** 11);
  const b3 = Math.trunc(((ac1 * 4 + forB3) * 2 ** oversampling + 2) / 4);
  const forB4 = Math.floor((ac3 * b6) / 2 ** 13) + Math.floor((b1 * square) / 2 ** 16);
  const b4 = Math.floor((ac4 * (Math.floor((forB4 + 2) / 2 ** 2) + 32768)) / 2 ** 15);
  const b7 = (rawPressure - b3) * Math.floor(50000 / 2 ** oversampling);
  const p = b7 < 0x80000000 ? Math.trunc((b7 * 2) / b4) : Math.trunc(b7 / b4) * 2;
  const x1 = Math.floor((Math.floor(p / 2 ** 8) ** 2 * 3038) / 2 ** 16);
  const x2 = Math.floor((-7357 * p) / 2 ** 16);
  return p + Math.floor((x1 + x2 + 3791) / 2 ** 4);
}

/** The lowest integer of 0..2^bits-1 where a rising function reaches `wanted`. */
function invert(rising: (raw: number) => number, wanted: number, bits: number): number {
  let below = -1;
  let reached = 2 ** bits - 1;
  while (reached - below > 1) {
    const middle = Math.floor((below + reached) / 2);
    if (rising(middle) >= wanted) reached = middle;
    else below = middle;
  }
  return reached;
}

/** The sensor on the bus at 0x77. Starts with the raw values of the data sheet's example: 15.0 °C, 69,964 Pa. */
export class Bmp180 {
  static readonly address = 0x77;
  readonly device: RegisterFile = new RegisterFile((register, value) => this.#onWrite(register, value));
  #rawTemperature = 27898;
  /** In steps of `finest`. */
  #rawPressure = 23843 * 2 ** finest;

  constructor() {
    const words = new DataView(this.device.registers.buffer);
    const values = Object.values(exampleCalibration);
    for (const [index, value] of values.entries()) words.setInt16(registers.calibration + 2 * index, value);
    words.setUint8(registers.chipId, chipId);
  }

  /** What the host shall measure, to the device's resolution of 0.1 °C and 1 Pa. */
  measure(celsius: number, pascal: number): void {
    this.#rawTemperature = invert(temperatureOf, Math.round(celsius * 10), 16);
    const pressure = (raw: number): number => pressureOf(this.#rawTemperature, raw, finest);
    this.#rawPressure = invert(pressure, pascal, 16 + finest);
  }

  /** The host starts a conversion; its result stands in three registers, left-aligned (3.3, 3.5). */
  #onWrite(register: number, value: number): void {
    if (register !== registers.control) return;
    const unused = 2 ** (8 - (value >> 6));
    const pressure = Math.floor((this.#rawPressure * 2 ** (8 - finest)) / unused) * unused;
    const result = value === startTemperature ? this.#rawTemperature * 2 ** 8 : pressure;
    this.device.registers.set([result >> 16, (result >> 8) & 0xff, result & 0xff], registers.result);
  }
}
