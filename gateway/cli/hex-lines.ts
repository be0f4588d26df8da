import { hexText } from '../platform/hex.ts';

const perRow = 16;

/** Bytes as digits and as characters side by side, 16 in a row; after so many rows only their number. */
export function hexLines(bytes: Uint8Array, mostRows: number): readonly string[] {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length && rows.length < mostRows; at += perRow) {
    const row = bytes.subarray(at, at + perRow);
    rows.push(`${hexText(row).padEnd(3 * perRow - 1)}  ${visible(row)}`);
  }
  return rows;
}

/** How many bytes `hexLines` leaves out. */
export const leftOut = (bytes: Uint8Array, mostRows: number): number => Math.max(0, bytes.length - mostRows * perRow);

/** What an ASCII table shows, and a dot for all else. */
function visible(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
}

/** Bytes as somebody would recognise them: text where it is text, else digits. */
export function bytesShown(bytes: Uint8Array, most = 32): string {
  const cut = bytes.subarray(0, most);
  const isText = cut.length > 0 && cut.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 13 || byte === 10);
  const shown = isText ? JSON.stringify(String.fromCharCode(...cut)) : hexText(cut);
  return bytes.length > most ? `${shown} …` : shown;
}
