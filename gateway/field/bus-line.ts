import { sleep, type Clock } from '../platform/clock.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Found, Framing, Question } from './decode/question.ts';
import type { Link } from './transports/link.ts';

/** What came of a question. */
export interface Heard {
  readonly found: Found;
  /** All that came while it was waited for, at most `keptBytes`. */
  readonly bytes: Uint8Array;
}

/** More than the longest answer and what may come before it. */
const keptBytes = 1024;
/** A line that is never silent is asked nevertheless. */
const longestSilenceWaitMs = 2000;

/** Bits of a character on the line. */
const bitsOf = ({ dataBits, parity, stopBits }: LineSettings): number =>
  1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits;

/** How long so many bytes are on the line. */
export function wireMs(line: LineSettings, bytes: number): number {
  return (bytes * bitsOf(line) * 1000) / line.baudRate;
}

/** The silence that parts two frames (Modbus over Serial Line V1.02, 2.5.1.1). */
export function silentMs(line: LineSettings): number {
  return line.baudRate > 19_200 ? 1.75 : wireMs(line, 3.5);
}

/** A link on which one question is asked at a time. */
export class BusLine {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #line: LineSettings | undefined;
  #transaction = 0;
  #received: Uint8Array = new Uint8Array();
  /** When the last byte went over the line, in either direction. */
  #busyMono: number;
  #onBytes: (() => void) | undefined;
  #isOver = false;

  /** @param line - absent for a TCP stream, whose frames need no silence between them. */
  constructor({
    link,
    clock,
    line,
    framing,
  }: {
    readonly link: Link;
    readonly clock: Clock;
    readonly line: LineSettings;
    readonly framing: Framing;
  }) {
    this.#link = link;
    this.#clock = clock;
    this.#line = framing === 'rtu' ? line : undefined;
    this.#busyMono = clock.mono();
    link.onData((bytes) => this.#take(bytes));
    void link.ended.then(() => {
      this.#isOver = true;
      this.#onBytes?.();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Asks when the line is silent, and waits for the answer. Without one, what came is given to be looked at. */
  async ask(question: Question, timeoutMs: number): Promise<Heard> {
    await this.#silence();
    const transaction = (this.#transaction = (this.#transaction + 1) % 0x1_0000);
    const bytes = question.ask(transaction);
    this.#received = new Uint8Array();
    if (this.#isOver) return { found: { kind: 'none' }, bytes: this.#received };
    this.#link.write(bytes);
    const askMs = this.#line ? wireMs(this.#line, bytes.length) : 0;
    this.#busyMono = this.#clock.mono() + askMs;
    const answerMs = this.#line ? wireMs(this.#line, question.answerBytes) : 0;
    const found = await this.#answer(() => question.read(this.#received, transaction), askMs + timeoutMs + answerMs);
    return { found, bytes: this.#received };
  }

  #answer(read: () => Found, withinMs: number): Promise<Found> {
    return new Promise((resolve) => {
      const look = (isLast: boolean): void => {
        const found = read();
        if (found.kind === 'none' && !isLast) return;
        this.#onBytes = undefined;
        cancel();
        resolve(found);
      };
      const cancel = this.#clock.after(withinMs, () => look(true));
      this.#onBytes = () => look(this.#isOver);
    });
  }

  #take(bytes: Uint8Array): void {
    this.#busyMono = Math.max(this.#busyMono, this.#clock.mono());
    if (!this.#onBytes) return; // nobody was asked: too late, or noise
    const all = new Uint8Array(this.#received.length + bytes.length);
    all.set(this.#received);
    all.set(bytes, this.#received.length);
    this.#received = all.subarray(-keptBytes);
    this.#onBytes();
  }

  /** Waits until nothing was on the line for as long as parts two frames. */
  async #silence(): Promise<void> {
    if (!this.#line) return;
    const gapMs = silentMs(this.#line);
    const giveUpMono = this.#clock.mono() + longestSilenceWaitMs;
    for (;;) {
      const mono = this.#clock.mono();
      const leftMs = this.#busyMono + gapMs - mono;
      if (leftMs <= 0 || mono >= giveUpMono || this.#isOver) return;
      if (this.#clock.fine && leftMs <= gapMs) await this.#clock.fine(leftMs);
      else await sleep(this.#clock, leftMs);
    }
  }
}
