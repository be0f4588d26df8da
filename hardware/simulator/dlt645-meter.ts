import { codes, dlt645Frame } from '../../gateway/field/decode/dlt645.ts';
import { itemAnswer, itemsAsked } from '../../gateway/field/decode/dlt645-slave.ts';
import type { Dlt645Grammar, Fields } from '../../gateway/profiles/grammar.ts';
import { spoilt, type BusDevice, type Trouble } from './bus-device.ts';

/** A DL/T 645-2007 meter. */
export class Dlt645Meter implements BusDevice {
  trouble: Trouble = {};
  fields: Fields;
  readonly #address: string;
  readonly #grammar: Dlt645Grammar;
  #heard: Uint8Array = new Uint8Array();

  constructor({
    address,
    grammar,
    fields,
  }: {
    readonly address: string;
    readonly grammar: Dlt645Grammar;
    readonly fields: Fields;
  }) {
    this.#address = address;
    this.#grammar = grammar;
    this.fields = fields;
  }

  hear(bytes: Uint8Array): readonly Uint8Array[] {
    const { items, rest } = itemsAsked(Uint8Array.of(...this.#heard, ...bytes), this.#address);
    this.#heard = rest;
    const { isSilent, exception, answersAs } = this.trouble;
    const address = String(answersAs ?? this.#address);
    return (isSilent ? [] : items).map((item) =>
      spoilt(
        exception === undefined
          ? itemAnswer(this.#grammar, this.fields, address, item)
          : dlt645Frame(address, codes.refusal, Uint8Array.of(exception)),
        this.trouble,
      ),
    );
  }
}
