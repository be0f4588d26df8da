import { describe, expect, test } from 'vitest';
import type { PaceClock } from './board.ts';
import { VirtualBoard } from './board.ts';

/** AVR instructions, as the tests below need them. */
const rjmp = (words: number): number => 0xc000 | ((words - 1) & 0xfff);
const rjmpSelf = rjmp(0);
const sei = 0x9478;
const sleep = 0x9588;
const reti = 0x9518;
const lds16 = (address: number): readonly number[] => [0x9100, address]; // memory to r16
const sbrs16bit7 = 0xff07; // skips the next instruction if bit 7 of r16 is set
const sts16 = (address: number): readonly number[] => [0x9300, address]; // r16 to memory
const ldi16 = (value: number): number => 0xe000 | ((value & 0xf0) << 4) | (value & 0x0f); // to r16
const out16 = (address: number): number => 0xb900 | ((address & 0x30) << 5) | (address & 0x0f); // r16 to I/O
const io = { ddrb: 0x04, portb: 0x05, portd: 0x0b, smcr: 0x33 } as const;

function record(address: number, type: number, data: readonly number[]): string {
  const bytes = [data.length, address >> 8, address & 0xff, type, ...data];
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  return `:${[...bytes, -sum & 0xff].map((byte) => byte.toString(16).padStart(2, '0')).join('')}\n`;
}

/** A program from address 0 on, as Intel HEX. */
function program(...words: readonly number[]): string {
  const data = words.map((word, index) => record(2 * index, 0, [word & 0xff, word >> 8]));
  return data.join('') + record(0, 1, []);
}

/** Code at word 0x2a, an interrupt at its vector before it; further vectors must not be needed. */
function withInterrupt(vector: number, handler: readonly number[], main: readonly number[]): string {
  const start = 0x2a;
  const before = Array.from({ length: start }, () => 0);
  before[0] = rjmp(start);
  before.splice(vector, handler.length, ...handler);
  return program(...before, ...main);
}

/** A clock whose timers fire at once, each late by so much. */
function clockLateBy(ms: readonly number[]): { readonly clock: PaceClock; readonly signal: AbortSignal } {
  const stop = new AbortController();
  const late = [...ms];
  let now = 1_000;
  const after = (wait: number, call: () => void): (() => void) => {
    const by = late.shift();
    if (by === undefined) stop.abort();
    else now += wait + by;
    queueMicrotask(call);
    return () => {};
  };
  return { clock: { mono: () => now, after }, signal: stop.signal };
}

describe('pins', () => {
  test('shows what the program drives', () => {
    const hex = program(ldi16(0x21), out16(io.ddrb), ldi16(0x20), out16(io.portb), rjmpSelf);
    const board = new VirtualBoard({ hex });
    board.runCycles(10);
    expect(board.pinLevel(13)).toBe('high');
    expect(board.pinLevel(8)).toBe('low');
    expect(board.pinLevel(7)).toBe('open');
  });

  test('an input that nothing holds follows its pull-up', () => {
    const board = new VirtualBoard({ hex: program(ldi16(0x04), out16(io.portd), rjmpSelf) });
    board.runCycles(10);
    expect(board.pinLevel(2)).toBe('pull-up');
  });

  test('knows no pin 20', () => {
    const board = new VirtualBoard({ hex: program(rjmpSelf) });
    expect(() => board.setPin(20, 'low')).toThrow('the board has no pin 20');
  });
});

describe('time', () => {
  test('passes by cycles of 16 MHz', () => {
    const board = new VirtualBoard({ hex: program(rjmpSelf) });
    board.runMs(2.5);
    expect(board.ms).toBeCloseTo(2.5, 3);
  });

  test('actions come at their time and in their order, also over a reset', () => {
    const board = new VirtualBoard({ hex: program(rjmpSelf) });
    const happened: string[] = [];
    board.after(3, () => happened.push(`late at ${board.ms.toFixed(1)}`));
    board.after(1, () => happened.push(`early at ${board.ms.toFixed(1)}`));
    board.after(1, () => happened.push('after it'));
    board.reset('power');
    board.runMs(5);
    expect(happened).toEqual(['early at 1.0', 'after it', 'late at 3.0']);
  });

  test('an hour of sleep is skipped, not simulated', () => {
    // Sleep enabled, mode idle, interrupts on; nothing is there to wake it.
    const board = new VirtualBoard({ hex: program(ldi16(1), out16(io.smcr), sei, sleep, rjmpSelf) });
    board.runCycles(3_600 * 16e6);
    expect(board.ms).toBeCloseTo(3_600_000, 0);
  });
});

describe('interrupts', () => {
  const ucsr0a = 0xc0;
  const ucsr0b = 0xc1;
  const lightLamp = [ldi16(0x20), out16(io.ddrb), rjmpSelf];

  test('one that waits while a program does `sei; sleep` wakes it, and is not slept over', () => {
    const senderEmpty = 0x28; // TXEN and UDRIE: an interrupt at once, for as long as they are set
    const handler = [ldi16(0), ...sts16(ucsr0b), reti];
    const main = [ldi16(senderEmpty), ...sts16(ucsr0b), ldi16(1), out16(io.smcr), sei, sleep, ...lightLamp];
    const board = new VirtualBoard({ hex: withInterrupt(0x26, handler, main) });
    board.runMs(1);
    expect(board.pinLevel(13)).toBe('low');
  });

  test('a received byte waits for its interrupt, even when the program sets up the line anew meanwhile', () => {
    const receive = [ldi16(0x90), ...sts16(ucsr0b)]; // RXEN and RXCIE
    const untilReceived = [...lds16(ucsr0a), sbrs16bit7, rjmp(-3)];
    const main = [...receive, ...untilReceived, ...receive, sei, rjmpSelf];
    const board = new VirtualBoard({ hex: withInterrupt(0x24, lightLamp, main) });
    board.runMs(1);
    board.send([0x55]);
    board.runMs(1);
    expect(board.pinLevel(13)).toBe('low');
  });
});

describe('pace', () => {
  test('keeps step with a clock, whatever the slices', async () => {
    const board = new VirtualBoard({ hex: program(rjmpSelf) });
    const { clock, signal } = clockLateBy([0, 0.5, 7, 0]);
    await board.pace(clock, signal);
    expect(board.ms).toBeCloseTo(4 * 2 + 7.5, 3);
    expect(board.lostMs).toBe(0);
  });

  test('gives up what it cannot catch up with, and says how much', async () => {
    const board = new VirtualBoard({ hex: program(rjmpSelf) });
    const { clock, signal } = clockLateBy([0, 10_000, 0]);
    await board.pace(clock, signal);
    expect(board.ms).toBeCloseTo(2 + 50 + 2, 3);
    expect(board.lostMs).toBe(9_952);
  });
});
