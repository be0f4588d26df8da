import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { VirtualBoard } from '../board.ts';

/**
 * The unmodified firmata-io 2.3.0 as a host of a virtual board, for tests: everything happens in simulated time, so
 * each call here runs the board until the answer is there.
 */

/** What the tests use of firmata-io; it has no types of its own. */
export interface FirmataIo extends EventEmitter {
  readonly isReady: boolean;
  readonly firmware: { readonly name: string; readonly version: { readonly major: number; readonly minor: number } };
  readonly version: { readonly major: number; readonly minor: number };
  readonly pins: readonly {
    readonly supportedModes: readonly number[];
    readonly analogChannel: number;
    readonly value: number;
    readonly state?: number;
    readonly mode?: number;
  }[];
  readonly MODES: { readonly INPUT: 0; readonly OUTPUT: 1; readonly ANALOG: 2; readonly I2C: 6; readonly PULLUP: 11 };
  reportVersion(done: () => void): void;
  queryFirmware(done: () => void): void;
  pinMode(pin: number, mode: number): void;
  digitalWrite(pin: number, value: 0 | 1): void;
  reportDigitalPin(pin: number, on: 0 | 1): void;
  digitalRead(pin: number, heard: (value: number) => void): void;
  analogRead(channel: number, heard: (value: number) => void): void;
  setSamplingInterval(ms: number): void;
  queryPinState(pin: number, done: () => void): void;
  i2cConfig(options?: { readonly delay?: number }): void;
  i2cWrite(address: number, bytes: readonly number[]): void;
  i2cRead(address: number, register: number, count: number, heard: (bytes: readonly number[]) => void): void;
  i2cReadOnce(address: number, register: number, count: number, heard: (bytes: readonly number[]) => void): void;
  i2cStop(address: number): void;
  sysexCommand(message: readonly number[]): void;
  clearSysexResponse(command: number): void;
  sysexResponse(command: number, take: (this: FirmataIo, bytes: readonly number[]) => void): void;
  reset(): void;
}

type FirmataClass = new (transport: EventEmitter, options: { readonly reportVersionTimeout: number }) => FirmataIo;

const require = createRequire(import.meta.url);
const Firmata = (require('firmata-io') as (transport: null) => FirmataClass)(null);

const userCommands = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06] as const;
const userEvent = (command: number): string => `user-${command}`;

/** firmata-io holds one table of handlers for all boards of the process, and a command has one handler. */
function listenForUserCommands(io: FirmataIo): void {
  for (const command of userCommands) {
    io.clearSysexResponse(command);
    io.sysexResponse(command, function (bytes) {
      this.emit(userEvent(command), bytes);
    });
  }
}

/** The serial line as firmata-io wants it: bytes come as `data` events, and go by `write`. */
class Line extends EventEmitter {
  readonly unplug: () => void;
  readonly #board: VirtualBoard;

  constructor(board: VirtualBoard) {
    super();
    this.#board = board;
    this.unplug = board.onSend((bytes) => this.emit('data', bytes));
  }

  write(bytes: Iterable<number>): void {
    this.#board.send(bytes);
  }
}

/** Far longer than the start, with its EEPROM write of 22 ms, and than any answer takes. */
const startMs = 50;
const patienceMs = 1_000;

/** Runs the board until something is so; throws when it does not become so within a second of simulated time. */
export function runUntil(board: VirtualBoard, what: string, isSo: () => boolean): void {
  const end = board.ms + patienceMs;
  while (!isSo()) {
    if (board.ms >= end) throw new Error(`${what}: not within ${patienceMs} ms`);
    board.runMs(1);
  }
}

/** The 32 bits that start at an index, as five 7-bit bytes. */
export function u32(bytes: readonly number[], index: number): number {
  return bytes.slice(index, index + 5).reduceRight((value, byte) => value * 2 ** 7 + byte, 0);
}

export class FirmataHost {
  readonly io: FirmataIo;
  /** Pulls the cable. */
  readonly unplug: () => void;
  readonly #board: VirtualBoard;

  /** Plugs in, gives the board time to start, and shakes hands. */
  constructor(board: VirtualBoard) {
    const line = new Line(board);
    this.#board = board;
    this.unplug = line.unplug;
    this.io = new Firmata(line, { reportVersionTimeout: patienceMs });
    listenForUserCommands(this.io);
    board.runMs(startMs);
    this.io.reportVersion(() => {});
    this.io.queryFirmware(() => {});
    runUntil(board, 'firmata-io is ready', () => this.io.isReady);
  }

  /** Asks and runs the board until `answers` calls back. */
  ask<T>(what: string, question: (answer: (value: T) => void) => void): T {
    const heard: T[] = [];
    question((value) => heard.push(value));
    runUntil(this.#board, what, () => heard.length > 0);
    const [first] = heard;
    return first as T;
  }

  /** Sends one of Lamppost's own sysex messages and waits for one with the number `reply`. */
  command(message: readonly number[], reply: number): readonly number[] {
    return this.ask(`an answer to sysex ${message[0]}`, (answer) => {
      this.io.once(userEvent(reply), answer);
      this.io.sysexCommand(message);
    });
  }
}
