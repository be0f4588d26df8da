import { mostWaitingSamples, type FromChild } from './protocol.ts';

type Samples = Extract<FromChild, { kind: 'samples' }>;

/**
 * Samples on their way from a child to the core. The core grants credits; without them samples wait here, and when too
 * many wait the ports are not read: a flooding device stalls itself and nobody else.
 */
export class Outbox {
  readonly #send: (message: FromChild) => void;
  readonly #onFull: (isFull: boolean) => void;
  #credits: number;
  #waiting: Samples[] = [];
  #waitingCount = 0;
  #isFull = false;

  constructor({
    credits,
    send,
    onFull,
  }: {
    credits: number;
    send: (message: FromChild) => void;
    onFull: (isFull: boolean) => void;
  }) {
    this.#credits = credits;
    this.#send = send;
    this.#onFull = onFull;
  }

  add(message: Samples): void {
    this.#waiting.push(message);
    this.#waitingCount += message.samples.length;
    this.#flush();
  }

  grant(count: number): void {
    this.#credits += count;
    this.#flush();
  }

  #flush(): void {
    while (this.#credits > 0) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#credits -= next.samples.length;
      this.#waitingCount -= next.samples.length;
      this.#send(next);
    }
    const isFull = this.#waitingCount >= mostWaitingSamples;
    if (isFull !== this.#isFull) this.#onFull((this.#isFull = isFull));
  }
}
