import type { Reason } from '../model/reading.ts';
import {
  checksumSizes,
  integerTypes,
  type Checksum,
  type Decode,
  type FrameField,
  type FrameGrammar,
  type InvalidCodes,
  type LineGrammar,
} from './profile.ts';
import { mapEntries, within, type Report } from './report.ts';
import { parseTemplate, type LinePart } from './template.ts';
import type { WrittenField, WrittenFrame, WrittenInvalid, WrittenLine, WrittenProfile } from './written.ts';

const defaultLineLength = 256;
const allBits = 0xffff_ffff;

/** The grammar of the device's bytes, checked: everything that a frame names lies inside it. */
export function buildDecode(written: WrittenProfile, report: Report): Decode {
  const { connect, decode } = written;
  if (connect.kind === 'serial' && !decode) {
    report({
      at: [],
      part: 'key',
      what: { en: '`decode` is missing', zh: '缺少 `decode`' },
      hint: {
        en: 'say what the bytes of the line mean, with `kind: frame` or `kind: line`',
        zh: '请用 `kind: frame` 或 `kind: line` 说明线路上字节的含义',
      },
    });
  }
  if (connect.kind !== 'serial' && decode) {
    report({
      at: ['decode'],
      part: 'key',
      what: { en: '`decode` is for serial lines only', zh: '`decode` 仅用于串口' },
      hint: { en: 'remove it: a board or a message gives named fields', zh: '请删除：板卡和消息直接给出字段' },
    });
  }
  if (!decode) return { kind: 'fields' };
  const inside = within(report, 'decode');
  return decode.kind === 'frame' ? buildFrame(decode, inside) : buildLine(decode, inside);
}

/** Bytes written in hexadecimal: `42 4D`. */
export function bytesFromHex(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), (pair) => Number.parseInt(pair, 16));
}

function buildFrame(written: WrittenFrame, report: Report): FrameGrammar {
  const header = bytesFromHex(written.header);
  if (header.length > written.length) report({ at: ['header'], ...outside(written.length) });
  const fields = mapEntries(written.fields, within(report, 'fields'), (field, inside) =>
    buildField(field, written.length, inside),
  );
  if (written.checksum) checkChecksum(written.checksum, written.length, within(report, 'checksum'));
  const { kind, length, checksum } = written;
  return { kind, header, length, fields, ...(checksum ? { checksum } : {}) };
}

const outside = (length: number) => ({
  what: { en: `this lies outside the frame of ${length} bytes`, zh: `超出了 ${length} 字节的帧` },
  hint: { en: 'bytes count from 0; check `length` too', zh: '字节从 0 计数；请同时检查 `length`' },
});

function checkChecksum(checksum: Checksum, length: number, report: Report): void {
  const { kind, first, last, at } = checksum;
  if (at + checksumSizes[kind] > length) report({ at: ['at'], ...outside(length) });
  if (last >= length) report({ at: ['last'], ...outside(length) });
  if (first > last) {
    report({ at: ['first'], what: { en: '`first` comes after `last`', zh: '`first` 在 `last` 之后' } });
  } else if (at <= last && at + checksumSizes[kind] > first) {
    report({ at: ['at'], what: { en: 'the checksum would sum itself', zh: '校验范围包含了校验值自身' } });
  }
}

function buildField(written: WrittenField, length: number, report: Report): FrameField {
  const { at, type, shift = 0, mask = allBits, mustBe, invalid } = written;
  const { size, isSigned } = integerTypes[type];
  if (at + size > length) report({ at: ['at'], ...outside(length) });
  if (isSigned && (written.shift !== undefined || written.mask !== undefined)) {
    report({
      at: ['type'],
      what: { en: '`shift` and `mask` are for unsigned types only', zh: '`shift` 和 `mask` 仅用于无符号类型' },
    });
  }
  const [least, most] = rangeOf(size, isSigned);
  if (mustBe !== undefined && (mustBe < least || mustBe > most)) {
    report({
      at: ['mustBe'],
      what: { en: `${type} goes from ${least} to ${most}`, zh: `${type} 的范围是 ${least} 到 ${most}` },
    });
  }
  return { at, type, shift, mask, invalid: codesOf(invalid), ...(mustBe === undefined ? {} : { mustBe }) };
}

function rangeOf(size: number, isSigned: boolean): readonly [number, number] {
  const all = 2 ** (8 * size);
  return isSigned ? [-all / 2, all / 2 - 1] : [0, all - 1];
}

function codesOf(written: WrittenInvalid = {}): InvalidCodes {
  return new Map(Object.entries(written).map(([code, reason]): [number, Reason] => [Number(code), reason]));
}

function buildLine(written: WrittenLine, report: Report): LineGrammar {
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
