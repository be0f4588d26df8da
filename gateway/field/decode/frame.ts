import type { Fields, FrameGrammar } from '../../profiles/grammar.ts';
import { checksumOf } from './checksum.ts';
import { Garbage, type Decoded, type Decoder } from './decoder.ts';
import { readField } from './integer.ts';
import { hexText } from '../../platform/hex.ts';

/** An unending stretch of garbage is told after so many bytes, and then after twice as many each time. */
const firstReportBytes = 64;

/** Binary frames of one fixed length behind a header. What only looked like a frame is searched again, byte by byte. */
export function frameDecoder(grammar: FrameGrammar): Decoder {
  const garbage = new Garbage(firstReportBytes);
  let rest: Uint8Array = new Uint8Array();
  return {
    push: (bytes) => {
      const stream = joined(rest, bytes);
      const found: Decoded[] = [];
      let at = 0;
      while (at < stream.length) {
        const window = stream.subarray(at, at + grammar.length);
        if (!mayBegin(grammar, window)) {
          found.push(...garbage.add(window.subarray(0, 1), ''));
          at += 1;
          continue;
        }
        if (window.length < grammar.length) break;
        const frame = readFrame(grammar, window);
        if (frame.ok) found.push(...garbage.end(), frame);
        else found.push(...garbage.add(window.subarray(0, 1), frame.why));
        at += frame.ok ? grammar.length : 1;
      }
      rest = stream.slice(at);
      return found.map((result) => explained(result, grammar));
    },
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Whether the bytes begin like a frame, as far as they have come. */
function mayBegin({ header }: FrameGrammar, bytes: Uint8Array): boolean {
  const length = Math.min(header.length, bytes.length);
  for (let index = 0; index < length; index++) if (bytes[index] !== header[index]) return false;
  return true;
}

type Frame = { readonly ok: true; readonly fields: Fields } | { readonly ok: false; readonly why: string };

function readFrame({ checksum, fields }: FrameGrammar, bytes: Uint8Array): Frame {
  if (checksum && checksumOf(bytes, checksum).some((byte, index) => byte !== bytes[checksum.at + index])) {
    return { ok: false, why: 'the checksum does not fit' };
  }
  const values: Record<string, number> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = readField(bytes, field);
    if (field.mustBe !== undefined && value !== field.mustBe) {
      return { ok: false, why: `${name} is ${value}, not ${field.mustBe}` };
    }
    values[name] = value;
  }
  return { ok: true, fields: values };
}

function explained(result: Decoded, { header }: FrameGrammar): Decoded {
  if (result.ok || result.why !== '') return result;
  return { ...result, why: `no frame begins here with ${hexText(header)}` };
}
