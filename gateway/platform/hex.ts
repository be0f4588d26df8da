const byteHex = (byte: number): string => byte.toString(16).padStart(2, '0').toUpperCase();

/** Bytes as data sheets print them: `FF 07 A1 A7`. */
export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, byteHex).join(' ');
}

/** Reads `FF 07 A1 A7`, in which nothing else may stand. */
export function bytesFromHex(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), (pair) => Number.parseInt(pair, 16));
}

/** The address of a chip as people and data sheets write it: `0x76`. */
export const shownAddress = (address: number): string => `0x${address.toString(16).padStart(2, '0')}`;
