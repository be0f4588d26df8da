import { joinLine, type BusDevice } from '../../../hardware/simulator/bus-device.ts';
import { silentMs, wireMs } from '../../field/bus-line.ts';
import type { Link, OpenLink } from '../../field/transports/link.ts';
import type { LineSettings } from '../../profiles/connect.ts';
import type { Clock } from '../../platform/clock.ts';

export const line9600: LineSettings = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 };

/**
 * A line with devices on it that takes its time: every byte is on it for as long as its speed says, and a device begins
 * its answer when the line was silent for as long as parts two frames.
 */
export class SimulatedBus implements Link {
  readonly ended: Promise<string>;
  /** Milliseconds that the line itself needed for all that went over it, silences included. */
  neededMs = 0;
  questions: Uint8Array[] = [];
  /** Pulls the cable when so many bytes of answers have come. */
  cutAfter = Infinity;
  isClosed = false;
  readonly #clock: Clock;
  readonly #line: LineSettings;
  readonly #hear: (bytes: Uint8Array) => void;
  #listener: (bytes: Uint8Array) => void = () => {};
  #end: (why: string) => void = () => {};
  #came = 0;
  /** When the answers that are on the line have passed. */
  #freeMono = 0;

  constructor({
    clock,
    devices,
    line = line9600,
  }: {
    readonly clock: Clock;
    readonly devices: readonly BusDevice[];
    readonly line?: LineSettings;
  }) {
    this.#clock = clock;
    this.#line = line;
    this.#hear = joinLine(devices, { clock, send: (bytes) => this.#answer(bytes) });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  write(bytes: Uint8Array): void {
    this.questions.push(bytes);
    const ms = wireMs(this.#line, bytes.length) + silentMs(this.#line);
    this.neededMs += ms;
    this.#clock.after(ms, () => this.#hear(bytes));
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#listener = listener;
  }

  /** Noise, from nobody. */
  noise(bytes: Uint8Array): void {
    this.#give(bytes);
  }

  unplug(why = 'the cable was pulled'): void {
    this.isClosed = true;
    this.#end(why);
  }

  pause(): void {}
  resume(): void {}

  async close(): Promise<void> {
    this.unplug('closed');
  }

  #answer(bytes: Uint8Array): void {
    this.neededMs += wireMs(this.#line, bytes.length) + silentMs(this.#line);
    const mono = this.#clock.mono();
    const beginMono = Math.max(mono, this.#freeMono);
    for (const [index, byte] of bytes.entries()) {
      const atMono = beginMono + wireMs(this.#line, index + 1);
      this.#clock.after(atMono - mono, () => this.#give(Uint8Array.of(byte)));
      this.#freeMono = atMono;
    }
  }

  #give(bytes: Uint8Array): void {
    if (this.isClosed) return;
    if (this.#came >= this.cutAfter) {
      this.unplug();
      return;
    }
    this.#came += bytes.length;
    this.#listener(bytes);
  }
}

/** Opens these, one after the other. */
export function opening(buses: readonly SimulatedBus[]): OpenLink {
  const left = [...buses];
  return async () => {
    const next = left.shift();
    if (!next) throw new Error('no such port');
    return next;
  };
}
