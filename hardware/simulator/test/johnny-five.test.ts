import { createRequire } from 'node:module';
import type { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { VirtualBoard } from '../board.ts';
import { Bmp180 } from '../bmp180.ts';
import { hex } from './bench.ts';
import { FirmataHost } from './firmata-host.ts';

/** What these tests use of johnny-five 2.1.0; it has no types of its own. */
interface JohnnyFive {
  readonly Board: new (options: Record<string, unknown>) => EventEmitter;
  readonly Multi: new (options: Record<string, unknown>) => EventEmitter & {
    readonly thermometer: { readonly celsius: number };
    readonly barometer: { readonly pressure: number };
  };
  readonly Sensor: new (options: Record<string, unknown>) => EventEmitter & { readonly raw: number };
  readonly Button: new (options: Record<string, unknown>) => EventEmitter;
  readonly Led: new (options: Record<string, unknown>) => { on(): void; off(): void };
}

const five = createRequire(import.meta.url)('johnny-five') as JohnnyFive;

// johnny-five works with timers of real time: here they run in step with the board's simulated time.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function runMs(board: VirtualBoard, ms: number): void {
  for (let i = 0; i < ms; i++) {
    board.runMs(1);
    vi.advanceTimersByTime(1);
  }
}

/** An unmodified johnny-five over an unmodified firmata-io, ready. */
async function connect(): Promise<{ readonly board: VirtualBoard; readonly host: EventEmitter }> {
  const board = new VirtualBoard({ hex });
  const { io } = new FirmataHost(board);
  const host = new five.Board({ io, repl: false, sigint: false, debug: false });
  const ready = new Promise((resolve) => void host.once('ready', resolve));
  await vi.advanceTimersByTimeAsync(1_000);
  await ready;
  return { board, host };
}

test('johnny-five reads an analog voltage, a button and a lamp', async () => {
  const { board, host } = await connect();
  board.setAnalog(0, 1.25);
  const sensor = new five.Sensor({ board: host, pin: 'A0', freq: 50 });
  const button = new five.Button({ board: host, pin: 7, isPullup: true });
  const led = new five.Led({ board: host, pin: 13 });
  let presses = 0;
  button.on('press', () => presses++);
  led.on();
  runMs(board, 200);
  expect(sensor.raw).toBe(256);
  expect(board.pinLevel(13)).toBe('high');
  board.setPin(7, 'low');
  runMs(board, 100);
  board.setPin(7, 'open');
  runMs(board, 100);
  expect(presses).toBe(1);
});

test('johnny-five measures what the data sheet of the BMP180 says', async () => {
  const { board, host } = await connect();
  board.attachI2c(Bmp180.address, new Bmp180().device);
  const sensor = new five.Multi({ board: host, controller: 'BMP180' });
  let heard = 0;
  sensor.on('data', () => heard++);
  for (let i = 0; i < 20; i++) {
    runMs(board, 50);
    await Promise.resolve();
  }
  expect(heard).toBeGreaterThan(0);
  expect(sensor.thermometer.celsius).toBe(15);
  expect(sensor.barometer.pressure * 1_000).toBeCloseTo(69_964, -1);
});
