import { readFileSync } from 'node:fs';
import { VirtualBoard } from '../board.ts';
import { FirmataHost, u32 } from './firmata-host.ts';

/** A board with the firmware, a host, and the words they speak: `hardware/firmware/README.md`. */

/** The image that is committed and flashed, not one built for the test. */
export const hex: string = readFileSync(new URL('../../firmware/lamppost-node.hex', import.meta.url), 'utf8');

export const command = { identity: 1, setBoard: 2, counts: 3, reportCounts: 4, debounce: 5, safeOutput: 6 } as const;
export const resetCause = { power: 1, external: 2, watchdog: 8 } as const;
export const rainPin = 2;

export function u32Bytes(value: number): readonly number[] {
  return [0, 7, 14, 21, 28].map((shift) => Math.floor(value / 2 ** shift) & 0x7f);
}

export function u14Bytes(value: number): readonly number[] {
  return [value & 0x7f, value >> 7];
}

export interface Identity {
  readonly layout: number;
  readonly board: number;
  readonly boot: number;
  readonly uptimeMs: number;
  readonly since: number;
  readonly resetCause: number;
  readonly build: string;
}

export function parseIdentity(bytes: readonly number[]): Identity {
  const [layout = 0] = bytes;
  const characters = bytes.slice(22).filter((_, index) => index % 2 === 0);
  return {
    layout,
    board: u32(bytes, 1),
    boot: u32(bytes, 6),
    uptimeMs: u32(bytes, 11),
    since: u32(bytes, 16),
    resetCause: bytes[21] ?? 0,
    build: String.fromCharCode(...characters),
  };
}

export interface Counts {
  readonly boot: number;
  readonly uptimeMs: number;
  readonly report: number;
  readonly since: number;
  readonly pulses: readonly [number, number];
}

export function parseCounts(bytes: readonly number[]): Counts {
  return {
    boot: u32(bytes, 0),
    uptimeMs: u32(bytes, 5),
    report: u32(bytes, 10),
    since: u32(bytes, 15),
    pulses: [u32(bytes, 20), u32(bytes, 25)],
  };
}

export function identityOf(host: FirmataHost): Identity {
  return parseIdentity(host.command([command.identity], command.identity));
}

export function countsOf(host: FirmataHost): Counts {
  return parseCounts(host.command([command.counts], command.counts));
}

export function plugIn(eeprom?: Uint8Array): { readonly board: VirtualBoard; readonly host: FirmataHost } {
  const board = new VirtualBoard(eeprom ? { hex, eeprom } : { hex });
  return { board, host: new FirmataHost(board) };
}

/** A contact to ground that closes for so long. */
export function close(board: VirtualBoard, pin: number, ms: number): void {
  board.setPin(pin, 'low');
  board.runMs(ms);
  board.setPin(pin, 'open');
  board.runMs(50);
}

/** Everything that the board sends during a run. */
export function listenTo(board: VirtualBoard, run: () => void): readonly number[] {
  const heard: number[] = [];
  const end = board.onSend((bytes) => heard.push(...bytes));
  run();
  end();
  return heard;
}
