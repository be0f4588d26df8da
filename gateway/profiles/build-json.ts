import { codesOf, mapOf } from './build-codes.ts';
import type { JsonField, JsonGrammar } from './grammar.ts';
import { mapEntries, within, type Report } from './report.ts';
import type { WrittenJson, WrittenJsonField, WrittenProfile } from './written.ts';

const defaultLineLength = 1024;

/** @param connect - lines of a serial port end with something, messages of a topic come from topics. */
export function buildJson(
  { kind, terminator, maxLength = defaultLineLength, fields }: WrittenJson,
  connect: WrittenProfile['connect']['kind'],
  report: Report,
): JsonGrammar {
  if (connect === 'topic' && terminator !== undefined) {
    report({
      at: ['terminator'],
      part: 'key',
      what: { en: 'a message has no terminator', zh: '消息没有结束符' },
      hint: { en: 'remove it', zh: '请删除' },
    });
  }
  if (connect !== 'topic' && terminator === undefined) {
    report({
      at: [],
      part: 'key',
      what: { en: '`terminator` is missing', zh: '缺少 `terminator`' },
      hint: { en: 'say what ends a line, such as `terminator: "\\n"`', zh: '请说明行结束符，例如 `terminator: "\\n"`' },
    });
  }
  if (terminator !== undefined && !/^[\0-\x7f]$/.test(terminator)) {
    report({ at: ['terminator'], what: { en: 'a line ends with an ASCII character', zh: '行结束符须为 ASCII 字符' } });
  }
  return {
    kind,
    maxLength,
    fields: mapEntries(fields, within(report, 'fields'), (field, inside) => buildField(field, connect, inside)),
    ...(terminator === undefined ? {} : { terminator }),
  };
}

function buildField(
  { path, map, remember = false, topic, invalid }: WrittenJsonField,
  connect: WrittenProfile['connect']['kind'],
  report: Report,
): JsonField {
  if (topic !== undefined && connect !== 'topic') {
    report({
      at: ['topic'],
      part: 'key',
      what: { en: 'a serial line has no topics', zh: '串口没有主题' },
      hint: { en: 'remove it', zh: '请删除' },
    });
  }
  return { topic: topic ?? '', path: pathOf(path), map: mapOf(map), remember, invalid: codesOf(invalid) };
}

/** `a.b` → a, b; the whole payload for `''`. */
export function pathOf(written: string): readonly string[] {
  return written === '' ? [] : written.split('.');
}
