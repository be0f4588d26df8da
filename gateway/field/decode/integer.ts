import { integerTypes, type FrameField, type IntegerType } from '../../profiles/grammar.ts';

/** Where the byte of weight 256^`power` of an integer stands, counted from its first byte. */
function offsetOf(type: IntegerType, power: number): number {
  const { size, order } = integerTypes[type];
  return order === 'little' ? power : size - 1 - power;
}

function readUnsigned(bytes: Uint8Array, at: number, type: IntegerType): number {
  let value = 0;
  for (let power = 0; power < integerTypes[type].size; power++) {
    value += (bytes[at + offsetOf(type, power)] ?? 0) * 256 ** power;
  }
  return value;
}

/** Writes the low bytes of a whole number, two's complement. */
function writeInteger(bytes: Uint8Array, at: number, type: IntegerType, value: number): void {
  for (let power = 0; power < integerTypes[type].size; power++) {
    bytes[at + offsetOf(type, power)] = Math.floor(value / 256 ** power) % 256;
  }
}

/** The number of a field in a frame, after shift and mask. */
export function readField(bytes: Uint8Array, { at, type, shift, mask }: FrameField): number {
  const { size, isSigned } = integerTypes[type];
  const raw = readUnsigned(bytes, at, type);
  if (isSigned) return raw >= 2 ** (8 * size - 1) ? raw - 2 ** (8 * size) : raw;
  return ((raw >>> shift) & mask) >>> 0;
}

/** Puts the number of a field into a frame; bits of other fields in the same bytes stay. */
export function writeField(bytes: Uint8Array, { at, type, shift, mask }: FrameField, value: number): void {
  if (integerTypes[type].isSigned) writeInteger(bytes, at, type, value);
  else writeInteger(bytes, at, type, readUnsigned(bytes, at, type) | ((value & mask) << shift));
}
