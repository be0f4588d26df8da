import type { Decode } from '../../profiles/grammar.ts';
import { digitsOf, meterQuestions, wake } from './dlt645.ts';
import { modbusQuestions } from './modbus.ts';
import type { Framing, Question } from './question.ts';

/** Modbus: a number; DL/T 645: twelve digits. */
export type BusAddress = number | string;

/** What a device of a bus is asked in one poll, in this order; nothing for devices that are on no bus. */
export function questionsTo(decode: Decode, address: BusAddress, framing: Framing = 'rtu'): readonly Question[] {
  switch (decode.kind) {
    case 'registers':
      return modbusQuestions(decode, Number(address), framing);
    case 'dlt645':
      return meterQuestions(decode, String(address));
    default:
      return [];
  }
}

/** Whom a question on a serial line is for. */
export function addressIn(kind: Decode['kind'], question: Uint8Array): BusAddress {
  return kind === 'dlt645' ? digitsOf(bare(question).subarray(1, 7)) : (question[0] ?? 0);
}

/** A frame without the bytes that wake its reader, which come or not. */
export function bare(frame: Uint8Array): Uint8Array {
  const begin = frame.findIndex((byte) => byte !== wake);
  return frame.subarray(Math.max(0, begin));
}
