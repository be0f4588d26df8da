import type { Fields, LineGrammar } from '../../profiles/grammar.ts';
import { maxDigits, type LineField, type LinePart } from '../../profiles/template.ts';
import type { Decoder } from './decoder.ts';
import { asciiOf, linesDecoder } from './lines.ts';

/**
 * Lines of text.
 *
 * The stream may begin in the middle of a line. Some templates cannot tell (the tail of `112.5` is a good `{v:f}` too):
 * for those the first line counts only once the end of another was seen.
 */
export function lineDecoder({ parts, terminator, maxLength, template }: LineGrammar): Decoder {
  return linesDecoder({
    terminator,
    maxLength,
    firstFault: showsItsHead(parts) ? undefined : 'the line may have lost its beginning',
    read: (bytes) => {
      const text = asciiOf(bytes, terminator);
      if (text === '') return undefined;
      const fields = matchLine(parts, text);
      return fields ? { fields } : `the line is not like ${template}`;
    },
  });
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
