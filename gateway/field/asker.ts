import type { SerialConnect } from '../profiles/connect.ts';

/** A device that was sent something needs a moment before the next. */
const startPauseMs = 100;
/** A device that lets so many questions in a row go unanswered is taken as lost. */
export const mostUnanswered = 3;

/** Speaks to a device on a line of its own while its port is open: first what starts it, then the question, each period. */
export class Asker {
  readonly #ask: Uint8Array | undefined;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #askMs: () => number;
  readonly #start: Uint8Array[];
  /** When the next start text is due; the first question is due behind the last. */
  #startMono: number;
  /** When the last question was due, or would have been. */
  #askedMono: number | undefined;
  #unanswered = 0;

  /** @param askMs - how long to wait between two questions, as things stand. */
  constructor(
    { ask, start = [] }: SerialConnect,
    { write, askMs, mono }: { write: (bytes: Uint8Array) => void; askMs: () => number; mono: number },
  ) {
    this.#ask = ask;
    this.#write = write;
    this.#askMs = askMs;
    this.#start = [...start];
    this.#startMono = mono;
  }

  /** The device said something: it is there, though its answer may be late. */
  answered(): void {
    this.#unanswered = 0;
  }

  /** Sends what is due. @returns whether the device has to be taken as lost. */
  tick(mono: number): boolean {
    if (mono < this.#startMono) return false;
    const first = this.#start.shift();
    if (first) {
      this.#write(first);
      this.#startMono = mono + startPauseMs;
      return false;
    }
    const dueMono = this.#askedMono === undefined ? mono : this.#askedMono + this.#askMs();
    if (!this.#ask || mono < dueMono) return false;
    if (this.#unanswered >= mostUnanswered) return true;
    this.#write(this.#ask);
    this.#unanswered++;
    // In step, unless that was missed altogether.
    this.#askedMono = mono - dueMono < this.#askMs() ? dueMono : mono;
    return false;
  }
}
