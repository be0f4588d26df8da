import type { Words } from '../platform/problem.ts';
import { isFormulaName } from './formula.ts';
import { refuse, type Refused } from './refused.ts';

/** A piece of a line template such as `R{range:4d}`. */
export type LinePart = { readonly literal: string } | LineField;

/**
 * A number in a line: `d` whole with sign, `f` decimal with sign, `x` hexadecimal. With `width` it takes exactly so many
 * characters, leading spaces included; without, as many as belong to it.
 */
export interface LineField {
  readonly field: string;
  readonly type: (typeof lineFieldTypes)[number];
  readonly width?: number;
}

export const lineFieldTypes = ['d', 'f', 'x'] as const;

export type ParsedTemplate = { readonly ok: true; readonly parts: readonly LinePart[] } | Refused;

const maxTemplateLength = 400;
/** More hexadecimal digits than this do not fit a double exactly, and no sensor has more decimal ones. */
export const maxDigits = 13;

/** What could follow a number of open width and be taken for a part of it. */
const belongs: Readonly<Record<LineField['type'], RegExp>> = { d: /^\d/, f: /^[\d.]/, x: /^[\da-fA-F]/ };

/**
 * Reads a line template: text stands for itself, `{name:d}` for a number, `{{` and `}}` for braces.
 *
 * Reading a line by it needs no backtracking, because templates in which a number could end in two places are refused:
 * two numbers of open width side by side, or one before a character that could belong to it.
 */
export function parseTemplate(text: string): ParsedTemplate {
  if (text.length > maxTemplateLength) return refuse(maxTemplateLength, { en: 'too long', zh: '过长' });
  const parts: LinePart[] = [];
  const names = new Set<string>();
  for (const { 0: piece, index, groups } of text.matchAll(piecePattern)) {
    const refused =
      groups?.['field'] === undefined ? addLiteral(parts, piece, index) : addField(parts, names, piece, index);
    if (refused) return refused;
  }
  if (names.size > 0) return { ok: true, parts };
  return refuse(0, { en: 'the template has no field', zh: '模板中没有字段' }, fieldForm);
}

const piecePattern = /\{\{|\}\}|(?<field>\{[^{}]*\})|[{}]|[^{}]+/gu;
const fieldForm: Words = {
  en: 'a field is written `{name:d}`, `{name:4d}`, `{name:f}` or `{name:x}`',
  zh: '字段写作 `{name:d}`、`{name:4d}`、`{name:f}` 或 `{name:x}`',
};

function addLiteral(parts: LinePart[], piece: string, offset: number): Refused | undefined {
  if (piece === '{' || piece === '}') {
    return refuse(
      offset,
      { en: `a lone \`${piece}\``, zh: `多余的 \`${piece}\`` },
      {
        en: `write \`${piece}${piece}\` for the character itself; ${fieldForm.en}`,
        zh: `字符本身写作 \`${piece}${piece}\`；${fieldForm.zh}`,
      },
    );
  }
  if (!/^[\t\r\x20-\x7e]*$/.test(piece)) {
    return refuse(offset, { en: 'lines of devices are ASCII', zh: '设备输出的行只能是 ASCII 字符' });
  }
  const literal = piece === '{{' ? '{' : piece === '}}' ? '}' : piece;
  const last = parts.at(-1);
  if (last && 'field' in last && last.width === undefined && belongs[last.type].test(literal)) {
    return refuse(
      offset,
      {
        en: `\`${literal[0]}\` could still be part of the number before it`,
        zh: `\`${literal[0]}\` 可能被当作前面数字的一部分`,
      },
      widthHint,
    );
  }
  parts.push({ literal });
  return undefined;
}

const widthHint: Words = {
  en: 'give that number a width, such as `{name:4d}`',
  zh: '请为该数字指定宽度，例如 `{name:4d}`',
};

function addField(parts: LinePart[], names: Set<string>, piece: string, offset: number): Refused | undefined {
  const [, field = '', digits, type] = /^\{(\w+):(\d{1,2})?([dfx])\}$/.exec(piece) ?? [];
  if (!isFormulaName(field))
    return refuse(offset, { en: `\`${piece}\` is not a field`, zh: `\`${piece}\` 不是字段` }, fieldForm);
  if (names.has(field)) return refuse(offset, { en: `\`${field}\` is there twice`, zh: `\`${field}\` 重复出现` });
  const width = digits === undefined ? undefined : Number(digits);
  if (width !== undefined && (width < 1 || width > maxDigits)) {
    return refuse(offset, { en: `a width is 1 to ${maxDigits}`, zh: `宽度须在 1 到 ${maxDigits} 之间` });
  }
  const last = parts.at(-1);
  if (last && 'field' in last && last.width === undefined) {
    return refuse(
      offset,
      { en: 'two numbers side by side, the first of open width', zh: '两个数字相邻，且前者未指定宽度' },
      widthHint,
    );
  }
  names.add(field);
  const kind = lineFieldTypes.find((known) => known === type) ?? 'd';
  parts.push(width === undefined ? { field, type: kind } : { field, type: kind, width });
  return undefined;
}
