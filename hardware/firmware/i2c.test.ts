import { expect, test } from 'vitest';
import type { VirtualBoard } from '../simulator/board.ts';
import { Bmp180, pressureOf, temperatureOf } from '../simulator/bmp180.ts';
import type { I2cAnswer, I2cDevice } from '../simulator/i2c-device.ts';
import { listenTo, plugIn } from '../simulator/test/bench.ts';
import type { FirmataHost } from '../simulator/test/firmata-host.ts';

const word = ([high = 0, low = 0]: readonly number[]): number => high * 256 + low;

/** Reads a BMP180 as its data sheet says (3.5), oversampling 0. */
function readBmp180(board: VirtualBoard, host: FirmataHost): { readonly celsius: number; readonly pascal: number } {
  const convert = (control: number, count: number): readonly number[] => {
    host.io.i2cWrite(Bmp180.address, [0xf4, control]);
    board.runMs(5);
    return host.ask('a conversion', (answer) => host.io.i2cReadOnce(Bmp180.address, 0xf6, count, answer));
  };
  const rawTemperature = word(convert(0x2e, 2));
  const pascal = pressureOf(rawTemperature, word(convert(0x34, 3)), 0);
  return { celsius: temperatureOf(rawTemperature) / 10, pascal };
}

test('a sensor read gives the result of the data sheet', () => {
  const { board, host } = plugIn();
  board.attachI2c(Bmp180.address, new Bmp180().device);
  host.io.i2cConfig();
  expect(readBmp180(board, host)).toEqual({ celsius: 15, pascal: 69_964 });
});

test('waits as long as the host says between register and data', () => {
  const { board, host } = plugIn();
  board.attachI2c(Bmp180.address, new Bmp180().device);
  const timed = (delayUs: number): number => {
    host.io.i2cConfig({ delay: delayUs });
    const start = board.ms;
    host.ask('the chip id', (answer) => host.io.i2cReadOnce(Bmp180.address, 0xd0, 1, answer));
    return board.ms - start;
  };
  // 50,000 has bytes above 0x7F, which firmata-io sends as they are.
  const extra = timed(50_000) - timed(0);
  expect(extra).toBeGreaterThan(48);
  expect(extra).toBeLessThan(53);
});

test('reads continuously until stopped', () => {
  const { board, host } = plugIn();
  board.attachI2c(Bmp180.address, new Bmp180().device);
  host.io.i2cConfig();
  host.io.setSamplingInterval(50);
  const heard: (readonly number[])[] = [];
  host.io.i2cRead(Bmp180.address, 0xd0, 1, (bytes) => heard.push(bytes));
  board.runMs(500);
  expect(heard.length).toBeGreaterThanOrEqual(8);
  expect(heard[0]).toEqual([0x55]);
  host.io.i2cStop(Bmp180.address);
  board.runMs(10);
  expect(listenTo(board, () => board.runMs(200))).toEqual([]);
});

test('a sensor that is not there is said, not passed over in silence', () => {
  const { host } = plugIn();
  host.io.i2cConfig();
  const complaint = host.ask<string>('a complaint', (answer) => {
    host.io.once('string', answer);
    host.io.i2cReadOnce(0x76, 0xd0, 1, () => {});
  });
  expect(complaint).toBe('I2C 0x76: no answer');
});

test('more bytes than fit are refused, and said', () => {
  const { host } = plugIn();
  host.io.i2cConfig();
  const complaint = host.ask<string>('a complaint', (answer) => {
    host.io.once('string', answer);
    host.io.i2cReadOnce(Bmp180.address, 0xaa, 33, () => {});
  });
  expect(complaint).toBe('I2C 0x77: bad length');
});

test('a device that holds the clock is given up, and the others go on', () => {
  const { board, host } = plugIn();
  const holding: I2cDevice = { begin: (): I2cAnswer => 'hold', write: () => true, read: () => 0 };
  board.attachI2c(0x40, holding);
  board.attachI2c(Bmp180.address, new Bmp180().device);
  host.io.i2cConfig();
  const complaint = host.ask<string>('a complaint', (answer) => {
    host.io.once('string', answer);
    host.io.i2cWrite(0x40, [0xe3]);
  });
  expect(complaint).toBe('I2C 0x40: bus stuck');
  expect(readBmp180(board, host)).toEqual({ celsius: 15, pascal: 69_964 });
});
