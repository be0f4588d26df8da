import { hash, randomBytes, randomInt } from 'node:crypto';

/** Random numbers and digests, a port so that tests replay. */
export interface Ids {
  /** A new epoch: 1..2^48-1, drawn at every start of the core. */
  epoch(): number;
  /** A short random word for sessions and tokens, `[a-z0-9]`. */
  token(): string;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemIds: Ids = {
  epoch: () => randomInt(1, 2 ** 48 - 1),
  token: () => randomBytes(8).toString('hex'),
  random: () => randomInt(0, 2 ** 32) / 2 ** 32,
};

/** A short digest of any JSON value, to tell whether it changed. Not a secret. */
export function digest(text: string): string {
  return hash('sha256', text).slice(0, 12);
}

/** A 64-bit digest in 11 characters, to recognise a repeat among some ten thousand. Not a secret. */
export function digest64(text: string): string {
  return hash('sha1', text, 'buffer').subarray(0, 8).toString('base64url');
}
