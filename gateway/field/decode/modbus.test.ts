import { describe, expect, test } from 'vitest';
import type { RegisterField, RegistersGrammar } from '../../profiles/grammar.ts';
import { hex } from '../../test/bus/hex.ts';
import { coilQuestion, hasGoodCrc, modbusQuestions, rtuFrame, tcpFrame } from './modbus.ts';
import { fieldsOf, type Found } from './question.ts';

const field = (about: Partial<RegisterField>): RegisterField => ({
  table: 'holding',
  at: 0,
  type: 'u16',
  words: 'big',
  shift: 0,
  mask: 0xffff_ffff,
  invalid: new Map(),
  isIncrease: false,
  ...about,
});

function grammar(fields: Readonly<Record<string, Partial<RegisterField>>>, count = 8): RegistersGrammar {
  const table = Object.values(fields)[0]?.table ?? 'holding';
  return {
    kind: 'registers',
    reads: [{ table, first: 0, count, isDestructive: false }],
    fields: Object.fromEntries(Object.entries(fields).map(([name, about]) => [name, field({ table, ...about })])),
  };
}

/** Published exchanges; where each is from stands in the profiles of these devices. */
const golden = [
  {
    name: 'Sonbus XM9505: 536 counts',
    read: { table: 'holding', first: 0, count: 1 },
    address: 1,
    fields: { count: { table: 'holding', at: 0, type: 'u16' } },
    ask: '01 03 00 00 00 01 84 0A',
    answer: '01 03 02 02 18 B9 2E',
    gives: { count: 536 },
  },
  {
    name: 'Lambrecht rain[e]: 0.1 mm in all',
    read: { table: 'input', first: 31001, count: 1 },
    address: 3,
    fields: { total: { table: 'input', at: 31001, type: 'i16' } },
    ask: '03 04 79 19 00 01 F8 B3',
    answer: '03 04 02 00 01 01 30',
    gives: { total: 1 },
  },
  {
    name: 'DFRobot SEN0601: 65.8 %, -10.1 °C, 1000 µS/cm',
    read: { table: 'holding', first: 0, count: 3 },
    address: 1,
    fields: {
      moisture: { table: 'holding', at: 0, type: 'u16' },
      temperature: { table: 'holding', at: 1, type: 'i16' },
      conductivity: { table: 'holding', at: 2, type: 'u16' },
    },
    ask: '01 03 00 00 00 03 05 CB',
    answer: '01 03 06 02 92 FF 9B 03 E8 D8 0F',
    gives: { moisture: 658, temperature: -101, conductivity: 1000 },
  },
] as const;

describe('a Modbus exchange that a maker has published', () => {
  test.each(golden.map((one) => [one.name, one] as const))('%s', (_name, { read, address, fields, ...one }) => {
    const [question, ...others] = modbusQuestions(
      {
        kind: 'registers',
        reads: [{ ...read, isDestructive: false }],
        fields: Object.fromEntries(Object.entries(fields).map(([name, about]) => [name, field(about)])),
      },
      address,
      'rtu',
    );
    expect(others).toEqual([]);
    expect(question?.ask(0)).toEqual(hex(one.ask));
    expect(question?.read(hex(one.answer), 0)).toEqual({ kind: 'answer', fields: one.gives });
    expect(question?.answerBytes).toBe(hex(one.answer).length);
  });
});

/** What a slave with these data bytes is understood to say. */
function answered(fields: Readonly<Record<string, Partial<RegisterField>>>, data: string): Found | undefined {
  const bytes = hex(data);
  const [question] = modbusQuestions(grammar(fields, bytes.length / 2), 1, 'rtu');
  return question?.read(rtuFrame(1, Uint8Array.of(3, bytes.length, ...bytes)), 0);
}

describe('numbers in registers', () => {
  test.each([
    ['a negative number', { type: 'i16' }, 'FF9B', -101],
    ['32 bits, high register first', { type: 'u32' }, '0001 0002', 65_538],
    ['32 bits, low register first', { type: 'u32', words: 'little' }, '0002 0001', 65_538],
    ['a negative number of 32 bits', { type: 'i32' }, 'FFFF FFFE', -2],
    ['floating point', { type: 'f32' }, '42F6 E666', 123.449_996_948_242_19],
    ['floating point, low register first', { type: 'f32', words: 'little' }, 'E666 42F6', 123.449_996_948_242_19],
    ['some bits of a register', { type: 'u16', shift: 4, mask: 0x0f }, '12A4', 10],
    ['all bits of 32', { type: 'u32' }, 'FFFF FFFF', 4_294_967_295],
  ] as const)('%s', (_name, about, data, value) => {
    expect(answered({ it: about }, data)).toEqual({ kind: 'answer', fields: { it: value } });
  });

  test('coils stand in bytes, the first one lowest', () => {
    const fields = {
      first: { table: 'coil', at: 0, type: 'bit' },
      tenth: { table: 'coil', at: 9, type: 'bit' },
    } as const;
    const [question] = modbusQuestions(grammar(fields, 10), 7, 'rtu');
    expect(question?.ask(0)).toEqual(rtuFrame(7, hex('01 0000 000A')));
    expect(question?.read(rtuFrame(7, hex('01 02 00 02')), 0)).toEqual({
      kind: 'answer',
      fields: { first: 0, tenth: 1 },
    });
  });
});

const [question] = modbusQuestions(grammar({ it: {} }, 1), 1, 'rtu');
const good = rtuFrame(1, hex('03 02 00 2A'));
const read = (...parts: readonly Uint8Array[]): Found | undefined =>
  question?.read(Uint8Array.from(parts.flatMap((part) => [...part])), 0);
const fortyTwo = { kind: 'answer', fields: { it: 42 } };

describe('an answer on a serial line', () => {
  test('is found behind garbage, behind another slave and behind the first part of itself', () => {
    expect(read(hex('00 FF 01 03'), good)).toEqual(fortyTwo);
    expect(read(rtuFrame(2, hex('03 02 00 01')), good)).toEqual(fortyTwo);
    expect(read(good.subarray(0, 4), good)).toEqual(fortyTwo);
  });

  test('is nobody else’s, whoever answers', () => {
    expect(read(rtuFrame(2, hex('03 02 00 2A')))).toEqual({ kind: 'none', why: 'address 2 answered instead' });
    expect(read(rtuFrame(1, hex('04 02 00 2A')))).toMatchObject({ kind: 'none' });
    expect(read(rtuFrame(1, hex('03 04 00 2A 00 2B')))).toMatchObject({ kind: 'none' });
  });

  test('is none without its last byte, or with a wrong one anywhere', () => {
    for (let at = 0; at < good.length; at++) {
      expect(read(good.subarray(0, at))?.kind).toBe('none');
      for (let bit = 0; bit < 8; bit++) {
        const spoiled = good.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte));
        expect(read(spoiled)?.kind).toBe('none');
      }
    }
    expect(read(good.subarray(0, 5))).toEqual({ kind: 'none', why: 'the answer broke off' });
    expect(read(rtuFrame(1, hex('03 02 00 2A')).with(4, 0x2b))).toEqual({
      kind: 'none',
      why: 'the checksum does not fit',
    });
  });

  test('that refuses says why, and leaves every field of the question without a value', () => {
    const refused = read(hex('01 83 02 C0 F1'));
    expect(refused).toEqual({
      kind: 'exception',
      why: 'the device has no such address (Modbus exception 2)',
      isAbsent: false,
    });
    expect(question && refused && fieldsOf(question, refused)).toEqual({ it: { why: ['device_fault'] } });
  });

  test('of a gateway whose device is silent is told from a refusal', () => {
    expect(read(rtuFrame(1, hex('83 0B')))).toMatchObject({ kind: 'exception', isAbsent: true });
  });
});

describe('an answer in a TCP stream', () => {
  const [overTcp] = modbusQuestions(grammar({ it: {} }, 1), 1, 'tcp');
  const pdu = hex('03 02 00 2A');
  const readTcp = (...parts: readonly Uint8Array[]): Found | undefined =>
    overTcp?.read(Uint8Array.from(parts.flatMap((part) => [...part])), 7);

  test('carries the number of its question', () => {
    expect(overTcp?.ask(0x1234)).toEqual(hex('1234 0000 0006 01 03 0000 0001'));
    expect(readTcp(tcpFrame(7, 1, pdu))).toEqual(fortyTwo);
    expect(overTcp?.answerBytes).toBe(tcpFrame(7, 1, pdu).length);
  });

  test('to an earlier question, or of another unit, is passed over', () => {
    expect(readTcp(tcpFrame(6, 1, hex('03 02 00 01')), tcpFrame(7, 1, pdu))).toEqual(fortyTwo);
    expect(readTcp(tcpFrame(6, 1, pdu))).toMatchObject({ kind: 'none' });
    expect(readTcp(tcpFrame(7, 2, pdu))).toMatchObject({ kind: 'none' });
  });

  test('is found behind the rest of a broken one', () => {
    expect(readTcp(tcpFrame(6, 1, pdu).subarray(5), tcpFrame(7, 1, pdu))).toEqual(fortyTwo);
  });

  test('that refuses says why', () => {
    expect(readTcp(tcpFrame(7, 1, hex('83 0B')))).toMatchObject({ kind: 'exception', isAbsent: true });
  });
});

test('switching a coil is done when its echo comes, and only then', () => {
  const on = coilQuestion({ table: 'coil', at: 0x00ac }, true, 0x11, 'rtu');
  // Modbus Application Protocol V1.1b3, 6.5, with the address 11h of older editions of the document.
  expect(on.ask(0)).toEqual(hex('11 05 00 AC FF 00 4E 8B'));
  expect(on.read(hex('11 05 00 AC FF 00 4E 8B'), 0)).toEqual({ kind: 'answer', fields: {} });
  expect(on.read(coilQuestion({ table: 'coil', at: 0x00ac }, false, 0x11, 'rtu').ask(0), 0)).toMatchObject({
    kind: 'none',
  });
  expect(hasGoodCrc(on.ask(0))).toBe(true);
});
