import type { Link, LinkSource, OpenLink } from '../../field/transports/link.ts';

/** A link whose other end is the test. */
export class ScriptedLink implements Link {
  readonly ended: Promise<string>;
  readonly written: number[] = [];
  isPaused = false;
  isClosed = false;
  #listeners: ((bytes: Uint8Array) => void)[] = [];
  #end: (why: string) => void = () => {};

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Bytes arrive from the device. */
  receive(bytes: Iterable<number>): void {
    if (!this.isClosed) for (const listener of this.#listeners) listener(Uint8Array.from(bytes));
  }

  /** The cable is pulled. */
  unplug(why = 'the cable was pulled'): void {
    this.#end(why);
  }

  write(bytes: Uint8Array): void {
    this.written.push(...bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#listeners.push(listener);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#listeners = [];
    this.#end('closed');
  }
}

/** Opens scripted links; `undefined` in the script means that the port is not there. */
export function scriptedPort(script: readonly (ScriptedLink | undefined)[]): { open: OpenLink; opened: LinkSource[] } {
  const opened: LinkSource[] = [];
  const left = [...script];
  return {
    opened,
    open: async (source) => {
      opened.push(source);
      const link = left.shift();
      if (!link) throw new Error('no such port');
      return link;
    },
  };
}
