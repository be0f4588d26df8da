import { readOf } from '../../profiles/build-registers.ts';
import {
  modbusTables,
  registerTypes,
  type ModbusTable,
  type RegisterField,
  type RegisterRead,
  type RegistersGrammar,
} from '../../profiles/grammar.ts';
import type { CommandTarget } from '../../profiles/profile.ts';
import { crc16 } from './checksum.ts';
import { faults, type Found, type Framing, type Question } from './question.ts';

/**
 * Modbus as the asking side speaks it: Modbus Application Protocol V1.1b3, Modbus over Serial Line V1.02, Modbus
 * Messaging on TCP/IP V1.0b.
 */

/** Function codes (Application Protocol, 6.1 to 6.5). */
export const readFunctions = { coil: 1, discrete: 2, holding: 3, input: 4 } as const satisfies Record<
  ModbusTable,
  number
>;
export const writeCoilFunction = 5;
/** Added to a function code that could not be carried out (Application Protocol, 7). */
export const exceptionFlag = 0x80;

/** Application Protocol, 7. */
const exceptions: Readonly<Record<number, string>> = {
  1: 'the device does not know this function',
  2: 'the device has no such address',
  3: 'the device does not take this value',
  4: 'the device has failed',
  5: 'the device needs longer for this',
  6: 'the device is busy',
  8: 'the memory of the device is damaged',
  10: 'the Modbus gateway has no way to the device',
  11: 'the device behind the Modbus gateway does not answer',
};
const isAbsentBehindGateway = (code: number): boolean => code === 10 || code === 11;

const high = (word: number): number => (word >> 8) & 0xff;
const low = (word: number): number => word & 0xff;

/** Bytes that so many coils or registers take. */
export function dataBytes(table: ModbusTable, count: number): number {
  return modbusTables[table].isBits ? Math.ceil(count / 8) : 2 * count;
}

/** A protocol data unit on a serial line: the address before it and the CRC, low byte first, behind it. */
export function rtuFrame(address: number, pdu: Uint8Array): Uint8Array {
  const frame = Uint8Array.of(address, ...pdu, 0, 0);
  const crc = crc16(frame.subarray(0, -2));
  frame.set([low(crc), high(crc)], frame.length - 2);
  return frame;
}

/** A protocol data unit in a TCP stream, behind its header (Messaging on TCP/IP, 3.1.3). */
export function tcpFrame(transaction: number, address: number, pdu: Uint8Array): Uint8Array {
  const length = pdu.length + 1;
  return Uint8Array.of(high(transaction), low(transaction), 0, 0, high(length), low(length), address, ...pdu);
}

/** Whether a frame on a serial line came whole. */
export function hasGoodCrc(frame: Uint8Array): boolean {
  const crc = crc16(frame.subarray(0, -2));
  return frame.length >= 4 && frame.at(-2) === low(crc) && frame.at(-1) === high(crc);
}

/** The questions that a profile asks of one slave, in their order. */
export function modbusQuestions(grammar: RegistersGrammar, address: number, framing: Framing): readonly Question[] {
  return grammar.reads.map((read) => {
    const own = Object.entries(grammar.fields).filter(([, field]) => readOf(field, grammar.reads) === read);
    return question(address, framing, {
      pdu: readPdu(read),
      fields: own.map(([name]) => name),
      isDestructive: read.isDestructive,
      valueBytes: dataBytes(read.table, read.count) + 1,
      isAnswer: (pdu) => pdu[1] === dataBytes(read.table, read.count),
      values: (pdu) => Object.fromEntries(own.map(([name, field]) => [name, fieldIn(pdu.subarray(2), read, field)])),
    });
  });
}

/** Switches a coil. The answer is an echo (Application Protocol, 6.5): another one is no answer to this. */
export function coilQuestion({ at }: CommandTarget, isOn: boolean, address: number, framing: Framing): Question {
  const pdu = Uint8Array.of(writeCoilFunction, high(at), low(at), isOn ? 0xff : 0, 0);
  return question(address, framing, {
    pdu,
    fields: [],
    isDestructive: true,
    valueBytes: pdu.length - 1,
    isAnswer: (answer) => pdu.every((byte, index) => answer[index] === byte),
    values: () => ({}),
  });
}

function readPdu({ table, first, count }: RegisterRead): Uint8Array {
  return Uint8Array.of(readFunctions[table], high(first), low(first), high(count), low(count));
}

interface Wanted {
  readonly pdu: Uint8Array;
  readonly fields: readonly string[];
  readonly isDestructive: boolean;
  /** Bytes of the answer behind the function code. */
  readonly valueBytes: number;
  /** Whether a protocol data unit of the right function and length answers this question. */
  readonly isAnswer: (pdu: Uint8Array) => boolean;
  readonly values: (pdu: Uint8Array) => Readonly<Record<string, number>>;
}

function question(address: number, framing: Framing, wanted: Wanted): Question {
  const { pdu, fields, isDestructive, valueBytes } = wanted;
  return {
    fields,
    isDestructive,
    answerBytes: valueBytes + 1 + (framing === 'rtu' ? 3 : 7),
    ask: (transaction) => (framing === 'rtu' ? rtuFrame(address, pdu) : tcpFrame(transaction, address, pdu)),
    read: (received, transaction) =>
      framing === 'rtu' ? readRtu(received, address, wanted) : readTcp(received, { transaction, address, wanted }),
  };
}

/** A protocol data unit that answers the question; `undefined` when it belongs to another one. */
function foundIn(pdu: Uint8Array, { pdu: asked, isAnswer, values }: Wanted): Found | undefined {
  const [code = 0] = asked;
  if (pdu[0] === code) return isAnswer(pdu) ? { kind: 'answer', fields: values(pdu) } : undefined;
  if (pdu[0] !== (code | exceptionFlag)) return undefined;
  const reason = pdu[1] ?? 0;
  return {
    kind: 'exception',
    why: `${exceptions[reason] ?? 'the device refuses'} (Modbus exception ${reason})`,
    isAbsent: isAbsentBehindGateway(reason),
  };
}

/** Searches a stretch of a serial line, which has no marks between frames: an answer is where a CRC fits. */
function readRtu(received: Uint8Array, address: number, wanted: Wanted): Found {
  if (received.length === 0) return { kind: 'none' };
  const [code = 0] = wanted.pdu;
  let why: string | undefined;
  for (let at = 0; at < received.length; at++) {
    if (received[at] !== address) continue;
    const isException = received[at + 1] === (code | exceptionFlag);
    if (received[at + 1] !== code && !isException) continue;
    const length = 2 + (isException ? 1 : wanted.valueBytes) + 2;
    const frame = received.subarray(at, at + length);
    const pdu = frame.subarray(1, -2);
    if (frame.length < length) {
      why ??= faults.brokenOff;
    } else if (hasGoodCrc(frame)) {
      const found = foundIn(pdu, wanted);
      if (found) return found;
    } else if (isException || wanted.isAnswer(pdu)) {
      why = faults.checksum;
    }
  }
  return { kind: 'none', why: why ?? otherVoice(received, address) ?? faults.noAnswer };
}

/** Who answered instead, if what came is one whole frame. */
function otherVoice(received: Uint8Array, address: number): string | undefined {
  const [other] = received;
  return other !== address && hasGoodCrc(received) ? `address ${other} answered instead` : undefined;
}

const headerBytes = 7;
/** Application Protocol, 4.1. */
const mostPduBytes = 253;

/** Walks through the frames of a TCP stream; answers to earlier questions are passed over. */
function readTcp(
  received: Uint8Array,
  { transaction, address, wanted }: { readonly transaction: number; readonly address: number; readonly wanted: Wanted },
): Found {
  if (received.length === 0) return { kind: 'none' };
  const word = (at: number): number => ((received[at] ?? 0) << 8) | (received[at + 1] ?? 0);
  let why: string | undefined;
  for (let at = 0; at < received.length;) {
    const length = word(at + 4) - 1;
    const isWhole = received.length >= at + headerBytes;
    if (isWhole && (word(at + 2) !== 0 || length < 2 || length > mostPduBytes)) {
      at += 1; // not a header: search on
      continue;
    }
    const pdu = received.subarray(at + headerBytes, at + headerBytes + length);
    if (!isWhole || pdu.length < length) {
      why ??= faults.brokenOff;
      break;
    }
    const isOurs = word(at) === transaction && received[at + 6] === address;
    const hasLength = length === (((pdu[0] ?? 0) & exceptionFlag) === 0 ? wanted.valueBytes + 1 : 2);
    const found = isOurs && hasLength ? foundIn(pdu, wanted) : undefined;
    if (found) return found;
    at += headerBytes + length;
  }
  return { kind: 'none', why: why ?? faults.noAnswer };
}

/** The number of a field in the data of an answer. */
function fieldIn(data: Uint8Array, { first }: RegisterRead, field: RegisterField): number {
  const { at, type, words, shift, mask } = field;
  const offset = at - first;
  if (type === 'bit') return ((data[offset >> 3] ?? 0) >> (offset & 7)) & 1;
  const view = new DataView(new ArrayBuffer(4));
  for (let word = 0; word < registerTypes[type]; word++) {
    const place = words === 'big' ? word : registerTypes[type] - 1 - word;
    view.setUint8(2 * place, data[2 * (offset + word)] ?? 0);
    view.setUint8(2 * place + 1, data[2 * (offset + word) + 1] ?? 0);
  }
  switch (type) {
    case 'u16':
      return ((view.getUint16(0) >>> shift) & mask) >>> 0;
    case 'u32':
      return ((view.getUint32(0) >>> shift) & mask) >>> 0;
    case 'i16':
      return view.getInt16(0);
    case 'i32':
      return view.getInt32(0);
    case 'f32':
      return view.getFloat32(0);
  }
}
