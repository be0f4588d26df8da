import type { Dlt645Grammar, Fields } from '../../profiles/grammar.ts';
import { anyAddress, backwards, codes, digitsOf, dlt645Frame, meterFrames } from './dlt645.ts';

/** DL/T 645-2007 as the meter speaks it: for simulated devices, and for tests. */

/** Longest question: what wakes the meter, and a frame with an item. */
const questionBytes = 20;

/** The items that a meter is asked for in what came, and the rest that may become a question. */
export function itemsAsked(
  received: Uint8Array,
  own: string,
): { readonly items: readonly string[]; readonly rest: Uint8Array } {
  const asked = meterFrames(received).frames.filter(
    ({ address, code }) => code === codes.read && (address === own || address === anyAddress),
  );
  const isSpent = asked.length > 0 || received.length > 4 * questionBytes;
  return { items: asked.map(({ data }) => digitsOf(data)), rest: isSpent ? new Uint8Array() : received };
}

/** What a meter with these fields says of an item: its value, or that it has none (error bit 1, "no such data"). */
export function itemAnswer(grammar: Dlt645Grammar, fields: Fields, address: string, item: string): Uint8Array {
  const own = Object.entries(grammar.fields).filter(([, field]) => field.item === item);
  if (own.length === 0) return dlt645Frame(address, codes.refusal, Uint8Array.of(2));
  const data = new Uint8Array(Math.max(...own.map(([, { at, bytes }]) => at + bytes)));
  for (const [name, { at, bytes, isSigned }] of own) {
    const field = fields[name];
    const value = Math.round(Number(typeof field === 'object' ? field.value : field) || 0);
    const digits = backwards(String(Math.abs(value)).padStart(2 * bytes, '0'));
    if (isSigned && value < 0) digits[bytes - 1] = (digits[bytes - 1] ?? 0) | 0x80;
    data.set(digits, at);
  }
  return dlt645Frame(address, codes.answer, Uint8Array.of(...backwards(item), ...data));
}
