import type { Dlt645Field, Dlt645Grammar, Fields, FieldValue } from '../../profiles/grammar.ts';
import { faults, type Found, type Question } from './question.ts';

/** DL/T 645-2007, chapter 5: frames of meters, as the asking side speaks it. */

export const start = 0x68;
export const end = 0x16;
/** Wakes the other side; up to four before each frame. */
export const wake = 0xfe;
/** Added to each byte of the data. */
export const veil = 0x33;
/** Control codes: read, its answer, its refusal. */
export const codes = { read: 0x11, answer: 0x91, refusal: 0xd1 } as const;

/** Bytes of a frame without its data: start, address, start, control code, length, checksum, end. */
const bareBytes = 12;
/** The identifier of an item. */
const itemBytes = 4;
/** Any meter: only for a line with one meter on it. */
export const anyAddress = 'AAAAAAAAAAAA';

/** Two digits a byte, the last ones first: how this protocol sends addresses, identifiers and numbers. */
export function backwards(digits: string): Uint8Array {
  const pairs = digits.match(/../g) ?? [];
  return Uint8Array.from(pairs.toReversed(), (pair) => Number.parseInt(pair, 16));
}

/** The digits behind such bytes. */
export function digitsOf(bytes: Uint8Array): string {
  return Array.from(bytes.toReversed(), (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');
}

/** @param data - before the veil is added. */
export function dlt645Frame(address: string, code: number, data: Uint8Array): Uint8Array {
  const veiled = data.map((byte) => byte + veil);
  const frame = Uint8Array.of(start, ...backwards(address), start, code, data.length, ...veiled, 0, end);
  frame[frame.length - 2] = sumOf(frame.subarray(0, -2));
  return frame;
}

const sumOf = (bytes: Uint8Array): number => bytes.reduce((total, byte) => total + byte, 0) & 0xff;

export interface MeterFrame {
  readonly address: string;
  readonly code: number;
  /** Without the veil. */
  readonly data: Uint8Array;
}

/** The frames in what came, whole ones only, and what is the matter with the rest. */
export function meterFrames(received: Uint8Array): { readonly frames: readonly MeterFrame[]; readonly why?: string } {
  const frames: MeterFrame[] = [];
  let why: string | undefined;
  for (let at = 0; at < received.length; at++) {
    if (received[at] !== start || (received[at + 7] ?? start) !== start) continue;
    const length = bareBytes + (received[at + 9] ?? 0);
    const frame = received.subarray(at, at + length);
    if (frame.length < length) {
      why ??= faults.brokenOff;
    } else if (frame.at(-1) !== end || frame.at(-2) !== sumOf(frame.subarray(0, -2))) {
      why ??= faults.checksum;
    } else {
      frames.push({
        address: digitsOf(frame.subarray(1, 7)),
        code: frame[8] ?? 0,
        data: frame.subarray(10, -2).map((byte) => byte - veil),
      });
      at += length - 1;
    }
  }
  return { frames, ...(why === undefined ? {} : { why }) };
}

/** The questions that a profile asks of one meter: each item once, in the order of the fields. */
export function meterQuestions({ fields }: Dlt645Grammar, address: string): readonly Question[] {
  const items = new Set(Object.values(fields).map(({ item }) => item));
  return Array.from(items, (item): Question => {
    const own = Object.entries(fields).filter(([, field]) => field.item === item);
    const needed = itemBytes + Math.max(...own.map(([, { at, bytes }]) => at + bytes));
    const frame = dlt645Frame(address, codes.read, backwards(item));
    return {
      fields: own.map(([name]) => name),
      isDestructive: false,
      answerBytes: wakeBytes + bareBytes + needed,
      ask: () => Uint8Array.of(...Array.from({ length: wakeBytes }, () => wake), ...frame),
      read: (received) => readAnswer(received, { address, item, own, needed }),
    };
  });
}

const wakeBytes = 4;

interface WantedItem {
  readonly address: string;
  readonly item: string;
  readonly own: readonly (readonly [string, Dlt645Field])[];
  /** Least bytes of data. */
  readonly needed: number;
}

function readAnswer(received: Uint8Array, { address, item, own, needed }: WantedItem): Found {
  if (received.length === 0) return { kind: 'none' };
  const { frames, why = faults.noAnswer } = meterFrames(received);
  let other: string | undefined;
  for (const { address: from, code, data } of frames) {
    if (from !== address && address !== anyAddress) {
      other = `address ${from} answered instead`;
    } else if (code === codes.refusal) {
      return { kind: 'exception', why: `the meter refuses (error ${data[0] ?? 0})`, isAbsent: false };
    } else if (code === codes.answer && digitsOf(data.subarray(0, itemBytes)) === item) {
      if (data.length < needed) return { kind: 'none', why: 'the answer is shorter than the profile says' };
      return { kind: 'answer', fields: fieldsIn(data.subarray(itemBytes), own) };
    }
  }
  return { kind: 'none', why: other ?? why };
}

function fieldsIn(data: Uint8Array, own: WantedItem['own']): Fields {
  return Object.fromEntries(own.map(([name, field]) => [name, numberIn(data, field)]));
}

/** Meters fill what they have not got with F, and nothing else than decimal digits is a number. */
function numberIn(data: Uint8Array, { at, bytes, isSigned }: Dlt645Field): FieldValue {
  const own = data.slice(at, at + bytes);
  const digits = digitsOf(own);
  if (/^F+$/.test(digits)) return { why: ['device_fault'] };
  const isNegative = isSigned && ((own.at(-1) ?? 0) & 0x80) !== 0;
  if (isNegative) own[own.length - 1] = (own.at(-1) ?? 0) & 0x7f;
  const magnitude = digitsOf(own);
  if (!/^\d+$/.test(magnitude)) return { why: ['decode'] };
  return isNegative ? 0 - Number(magnitude) : Number(magnitude);
}
