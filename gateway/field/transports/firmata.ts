import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { nodeCommands } from '../node-protocol.ts';
import type { Link } from './link.ts';

/** What we use of firmata-io 2.3.0, which has no types of its own. */
export interface Firmata extends EventEmitter {
  readonly isReady: boolean;
  readonly firmware: { readonly name?: string };
  readonly MODES: { readonly OUTPUT: number; readonly ANALOG: number; readonly PULLUP: number };
  pinMode(pin: number, mode: number): void;
  analogRead(channel: number, heard: (value: number) => void): void;
  /** Calls with 0 or 1 at once and at each change. */
  digitalRead(pin: number, heard: (value: number) => void): void;
  /** Asks for the levels of a pin's port: they come at once and at each change. */
  reportDigitalPin(pin: number, on: 0 | 1): void;
  setSamplingInterval(ms: number): void;
  i2cConfig(): void;
  i2cWrite(address: number, bytes: readonly number[]): void;
  i2cReadOnce(address: number, length: number, heard: (bytes: readonly number[]) => void): void;
  i2cReadOnce(address: number, register: number, length: number, heard: (bytes: readonly number[]) => void): void;
  /** What the board says of a pin is in `pins` when `done` is called. */
  queryPinState(pin: number, done: () => void): void;
  readonly pins: readonly { readonly state?: number }[];
  /** Pin numbers of the analog channels. */
  readonly analogPins: readonly number[];
  sysexCommand(message: readonly number[]): void;
  clearSysexResponse(command: number): void;
  sysexResponse(command: number, take: (this: Firmata, bytes: readonly number[]) => void): void;
}

type FirmataClass = new (
  transport: EventEmitter,
  options: { readonly reportVersionTimeout: number; readonly samplingInterval: number },
) => Firmata;

const require = createRequire(import.meta.url);

/** A board that does not greet within this is no board of ours. */
const greetingMs = 10_000;
/** How long to wait for an unasked greeting before asking for one. */
const askAfterMs = 500;

/** The link as firmata-io wants it: an emitter of `data` with `write`. */
class Transport extends EventEmitter {
  readonly #link: Link;

  constructor(link: Link) {
    super();
    this.#link = link;
    link.onData((bytes) => this.emit('data', bytes));
  }

  write(bytes: Uint8Array | readonly number[]): void {
    this.#link.write(Uint8Array.from(bytes));
  }
}

/** Speaks Firmata over an open link; resolves when the board has told its pins. */
export async function connectFirmata(link: Link, samplingMs: number): Promise<Firmata> {
  const FirmataIo = (require('firmata-io') as (transport: null) => FirmataClass)(null);
  const io = new FirmataIo(new Transport(link), { reportVersionTimeout: askAfterMs, samplingInterval: samplingMs });
  hearOurFirmware(io);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no Firmata board answers on this port')), greetingMs);
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    };
    io.once('ready', () => finish());
    io.once('error', (error: Error) => finish(error));
    void link.ended.then((why) => finish(new Error(why)));
  });
  io.on('error', () => {
    // After the greeting the link's own end tells everything; firmata-io repeats itself here.
  });
  return io;
}

/** firmata-io keeps one table of handlers for all boards of a process, and a command has one handler. */
function hearOurFirmware(io: Firmata): void {
  for (const command of [nodeCommands.identity, nodeCommands.counts, nodeCommands.safeOutput]) {
    io.clearSysexResponse(command);
    io.sysexResponse(command, function (bytes) {
      this.emit(nodeEvent(command), bytes);
    });
  }
}

/** The event in which an answer of our own firmware arrives. */
export const nodeEvent = (command: number): string => `lamppost-${command}`;
