import { codesOf } from './build-codes.ts';
import type { LineGrammar } from './grammar.ts';
import { mapEntries, within, type Report } from './report.ts';
import { parseTemplate, type LinePart } from './template.ts';
import type { WrittenLine } from './written.ts';

const defaultLineLength = 256;

export function buildLine(written: WrittenLine, report: Report): LineGrammar {
  const parts = partsOf(written.match, within(report, 'match'));
  if (!/^[\0-\x7f]$/.test(written.terminator)) {
    report({ at: ['terminator'], what: { en: 'a line ends with an ASCII character', zh: '行结束符须为 ASCII 字符' } });
  }
  const fields = new Set(parts.flatMap((part) => ('field' in part ? [part.field] : [])));
  return {
    kind: 'line',
    terminator: written.terminator,
    maxLength: written.maxLength ?? defaultLineLength,
    template: written.match,
    parts,
    invalid: mapEntries(written.invalid, within(report, 'invalid'), (codes, inside, field) => {
      if (!fields.has(field)) {
        inside({
          at: [],
          part: 'key',
          what: { en: `\`match\` has no field \`${field}\``, zh: `\`match\` 中没有字段 \`${field}\`` },
        });
      }
      return codesOf(codes);
    }),
  };
}

function partsOf(template: string, report: Report): readonly LinePart[] {
  const parsed = parseTemplate(template);
  if (parsed.ok) return parsed.parts;
  report({ at: [], offset: parsed.offset, what: parsed.what, hint: parsed.hint });
  return [];
}
