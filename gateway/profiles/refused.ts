import type { Words } from '../platform/problem.ts';

/** Why a text with a grammar of its own (a formula, a line template) could not be read, and at which character. */
export interface Refused {
  readonly ok: false;
  readonly offset: number;
  readonly what: Words;
  readonly hint?: Words;
}

export function refuse(offset: number, what: Words, hint?: Words): Refused {
  return hint ? { ok: false, offset, what, hint } : { ok: false, offset, what };
}
