import type { LineSettings } from './connect.ts';

const parities = { N: 'none', E: 'even', O: 'odd' } as const;

/** Reads `9600 8N1`: baud rate, data bits, parity, stop bits. */
export function parseLineSettings(text: string): LineSettings | undefined {
  const [, baud, data, parity, stop] = /^([1-9]\d{1,6}) ([78])([NEO])([12])$/.exec(text) ?? [];
  if (parity !== 'N' && parity !== 'E' && parity !== 'O') return undefined;
  return {
    baudRate: Number(baud),
    dataBits: data === '7' ? 7 : 8,
    parity: parities[parity],
    stopBits: stop === '2' ? 2 : 1,
  };
}
