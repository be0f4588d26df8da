import type { Fields } from '../../profiles/grammar.ts';

/** One frame or line of a device, or a stretch of bytes that was none. */
export type Decoded =
  | { readonly ok: true; readonly fields: Fields; readonly packet?: Packet }
  | {
      readonly ok: false;
      readonly why: string;
      /** The first of the bytes that are thrown away, at most `keptBytes`. */
      readonly bytes: Uint8Array;
      /** How many are thrown away in all. */
      readonly skipped: number;
    };

/** What a data logger says of its packet as a whole. */
export interface Packet {
  /** The same when the packet is sent again; absent: a repeat cannot be told. */
  readonly key?: string;
  /** Local time of the station, and which period the values are of: `undefined` length is a moment. */
  readonly time?: { readonly local: string; readonly period?: 'minutes' | 'hour' | 'day' };
  /** What to answer when the readings are kept. */
  readonly answer?: Uint8Array;
}

/**
 * Finds the frames of one device in a stream of bytes.
 *
 * Contract, checked for every kind of grammar by `decoder.test.ts`:
 * - however the stream is cut into pieces, the same results come in the same order;
 * - garbage never costs a whole good frame that follows it;
 * - nothing throws, whatever comes in; memory stays bounded by the longest frame and `keptBytes`;
 * - a stretch of garbage is one result, given when it ends. One that does not end is told from time to time, each time
 *   after twice as much as before, so that a flood is a handful of results.
 */
export interface Decoder {
  push(bytes: Uint8Array): readonly Decoded[];
}

/** Enough to recognise what was on the line. */
export const keptBytes = 64;

/** A stretch of garbage while it lasts. */
export class Garbage {
  readonly #firstReport: number;
  #kept: number[] = [];
  #skipped = 0;
  #why = '';
  #pieces = 0;
  #nextReport: number;

  /** @param firstReport - pieces (see `add`) after which an unending stretch is told for the first time. */
  constructor(firstReport: number) {
    this.#firstReport = firstReport;
    this.#nextReport = firstReport;
  }

  /** Throws away one piece: a byte, or a line. The first reason of a stretch that is not `''` is the one that is told. */
  add(piece: Iterable<number>, why: string): Decoded[] {
    for (const byte of piece) {
      if (this.#kept.length < keptBytes) this.#kept.push(byte);
      this.#skipped++;
    }
    if (this.#why === '') this.#why = why;
    this.#pieces++;
    if (this.#pieces < this.#nextReport) return [];
    this.#nextReport *= 2;
    return this.#report();
  }

  /** Good bytes follow: what was not told yet is told now. */
  end(): Decoded[] {
    this.#pieces = 0;
    this.#nextReport = this.#firstReport;
    return this.#report();
  }

  #report(): Decoded[] {
    if (this.#skipped === 0) return [];
    const told: Decoded = { ok: false, why: this.#why, bytes: Uint8Array.from(this.#kept), skipped: this.#skipped };
    this.#kept = [];
    this.#skipped = 0;
    this.#why = '';
    return [told];
  }
}
