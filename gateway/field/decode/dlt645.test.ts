import { describe, expect, test } from 'vitest';
import type { Dlt645Field } from '../../profiles/grammar.ts';
import { hex } from '../../test/bus/hex.ts';
import { backwards, codes, digitsOf, dlt645Frame, meterFrames, meterQuestions } from './dlt645.ts';
import { fieldsOf, type Found, type Question } from './question.ts';

const meter = '000000000161';
const field = (about: Partial<Dlt645Field> = {}): Dlt645Field => ({
  item: '00010000',
  at: 0,
  bytes: 4,
  isSigned: false,
  ...about,
});

function only(fields: Readonly<Record<string, Dlt645Field>>, address = meter): Question {
  const [question, ...others] = meterQuestions({ kind: 'dlt645', fields }, address);
  if (!question || others.length > 0) throw new Error('one question, please');
  return question;
}

describe('frames from a captured trace', () => {
  test('0.26 kWh', () => {
    const answer = hex('68 610100000000 68 91 08 33333433 59333333 8A 16');
    expect(only({ energy: field() }).read(answer, 0)).toEqual({ kind: 'answer', fields: { energy: 26 } });
  });

  test('100.1 V', () => {
    const answer = hex('FEFEFEFE 68 610100000000 68 91 06 33343435 3443 10 16');
    const question = only({ voltage: field({ item: '02010100', bytes: 2 }) });
    expect(question.read(answer, 0)).toEqual({ kind: 'answer', fields: { voltage: 1001 } });
  });

  test('a question to any meter', () => {
    const ask = only({ energy: field({ item: '00010000' }) }, 'AAAAAAAAAAAA').ask(0);
    expect(ask).toEqual(hex('FEFEFEFE 68 AAAAAAAAAAAA 68 11 04 33333433 AE 16'));
  });
});

test('an item is asked once, however many numbers are in it', () => {
  const phases = Object.fromEntries(
    ['a', 'b', 'c'].map((name, index) => [name, field({ item: '0201FF00', at: 2 * index, bytes: 2 })]),
  );
  const question = only(phases);
  const data = Uint8Array.of(...backwards('0201FF00'), ...hex('34 22 FFFF 01 23'));
  expect(question.read(dlt645Frame(meter, codes.answer, data), 0)).toEqual({
    kind: 'answer',
    fields: { a: 2234, b: { why: ['device_fault'] }, c: 2301 },
  });
});

test.each([
  ['the sign is the top bit', '85 00 80', { isSigned: true, bytes: 3 }, -85],
  ['the top bit is a digit where there is no sign', '85 00 80', { bytes: 3 }, 800_085],
  ['what has no decimal digits is no number', '8A 00 00', { bytes: 3 }, { why: ['decode'] }],
])('%s', (_name, data, about, value) => {
  const answer = dlt645Frame(meter, codes.answer, Uint8Array.of(...backwards('00010000'), ...hex(data)));
  expect(only({ it: field(about) }).read(answer, 0)).toEqual({ kind: 'answer', fields: { it: value } });
});

describe('an answer', () => {
  const good = dlt645Frame(meter, codes.answer, Uint8Array.of(...backwards('00010000'), ...hex('26 00 00 00')));
  const question = only({ energy: field() });
  const read = (...parts: readonly Uint8Array[]): Found =>
    question.read(Uint8Array.from(parts.flatMap((part) => [...part])), 0);
  const kept = { kind: 'answer', fields: { energy: 26 } };

  test('is found behind garbage, behind another meter’s and behind the first part of itself', () => {
    expect(read(hex('68 00 FE 16'), good)).toEqual(kept);
    expect(read(dlt645Frame('000000000162', codes.answer, hex('00 00 01 00 01 00 00 00')), good)).toEqual(kept);
    expect(read(good.subarray(0, 11), good)).toEqual(kept);
  });

  test('of another meter, or about another item, is none', () => {
    const data = Uint8Array.of(...backwards('00010000'), ...hex('26 00 00 00'));
    expect(read(dlt645Frame('000000000162', codes.answer, data))).toEqual({
      kind: 'none',
      why: 'address 000000000162 answered instead',
    });
    expect(read(dlt645Frame(meter, codes.answer, hex('00 00 02 00 26 00 00 00'))).kind).toBe('none');
    expect(read(dlt645Frame(meter, codes.answer, data.subarray(0, 6)))).toEqual({
      kind: 'none',
      why: 'the answer is shorter than the profile says',
    });
  });

  test('is none without its last byte, or with a wrong one anywhere', () => {
    for (let at = 0; at < good.length; at++) {
      expect(read(good.subarray(0, at)).kind).toBe('none');
      expect(read(good.map((byte, index) => (index === at ? byte ^ 0x10 : byte))).kind).toBe('none');
    }
  });

  test('that refuses leaves every field of the question without a value', () => {
    const refused = read(dlt645Frame(meter, codes.refusal, Uint8Array.of(2)));
    expect(refused).toEqual({ kind: 'exception', why: 'the meter refuses (error 2)', isAbsent: false });
    expect(fieldsOf(question, refused)).toEqual({ energy: { why: ['device_fault'] } });
  });
});

test('addresses and items stand backwards on the line', () => {
  expect(backwards(meter)).toEqual(hex('61 01 00 00 00 00'));
  expect(digitsOf(hex('61 01 00 00 00 00'))).toBe(meter);
  expect(meterFrames(hex('68 610100000000 68 91 08 33333433 59333333 8A 16')).frames).toEqual([
    { address: meter, code: 0x91, data: hex('00 00 01 00 26 00 00 00') },
  ]);
});
