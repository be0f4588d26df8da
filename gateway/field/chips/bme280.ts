import type { Fields, FieldValue } from '../../profiles/grammar.ts';
import type { I2cBus } from '../i2c-bus.ts';
import { WrongChip, type Chip, type ChipDriver } from './chip.ts';
import { shownAddress } from '../../platform/hex.ts';

/**
 * Bosch BME280: temperature, humidity and air pressure. Section numbers are those of its data sheet,
 * BST-BME280-DS002. It measures when asked ("forced mode") with one sample each and no filter, as 3.5.1 recommends for
 * weather: less current, and no warmth of its own in the temperature.
 */

const registers = { calibration: 0x88, id: 0xd0, humidityWords: 0xe1, forHumidity: 0xf2, status: 0xf3, control: 0xf4 };
const chipId = 0x60;

/** What else answers with these registers, so that people learn what they have bought. */
const relatives: Readonly<Record<number, string>> = {
  0x55: 'a BMP180, an older chip without humidity: use the profile bosch/bmp180',
  0x56: 'a BMP280 sample, which measures no humidity',
  0x57: 'a BMP280 sample, which measures no humidity',
  0x58: 'a BMP280, which measures no humidity: many modules sold as BME280 carry it',
  0x61: 'a BME680',
};

/** One sample of humidity (5.4.3); one of temperature and of pressure, measure once (5.4.5). */
const humidityOnce = 0x01;
const measureOnce = 0x25;
/** Longest time of a measurement, one sample each, milliseconds (9.1: 1.25 + 2.3 + 2.3 + 0.575 + 2.3 + 0.575). */
const measuringMs = 10;
/** A bit of the status register: a conversion is running (5.4.4). */
const isMeasuring = 0x08;

/** The words that the maker burns into each chip (table 16). */
export interface Bme280Calibration {
  readonly t: readonly [t1: number, t2: number, t3: number];
  /** P1 to P9. */
  readonly p: readonly number[];
  /** H1 to H6. */
  readonly h: readonly [h1: number, h2: number, h3: number, h4: number, h5: number, h6: number];
}

/** What the converters give: 20, 20 and 16 bits. */
export interface Bme280Raw {
  readonly temperature: number;
  readonly pressure: number;
  readonly humidity: number;
}

/** What a converter gives that was told not to measure, as after a reset that nobody saw (5.4.7, 5.4.8, 5.4.9). */
const skipped: Bme280Raw = { temperature: 0x80000, pressure: 0x80000, humidity: 0x8000 };

export const bme280: ChipDriver = {
  addresses: [0x76, 0x77],
  async open(address, { bus, wait }): Promise<Chip> {
    const [id = 0] = await bus.read(address, registers.id, 1);
    if (id !== chipId) throw new WrongChip(wrongChip(address, id));
    const calibration = await readCalibration(bus, address);
    return {
      async measure(): Promise<Fields> {
        // Humidity first: a write to the control register makes it count (5.4.3).
        await bus.write(address, Uint8Array.of(registers.forHumidity, humidityOnce));
        await bus.write(address, Uint8Array.of(registers.control, measureOnce));
        await wait(measuringMs);
        const bytes = await bus.read(address, registers.status, 12);
        if ((bytes[0] ?? 0) & isMeasuring) throw new Error('the sensor does not finish its measurement');
        return fieldsOf(calibration, rawOf(bytes.subarray(4)));
      },
    };
  },
};

function wrongChip(address: number, id: number): string {
  const known = relatives[id];
  const what = known ?? `a chip with the number ${shownAddress(id)}, where a BME280 has 0x60`;
  return `at ${shownAddress(address)} sits ${what}`;
}

async function readCalibration(bus: I2cBus, address: number): Promise<Bme280Calibration> {
  const words = await bus.read(address, registers.calibration, 26);
  const more = await bus.read(address, registers.humidityWords, 7);
  return calibrationOf(words, more);
}

/** @param words - registers 0x88 to 0xA1. @param more - registers 0xE1 to 0xE7 (table 16). */
export function calibrationOf(words: Uint8Array, more: Uint8Array): Bme280Calibration {
  const low = new DataView(words.buffer, words.byteOffset, words.byteLength);
  const high = new DataView(more.buffer, more.byteOffset, more.byteLength);
  const signed = (index: number): number => low.getInt16(2 * index, true);
  const shared = high.getUint8(4); // four bits of H4, four of H5
  return {
    t: [low.getUint16(0, true), signed(1), signed(2)],
    p: [low.getUint16(6, true), ...[4, 5, 6, 7, 8, 9, 10, 11].map(signed)],
    h: [
      low.getUint8(25),
      high.getInt16(0, true),
      high.getUint8(2),
      high.getInt8(3) * 16 + (shared & 0x0f),
      high.getInt8(5) * 16 + (shared >> 4),
      high.getInt8(6),
    ],
  };
}

/** @param bytes - registers 0xF7 to 0xFE. */
export function rawOf(bytes: Uint8Array): Bme280Raw {
  const [p2 = 0, p1 = 0, p0 = 0, t2 = 0, t1 = 0, t0 = 0, h1 = 0, h0 = 0] = bytes;
  return {
    pressure: p2 * 4096 + p1 * 16 + (p0 >> 4),
    temperature: t2 * 4096 + t1 * 16 + (t0 >> 4),
    humidity: h1 * 256 + h0,
  };
}

/** Temperature in °C, relative humidity in %, pressure in hPa. */
export function fieldsOf(calibration: Bme280Calibration, raw: Bme280Raw): Fields {
  const hasNone = (name: keyof Bme280Raw): boolean => raw[name] === skipped[name];
  const isCold = hasNone('temperature'); // without a temperature nothing can be compensated
  const fine = fineTemperature(calibration, raw.temperature);
  return {
    temperature: field(isCold, () => fine / 5120),
    humidity: field(isCold || hasNone('humidity'), () => humidityOf(calibration, raw.humidity, fine)),
    pressure: field(isCold || hasNone('pressure'), () => pressureOf(calibration, raw.pressure, fine) / 100),
  };
}

const field = (isMissing: boolean, value: () => number): FieldValue =>
  isMissing ? { why: ['device_fault'] } : value();

/** `t_fine` of the double-precision formulas (8.1): the temperature in 1/5120 °C, which the others need. */
export function fineTemperature({ t: [t1, t2, t3] }: Bme280Calibration, raw: number): number {
  const x = raw / 16384 - t1 / 1024;
  const y = raw / 131072 - t1 / 8192;
  return x * t2 + y * y * t3;
}

/** Pascal (8.1). */
export function pressureOf({ p }: Bme280Calibration, raw: number, fine: number): number {
  const [p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0, p7 = 0, p8 = 0, p9 = 0] = p;
  const a = fine / 2 - 64000;
  const b = ((a * a * p6) / 32768 + a * p5 * 2) / 4 + p4 * 65536;
  const c = (1 + ((p3 * a * a) / 524288 + p2 * a) / 524288 / 32768) * p1;
  if (c === 0) return Number.NaN; // words of zeros: no number is better than a division by zero
  const pressure = ((1048576 - raw - b / 4096) * 6250) / c;
  return pressure + ((p9 * pressure * pressure) / 2147483648 + (pressure * p8) / 32768 + p7) / 16;
}

/** Per cent of relative humidity, 0 to 100 (8.1). */
export function humidityOf({ h: [h1, h2, h3, h4, h5, h6] }: Bme280Calibration, raw: number, fine: number): number {
  const a = fine - 76800;
  const gain = (h2 / 65536) * (1 + (h6 / 67108864) * a * (1 + (h3 / 67108864) * a));
  const humidity = (raw - (h4 * 64 + (h5 / 16384) * a)) * gain;
  return Math.min(100, Math.max(0, humidity * (1 - (h1 * humidity) / 524288)));
}
