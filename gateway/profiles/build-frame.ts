import { codesOf, rangeOf } from './build-codes.ts';
import { checksumSizes, integerTypes, type Checksum, type FrameField, type FrameGrammar } from './grammar.ts';
import { mapEntries, within, type Report } from './report.ts';
import type { WrittenField, WrittenFrame } from './written.ts';
import { bytesFromHex } from '../platform/hex.ts';

const allBits = 0xffff_ffff;

/** Everything that a frame names lies inside it. */
export function buildFrame(written: WrittenFrame, report: Report): FrameGrammar {
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
