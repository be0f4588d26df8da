import { setTimeout as wait } from 'node:timers/promises';
import { dialMqtt } from '../platform/mqtt-wire.ts';
import type { WireSession } from '../platform/wire.ts';

/**
 * A publisher that never gives up: sends messages with QoS 1, so many at a time, and sends again what was not acked when
 * its connection ends. What `acked` holds was acknowledged by the gateway.
 */
export class Publisher {
  readonly acked: number[] = [];
  /** Connections that were needed. */
  connections = 0;
  readonly #url: string;
  readonly #message: (number: number) => { readonly topic: string; readonly payload: string };
  readonly #waiting: number[];

  /** @param count - messages 1..count are sent. */
  constructor(
    url: string,
    count: number,
    message: (number: number) => { readonly topic: string; readonly payload: string },
  ) {
    this.#url = url;
    this.#message = message;
    this.#waiting = Array.from({ length: count }, (_unused, index) => index + 1);
  }

  get isDone(): boolean {
    return this.#waiting.length === 0;
  }

  /** Sends everything; resolves when all of it was acked. */
  async run(window: number): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        const options = { url: this.#url, clientId: 'test-publisher', protocol: 4 } as const;
        const session = await dialMqtt(options, AbortSignal.timeout(5000));
        this.connections++;
        await this.#sendOver(session, window);
        session.destroy();
      } catch {
        await wait(50); // the gateway is down; it comes back
      }
    }
  }

  async #sendOver(session: WireSession, window: number): Promise<void> {
    let hasEnded = false;
    const ended = session.ended.then(() => {
      hasEnded = true;
    });
    const inFlight = new Set<number>();
    while (!hasEnded && this.#waiting.length > 0) {
      const next = this.#waiting.filter((number) => !inFlight.has(number)).slice(0, window - inFlight.size);
      for (const number of next) {
        const { topic, payload } = this.#message(number);
        inFlight.add(number);
        void session.publish(topic, payload).then(() => {
          inFlight.delete(number);
          this.#waiting.splice(this.#waiting.indexOf(number), 1);
          this.acked.push(number);
        });
      }
      await Promise.race([ended, wait(5)]);
    }
  }
}
