import {
  answerFrame,
  answerPdu,
  exceptionPdu,
  questionsIn,
  type Tables,
} from '../../gateway/field/decode/modbus-slave.ts';
import type { Framing } from '../../gateway/field/decode/question.ts';
import { spoilt, type BusDevice, type Trouble } from './bus-device.ts';

/** A Modbus slave, on a serial line or in a TCP stream. */
export class ModbusSlave implements BusDevice {
  trouble: Trouble = {};
  readonly #address: number;
  readonly #tables: Tables;
  readonly #framing: Framing;
  #heard: Uint8Array = new Uint8Array();

  constructor({
    address,
    tables,
    framing = 'rtu',
  }: {
    readonly address: number;
    readonly tables: Tables;
    readonly framing?: Framing;
  }) {
    this.#address = address;
    this.#tables = tables;
    this.#framing = framing;
  }

  hear(bytes: Uint8Array): readonly Uint8Array[] {
    const { questions, rest } = questionsIn(Uint8Array.of(...this.#heard, ...bytes), this.#framing);
    this.#heard = rest.slice(-64);
    const { isSilent, exception, answersAs } = this.trouble;
    const own = isSilent ? [] : questions.filter(({ address }) => address === this.#address);
    return own.map((question) => {
      const { pdu } = question;
      const answer = exception === undefined ? answerPdu(pdu, this.#tables) : exceptionPdu(pdu, exception);
      return spoilt(answerFrame(question, Number(answersAs ?? this.#address), answer, this.#framing), this.trouble);
    });
  }
}
