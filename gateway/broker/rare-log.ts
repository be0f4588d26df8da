import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

const pauseMs = 60_000;
const mostKeys = 500;

/** Says the same about the same party once a minute at most: strangers must not be able to fill the log. */
export class RareLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #saidMono = new Map<string, number>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  warn(event: string, party: string, fields: Readonly<Record<string, unknown>>): void {
    const key = `${event} ${party}`;
    const mono = this.#clock.mono();
    const said = this.#saidMono.get(key);
    if (said !== undefined && mono - said < pauseMs) return;
    this.#saidMono.delete(key);
    this.#saidMono.set(key, mono);
    const [oldest] = this.#saidMono.keys();
    if (this.#saidMono.size > mostKeys && oldest !== undefined) this.#saidMono.delete(oldest);
    this.#log.warn(event, fields);
  }
}
