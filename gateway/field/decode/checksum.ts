import { checksumSizes, type Checksum, type ChecksumKind } from '../../profiles/grammar.ts';

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => total + byte, 0);
const swapped = (word: number): number => ((word & 0xff) << 8) | (word >> 8);

/** Each kind as one number whose high byte comes first in the frame. */
const compute: Readonly<Record<ChecksumKind, (bytes: Uint8Array) => number>> = {
  sum8: (bytes) => sum(bytes) & 0xff,
  'negated-sum8': (bytes) => -sum(bytes) & 0xff,
  xor8: (bytes) => bytes.reduce((total, byte) => total ^ byte, 0),
  sum16be: (bytes) => sum(bytes) & 0xffff,
  sum16le: (bytes) => swapped(sum(bytes) & 0xffff),
  'crc16-modbus': (bytes) => swapped(crc16(bytes)),
};

/** CRC-16/MODBUS: polynomial 0x8005 reflected, initial value 0xFFFF (Modbus over Serial Line V1.02, 6.2.2). */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** The bytes that must stand at `checksum.at` of this frame. */
export function checksumOf(frame: Uint8Array, checksum: Checksum): Uint8Array {
  const value = compute[checksum.kind](frame.subarray(checksum.first, checksum.last + 1));
  return checksumSizes[checksum.kind] === 1 ? Uint8Array.of(value) : Uint8Array.of(value >> 8, value & 0xff);
}

/**
 * The checksum of HJ 212-2017, Annex A: like CRC-16/MODBUS, but each byte is xored onto the high byte of the register,
 * shifted down, instead of onto the whole register.
 */
export function crc16Hj212(bytes: Iterable<number>): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc = (crc >> 8) ^ byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
