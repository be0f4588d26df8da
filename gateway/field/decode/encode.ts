import type { Fields, FrameGrammar, LineGrammar } from '../../profiles/profile.ts';
import type { LineField } from '../../profiles/template.ts';
import { checksumOf } from './checksum.ts';
import { writeField } from './integer.ts';
import type { StreamGrammar } from './registry.ts';

/** The bytes that a device of this grammar sends for these fields: what a simulated device says. Absent fields are 0. */
export function encode(grammar: StreamGrammar, fields: Fields): Uint8Array {
  return grammar.kind === 'frame' ? encodeFrame(grammar, fields) : encodeLine(grammar, fields);
}

export function encodeFrame(grammar: FrameGrammar, fields: Fields): Uint8Array {
  const frame = new Uint8Array(grammar.length);
  frame.set(grammar.header);
  for (const [name, field] of Object.entries(grammar.fields)) {
    writeField(frame, field, field.mustBe ?? Math.round(Number(fields[name] ?? 0)));
  }
  if (grammar.checksum) frame.set(checksumOf(frame, grammar.checksum), grammar.checksum.at);
  return frame;
}

export function encodeLine(grammar: LineGrammar, fields: Fields): Uint8Array {
  const line = grammar.parts.map((part) =>
    'literal' in part ? part.literal : printed(part, Number(fields[part.field] ?? 0)),
  );
  return Uint8Array.from(line.join('') + grammar.terminator, (character) => character.charCodeAt(0));
}

function printed({ type, width }: LineField, value: number): string {
  const number = type === 'f' ? decimal(value, width) : Math.round(value).toString(type === 'x' ? 16 : 10);
  return number.startsWith('-')
    ? `-${number.slice(1).padStart((width ?? 1) - 1, '0')}`
    : number.padStart(width ?? 1, '0');
}

/** Plain decimal digits, never an exponent; as many decimals as the width has room for. */
function decimal(value: number, width: number | undefined): string {
  if (width === undefined) return String(Number(value.toFixed(6)));
  for (let decimals = width - 2; decimals > 0; decimals--) {
    const text = value.toFixed(decimals);
    if (text.length <= width) return text;
  }
  return value.toFixed(0);
}
