import type { Fields } from '../../profiles/grammar.ts';
import type { Chip, ChipDriver } from './chip.ts';

/**
 * Sensirion SHT30, SHT31 and SHT35: temperature and humidity. Section numbers are those of the "Datasheet SHT3x-DIS",
 * version 6 (2019). Measured when asked, high repeatability, without holding the clock (4.3, command 0x2400).
 */
const measureOnce = Uint8Array.of(0x24, 0x00);
/** Its longest measurement is 15.5 ms (table 4). */
const measuringMs = 20;
/** Status register (4.11): nothing in it is used but that a chip of this kind answers with a right checksum. */
const readStatus = Uint8Array.of(0xf3, 0x2d);

export const sht3x: ChipDriver = {
  addresses: [0x44, 0x45],
  async open(address, { bus, wait }): Promise<Chip> {
    await bus.write(address, readStatus);
    words(await bus.read(address, undefined, 3));
    return {
      async measure(): Promise<Fields> {
        await bus.write(address, measureOnce);
        await wait(measuringMs);
        const [temperature = 0, humidity = 0] = words(await bus.read(address, undefined, 6));
        return { temperature: celsiusOf(temperature), humidity: humidityOf(humidity) };
      },
    };
  },
};

/**
 * The words of an answer, each of which is followed by its checksum (4.12).
 *
 * @throws Error when one is wrong: a bus too long or too fast, or another chip.
 */
function words(bytes: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at + 2 < bytes.length; at += 3) {
    const word = bytes.subarray(at, at + 2);
    if (checksum(word) !== bytes[at + 2]) throw new Error('wrong checksum: no SHT3x, or the wires are too long');
    found.push((word[0] ?? 0) * 256 + (word[1] ?? 0));
  }
  return found;
}

/** CRC-8 of 4.12: polynomial 0x31, beginning with 0xFF; 0xBEEF gives 0x92. */
export function checksum(bytes: Iterable<number>): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x31) & 0xff : crc << 1;
  }
  return crc;
}

/** 4.13. */
export const celsiusOf = (raw: number): number => -45 + (175 * raw) / 65535;
/** Per cent of relative humidity, 4.13. */
export const humidityOf = (raw: number): number => (100 * raw) / 65535;
