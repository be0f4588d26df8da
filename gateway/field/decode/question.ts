import type { Fields } from '../../profiles/grammar.ts';

/** How Modbus is framed: with a checksum on a serial line, or with a header of its own in a TCP stream. */
export type Framing = 'rtu' | 'tcp';

/**
 * One question to one device of a bus, and how to know its answer.
 *
 * Contract, held by `question.test.ts`: `read` is given everything that came since the question was sent, as often as
 * more comes; it finds the answer behind garbage and behind answers that belong to other questions, and nothing throws,
 * whatever came.
 */
export interface Question {
  /** Names of the fields that its answer gives. */
  readonly fields: readonly string[];
  readonly isDestructive: boolean;
  /** Bytes of the longest answer. */
  readonly answerBytes: number;
  /** What is sent. @param transaction - 0..65535, tells the answers of a TCP stream apart; a serial line has none. */
  ask(transaction: number): Uint8Array;
  read(received: Uint8Array, transaction: number): Found;
}

export type Found =
  | { readonly kind: 'answer'; readonly fields: Fields }
  /** The device is there and says that it cannot answer; `isAbsent`: it was a gateway in between that says so. */
  | { readonly kind: 'exception'; readonly why: string; readonly isAbsent: boolean }
  /** Nothing as yet. `why`: what is the matter with what came; absent when nothing did. */
  | { readonly kind: 'none'; readonly why?: string };

/** What is known after a question was answered: a device that says that it cannot has no values. */
export function fieldsOf(question: Question, found: Found): Fields {
  switch (found.kind) {
    case 'answer':
      return found.fields;
    case 'exception':
      return Object.fromEntries(question.fields.map((name) => [name, { why: ['device_fault'] }]));
    case 'none':
      return {};
  }
}

/** What people read of bytes that were no answer. */
export const faults = {
  checksum: 'the checksum does not fit',
  brokenOff: 'the answer broke off',
  noAnswer: 'this is no answer to what was asked',
} as const;
