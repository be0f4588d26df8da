import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { afterEach, expect, test, vi } from 'vitest';
import { RegisterFile } from '../../../../hardware/simulator/i2c-device.ts';
import { systemClock } from '../../../platform/clock.ts';
import { FakeLinux } from '../../../test/fakes/fake-linux.ts';
import { GpioChip } from './gpio-chip.ts';
import { GpioIo } from './gpio-io.ts';
import { LinuxI2cBus } from './i2c.ts';

const label = 'pinctrl-rp1';

interface Johnny {
  readonly Board: new (options: object) => EventEmitter;
  readonly Led: new (options: object) => { on(): void; off(): void };
  readonly Button: new (options: object) => EventEmitter;
}
const five = createRequire(import.meta.url)('johnny-five') as Johnny;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function header(): { readonly linux: FakeLinux; readonly io: GpioIo; readonly errors: string[] } {
  const linux = new FakeLinux(systemClock).addChip(label).addBus('/dev/i2c-1');
  const chip = new GpioChip(linux, 'auto');
  const io = new GpioIo(chip, { i2c: () => new LinuxI2cBus(linux), clock: systemClock });
  const errors: string[] = [];
  io.on('error', (error: Error) => errors.push(error.message));
  closing.push(async () => {
    io.stop();
    await chip.close();
  });
  return { linux, io, errors };
}

async function board(io: GpioIo): Promise<EventEmitter> {
  const made = new five.Board({ io, repl: false, sigint: false, debug: false });
  await new Promise((resolve) => made.once('ready', resolve));
  return made;
}

test('johnny-five switches an LED on a header pin', async () => {
  const { linux, io } = header();
  const led = new five.Led({ pin: 17, board: await board(io) });
  led.on();
  expect(linux.seen(label, 17)).toBe(true);
  led.off();
  expect(linux.seen(label, 17)).toBe(false);
});

test('johnny-five hears a button that pulls its pin to ground', async () => {
  const { linux, io } = header();
  const button = new five.Button({ pin: 27, isPullup: true, board: await board(io) });
  const heard: string[] = [];
  for (const event of ['press', 'release']) button.on(event, () => heard.push(event));
  await vi.waitFor(() => expect(linux.seen(label, 27)).toBe(true)); // its pull-up
  linux.drive(label, 27, false);
  await vi.waitFor(() => expect(heard).toEqual(['press']));
  linux.drive(label, 27, true);
  await vi.waitFor(() => expect(heard).toEqual(['press', 'release']));
});

test('it is ready after those who made it could listen, and again for those who come late', async () => {
  const { io } = header();
  expect(io.isReady).toBe(false);
  await board(io);
  await board(io);
  expect(io.pins).toHaveLength(28);
});

test('a digital read tells the level as it is and then each change', async () => {
  const { linux, io } = header();
  linux.drive(label, 5, true);
  const heard: number[] = [];
  io.pinMode(5, io.MODES.INPUT);
  io.digitalRead(5, (value) => heard.push(value));
  linux.drive(label, 5, false);
  await vi.waitFor(() => expect(heard).toEqual([1, 0]));
});

test('I2C registers are written and read in all the ways in which johnny-five asks', async () => {
  const { linux, io } = header();
  const device = new RegisterFile();
  linux.addI2cDevice('/dev/i2c-1', 0x40, device);
  const heard: (readonly number[])[] = [];
  io.i2cConfig();
  io.i2cWrite(0x40, [0x10, 1, 2]);
  io.i2cWrite(0x40, 0x12, [3]);
  io.i2cWriteReg(0x40, 0x13, 4);
  io.i2cReadOnce(0x40, 0x10, 4, (bytes) => heard.push(bytes));
  await vi.waitFor(() => expect(heard).toEqual([[1, 2, 3, 4]]));
  expect([...device.registers.subarray(0x10, 0x14)]).toEqual([1, 2, 3, 4]);
  io.i2cWrite(0x40, [0x11]);
  io.i2cReadOnce(0x40, 2, (bytes) => heard.push(bytes));
  await vi.waitFor(() => expect(heard.at(-1)).toEqual([2, 3]));
});

test('a device that does not answer is told as our firmware tells it', async () => {
  const { io } = header();
  const told = new Promise((resolve) => io.once('string', resolve));
  io.i2cReadOnce(0x77, 0, 1, () => {});
  expect(await told).toMatch(/^I2C 0x77: nothing answers at 0x77/);
});

test('what a header cannot do is told and throws nothing', async () => {
  const { linux, io, errors } = header();
  linux.occupy(label, 4, 'w1');
  io.pinMode(4, io.MODES.OUTPUT);
  io.pinMode(18, io.MODES.PWM);
  io.analogRead(0);
  await vi.waitFor(() => expect(errors).toHaveLength(3));
  expect(errors[0]).toBe('GPIO 4 is used by `w1`');
});
