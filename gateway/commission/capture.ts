import { parseLineSettings } from '../profiles/line-settings.ts';
import type { LineSettings } from '../profiles/connect.ts';
import { hexText } from '../platform/hex.ts';

/** What went over a line, in order; `ms` counts from the beginning of the capture. */
export interface Piece {
  readonly ms: number;
  /** `rx`: from the device; `tx`: from us. */
  readonly way: 'rx' | 'tx';
  readonly bytes: Uint8Array;
  /** As in `9600 8N1`; absent where nobody knows. */
  readonly line?: string;
}

export interface Capture {
  readonly pieces: readonly Piece[];
  /** What the person who made it took the device for. */
  readonly profile?: string;
}

/** How a file can be read. `capture`: NDJSON, as `lamppost probe --capture` writes it. */
export const captureKinds = ['capture', 'hex', 'text', 'binary'] as const;
export type CaptureKind = (typeof captureKinds)[number];

export type ReadCapture =
  | { readonly ok: true; readonly capture: Capture; readonly kind: CaptureKind }
  /** Lines count from 1. */
  | { readonly ok: false; readonly line: number };

/** Reads `FF 07 A1 A7`, `ff07a1a7`, `0xFF, 0x07`; `undefined` when it is none of these, or nothing. */
export function bytesFromText(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/0x/gi, ' ').replaceAll(/[\s,;:]+/g, '');
  if (digits === '' || digits.length % 2 === 1 || /[^\da-f]/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_unused, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}

/** `9600 8N1`. */
export function lineText({ baudRate, dataBits, parity, stopBits }: LineSettings): string {
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}

/** A capture as a file: a line that says what it is, one for each change of the line settings, one for each piece. */
export function captureLines({ pieces, profile }: Capture, at: Date): readonly string[] {
  const lines = [
    JSON.stringify({ capture: 'lamppost', v: 1, at: at.toISOString(), ...(profile === undefined ? {} : { profile }) }),
  ];
  let current: string | undefined;
  for (const { ms, way, bytes, line } of pieces) {
    if (line !== current) lines.push(JSON.stringify({ ms, line }));
    current = line;
    lines.push(JSON.stringify({ ms, [way]: hexText(bytes) }));
  }
  return lines;
}

/** Understands a capture, hexadecimal digits, or whatever else came over a line, as one piece. */
export function readCapture(file: Uint8Array, wanted?: CaptureKind): ReadCapture {
  const text = new TextDecoder('latin1').decode(file);
  const kind = wanted ?? kindOf(file, text);
  if (kind === 'capture') return readLines(text);
  const bytes = kind === 'hex' ? bytesFromText(withoutRemarks(text)) : file;
  if (!bytes) return { ok: false, line: 1 };
  return { ok: true, kind, capture: { pieces: [{ ms: 0, way: 'rx', bytes }] } };
}

/** A JSON device has lines of JSON too: ours say what they are. */
function kindOf(file: Uint8Array, text: string): CaptureKind {
  if (/^\s*\{\s*"(capture|ms|rx|tx)"/.test(text)) return 'capture';
  if (digitsPattern.test(withoutRemarks(text).trim()) && bytesFromText(withoutRemarks(text))) return 'hex';
  return file.some((byte) => byte > 0x7e || (byte < 0x20 && ![9, 10, 13].includes(byte))) ? 'binary' : 'text';
}

/** Pairs of digits, or all digits in one piece. */
const digitsPattern = /^((0x)?[\da-f]{2}(?![\da-f])[\s,;:]*)+$|^[\da-f]{4,}$/i;

/** Notes that people write beside bytes. */
const withoutRemarks = (text: string): string => text.replaceAll(/#.*$/gm, '');

function readLines(text: string): ReadCapture {
  const pieces: Piece[] = [];
  let profile: string | undefined;
  let line: string | undefined;
  for (const [index, row] of text.split('\n').entries()) {
    if (row.trim() === '') continue;
    const { ms, rx, tx, ...header } = objectIn(row) ?? {};
    if (typeof header['line'] === 'string' && parseLineSettings(header['line'])) line = header['line'];
    if (typeof header['profile'] === 'string') profile = header['profile'];
    if (rx === undefined && tx === undefined && Object.keys(header).length > 0) continue;
    const digits = rx ?? tx;
    const bytes = typeof digits === 'string' ? bytesFromText(digits) : undefined;
    if (!bytes) return { ok: false, line: index + 1 };
    const way = rx === undefined ? 'tx' : 'rx';
    pieces.push({ ms: typeof ms === 'number' ? ms : 0, way, bytes, ...(line === undefined ? {} : { line }) });
  }
  return { ok: true, kind: 'capture', capture: { pieces, ...(profile === undefined ? {} : { profile }) } };
}

function objectIn(row: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(row);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // told with its line number
  }
}
