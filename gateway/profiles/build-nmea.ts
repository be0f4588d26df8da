import { codesOf, mapOf } from './build-codes.ts';
import type { NmeaField, NmeaGrammar } from './grammar.ts';
import { mapEntries, within, type Report } from './report.ts';
import type { WrittenNmea, WrittenNmeaField } from './written.ts';

export function buildNmea({ kind, fields }: WrittenNmea, report: Report): NmeaGrammar {
  return { kind, fields: mapEntries(fields, within(report, 'fields'), buildField) };
}

function buildField({ sentence, at, type, map, invalid }: WrittenNmeaField, report: Report): NmeaField {
  if (type === 'text' && !map) {
    report({
      at: ['type'],
      what: { en: 'a text needs `map`', zh: '文字类型需要 `map`' },
      hint: {
        en: 'say what each text means, such as `map: { A: 1, V: 0 }`',
        zh: '请说明每个文字的含义，例如 `map: { A: 1, V: 0 }`',
      },
    });
  }
  if (type !== 'text' && map) {
    report({
      at: ['map'],
      part: 'key',
      what: { en: `\`map\` is for texts, and this is a ${type}`, zh: `\`map\` 仅用于文字，此处为 ${type}` },
      hint: { en: 'write `type: text`, or remove `map`', zh: '请写 `type: text`，或删除 `map`' },
    });
  }
  return { sentence, at, type, map: mapOf(map), invalid: codesOf(invalid) };
}
