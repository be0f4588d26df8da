import { eepromSize } from './atmega328p.ts';

/** Where `hardware/firmware/store.c` keeps its first boot number: after the board's record, debounce times and a reserve. */
const firstBootAt = 16 + 6 + 2 + 24;

/** The EEPROM of a board that has been started so many times: its next boot has the next number. */
export function usedEeprom(boots: number): Uint8Array {
  const image = new Uint8Array(eepromSize).fill(0xff);
  const record = new DataView(image.buffer, firstBootAt, 6);
  record.setUint32(0, boots, true);
  record.setUint16(4, image.subarray(firstBootAt, firstBootAt + 4).reduce(crcCcittUpdate, 0xffff), true);
  return image;
}

/** One byte more in the checksum that avr-libc calls `_crc_ccitt_update`: polynomial 0x8408, reflected. */
function crcCcittUpdate(crc: number, byte: number): number {
  let next = crc ^ byte;
  for (let bit = 0; bit < 8; bit++) next = next & 1 ? (next >> 1) ^ 0x8408 : next >> 1;
  return next;
}
