import type { Fields, LineGrammar } from '../../profiles/profile.ts';
import { maxDigits, type LineField, type LinePart } from '../../profiles/template.ts';
import { Garbage, type Decoded, type Decoder } from './decoder.ts';

const nothing: readonly Decoded[] = [];

/**
 * Lines of text.
 *
 * The stream may begin in the middle of a line. Some templates cannot tell (the tail of `112.5` is a good `{v:f}` too):
 * for those the first line counts only once the end of another was seen.
 */
export function lineDecoder(grammar: LineGrammar): Decoder {
  const garbage = new Garbage(1);
  const terminator = grammar.terminator.charCodeAt(0);
  let line: number[] = [];
  /** Why what stands in `line` cannot be a whole line, if so. */
  let fault = showsItsHead(grammar.parts) ? undefined : 'the line may have lost its beginning';
  const takeByte = (byte: number): readonly Decoded[] => {
    if (byte !== terminator) {
      line.push(byte);
      if (line.length <= grammar.maxLength) return nothing;
      fault = `the line is longer than ${grammar.maxLength} characters`;
      return garbage.add(line.splice(0), fault);
    }
    const [bytes, why] = [line, fault];
    line = [];
    fault = undefined;
    return why === undefined ? takeLine(bytes) : garbage.add(bytes, why);
  };
  const takeLine = (bytes: readonly number[]): Decoded[] => {
    const text = textOf(bytes, grammar.terminator);
    if (text === '') return [];
    const fields = matchLine(grammar.parts, text);
    return fields
      ? [...garbage.end(), { ok: true, fields }]
      : garbage.add(bytes, `the line is not like ${grammar.template}`);
  };
  return {
    push: (bytes) => {
      const found: Decoded[] = [];
      for (const byte of bytes) {
        const decoded = takeByte(byte);
        if (decoded.length > 0) found.push(...decoded);
      }
      return found;
    },
  };
}

/** A carriage return before a line feed is not part of the line. */
function textOf(bytes: readonly number[], terminator: string): string {
  const text = String.fromCharCode(...bytes);
  return terminator === '\n' && text.endsWith('\r') ? text.slice(0, -1) : text;
}

/**
 * Whether no tail of a good line is a good line as well: all widths are fixed, so that a tail is too short, or the
 * line begins with a character that no number can contain, so that a tail has too few of it.
 */
function showsItsHead(parts: readonly LinePart[]): boolean {
  const fields = parts.filter((part) => 'field' in part);
  if (fields.every(({ width }) => width !== undefined)) return true;
  const [first] = parts;
  const inNumbers = fields.some(({ type }) => type === 'x') ? /^[ \d+.a-fA-F-]/ : /^[ \d+.-]/;
  return first !== undefined && 'literal' in first && !inNumbers.test(first.literal);
}

/** The numbers of a line, or `undefined` when it is not like the template from its first to its last character. */
export function matchLine(parts: readonly LinePart[], line: string): Fields | undefined {
  const fields: Record<string, number> = {};
  let at = 0;
  for (const part of parts) {
    if ('literal' in part) {
      if (!line.startsWith(part.literal, at)) return undefined;
      at += part.literal.length;
      continue;
    }
    const text = numberAt(part, line, at);
    if (text === undefined) return undefined;
    fields[part.field] = (part.type === 'x' ? Number.parseInt(text, 16) : Number(text)) + 0; // -0 becomes 0
    at += text.length;
  }
  return at === line.length ? fields : undefined;
}

/** Each takes as much as it can, from where it stands. */
const numbers: Readonly<Record<LineField['type'], RegExp>> = {
  d: new RegExp(` *[+-]?\\d{1,${maxDigits}}`, 'y'),
  f: new RegExp(` *[+-]?(?:\\d{1,${maxDigits}}(?:\\.\\d{0,${maxDigits}})?|\\.\\d{1,${maxDigits}})`, 'y'),
  x: new RegExp(` *[\\da-fA-F]{1,${maxDigits}}`, 'y'),
};

function numberAt({ type, width }: LineField, line: string, at: number): string | undefined {
  const until = width === undefined ? line : line.slice(0, at + width);
  const pattern = numbers[type];
  pattern.lastIndex = at;
  const [text] = pattern.exec(until) ?? [];
  return width === undefined || text?.length === width ? text : undefined;
}
