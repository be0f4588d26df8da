import type { Reason } from '../model/reading.ts';
import type { InvalidCodes, TextMap } from './grammar.ts';
import type { WrittenInvalid, WrittenMap } from './written.ts';

/** Smallest and largest whole number of so many bytes. */
export function rangeOf(size: number, isSigned: boolean): readonly [number, number] {
  const all = 2 ** (8 * size);
  return isSigned ? [-all / 2, all / 2 - 1] : [0, all - 1];
}

export function codesOf(written: WrittenInvalid = {}): InvalidCodes {
  return new Map(Object.entries(written).map(([code, reason]): [number, Reason] => [Number(code), reason]));
}

export function mapOf(written: WrittenMap = {}): TextMap {
  return new Map(Object.entries(written));
}
