import {
  modbusTables,
  registerTypes,
  type Fields,
  type ModbusTable,
  type RegistersGrammar,
} from '../../profiles/grammar.ts';
import {
  dataBytes,
  exceptionFlag,
  hasGoodCrc,
  readFunctions,
  rtuFrame,
  tcpFrame,
  writeCoilFunction,
} from './modbus.ts';
import type { Framing } from './question.ts';

/** Modbus as the answering side speaks it: for simulated devices, and for tests. */

/** A question that was heard on the line. */
export interface HeardQuestion {
  readonly transaction: number;
  readonly address: number;
  readonly pdu: Uint8Array;
}

/** What a slave holds. */
export interface Tables {
  /** A register, or a bit as 1 or 0; `undefined` when there is no such address. */
  read(table: ModbusTable, at: number): number | undefined;
  /** @returns whether there is such a coil. */
  writeCoil?(at: number, isOn: boolean): boolean;
}

/** Bytes of a question with its address and CRC: all that we answer have as many. */
const questionBytes = 8;
const headerBytes = 7;

/** The questions in what came, and the rest that may become one. */
export function questionsIn(
  received: Uint8Array,
  framing: Framing,
): { readonly questions: readonly HeardQuestion[]; readonly rest: Uint8Array } {
  const questions: HeardQuestion[] = [];
  let at = 0;
  if (framing === 'tcp') {
    const word = (index: number): number => ((received[index] ?? 0) << 8) | (received[index + 1] ?? 0);
    while (received.length >= at + headerBytes && received.length >= at + 6 + word(at + 4)) {
      const end = at + 6 + word(at + 4);
      const pdu = received.slice(at + headerBytes, end);
      questions.push({ transaction: word(at), address: received[at + 6] ?? 0, pdu });
      at = end;
    }
    return { questions, rest: received.slice(at) };
  }
  while (received.length >= at + questionBytes) {
    const frame = received.subarray(at, at + questionBytes);
    if (!hasGoodCrc(frame)) {
      at += 1;
      continue;
    }
    questions.push({ transaction: 0, address: frame[0] ?? 0, pdu: frame.slice(1, -2) });
    at += questionBytes;
  }
  return { questions, rest: received.slice(at) };
}

/** What a slave says to a question, framed as the question was. @param address - as whom it answers. */
export function answerFrame(
  { transaction }: HeardQuestion,
  address: number,
  pdu: Uint8Array,
  framing: Framing,
): Uint8Array {
  return framing === 'rtu' ? rtuFrame(address, pdu) : tcpFrame(transaction, address, pdu);
}

export function exceptionPdu([code = 0]: Uint8Array, reason: number): Uint8Array {
  return Uint8Array.of(code | exceptionFlag, reason);
}

/** Application Protocol V1.1b3, 7. */
const reasons = { unknownFunction: 1, unknownAddress: 2, badValue: 3 } as const;

export function answerPdu(pdu: Uint8Array, tables: Tables): Uint8Array {
  const [code = 0] = pdu;
  const word = (at: number): number => ((pdu[at] ?? 0) << 8) | (pdu[at + 1] ?? 0);
  const [first, count] = [word(1), word(3)];
  if (code === writeCoilFunction) {
    return tables.writeCoil?.(first, count === 0xff00) ? pdu : exceptionPdu(pdu, reasons.unknownAddress);
  }
  const table = tableNames.find((name) => readFunctions[name] === code);
  if (!table) return exceptionPdu(pdu, reasons.unknownFunction);
  if (count < 1 || count > modbusTables[table].most) return exceptionPdu(pdu, reasons.badValue);
  const values = Array.from({ length: count }, (_unused, index) => tables.read(table, first + index));
  const data = new Uint8Array(dataBytes(table, count));
  for (const [index, value] of values.entries()) {
    if (value === undefined) return exceptionPdu(pdu, reasons.unknownAddress);
    if (modbusTables[table].isBits) data[index >> 3] = (data[index >> 3] ?? 0) | (value << (index & 7));
    else data.set([(value >> 8) & 0xff, value & 0xff], 2 * index);
  }
  return Uint8Array.of(code, data.length, ...data);
}

const tableNames = ['coil', 'discrete', 'holding', 'input'] as const satisfies readonly ModbusTable[];

const key = (table: ModbusTable, at: number): string => `${table} ${at}`;

/** The registers of a device whose fields these are; all others that its profile asks for are 0. */
export function tablesOf(grammar: RegistersGrammar, fields: Fields): Tables {
  const values = new Map<string, number>();
  for (const { table, first, count } of grammar.reads) {
    for (let at = first; at < first + count; at++) values.set(key(table, at), 0);
  }
  for (const [name, { table, at, type, words, shift }] of Object.entries(grammar.fields)) {
    const field = fields[name];
    const value = Number(typeof field === 'object' ? field.value : field) || 0;
    if (type === 'bit') {
      values.set(key(table, at), value === 0 ? 0 : 1);
      continue;
    }
    const view = new DataView(new ArrayBuffer(4));
    if (type === 'f32') view.setFloat32(0, value);
    else if (registerTypes[type] === 2) view.setUint32(0, Math.round(value * 2 ** shift));
    else view.setUint16(0, Math.round(value * 2 ** shift));
    for (let word = 0; word < registerTypes[type]; word++) {
      const place = words === 'big' ? word : registerTypes[type] - 1 - word;
      values.set(key(table, at + word), (values.get(key(table, at + word)) ?? 0) | view.getUint16(2 * place));
    }
  }
  return {
    read: (table, at) => values.get(key(table, at)),
    writeCoil: (at, isOn) => {
      if (!values.has(key('coil', at))) return false;
      values.set(key('coil', at), isOn ? 1 : 0);
      return true;
    },
  };
}
