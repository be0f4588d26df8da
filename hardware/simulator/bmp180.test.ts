import { expect, test } from 'vitest';
import { Bmp180, pressureOf, temperatureOf } from './bmp180.ts';

/** What a host does: starts a conversion, reads the result registers. */
function convert(sensor: Bmp180, command: number): number {
  const { device } = sensor;
  device.begin('write');
  for (const byte of [0xf4, command]) device.write(byte);
  device.begin('write');
  device.write(0xf6);
  device.begin('read');
  return device.read() * 2 ** 16 + device.read() * 2 ** 8 + device.read();
}

function rawTemperature(sensor: Bmp180): number {
  return convert(sensor, 0x2e) >> 8;
}

function pressure(sensor: Bmp180, oversampling: number): number {
  const raw = convert(sensor, 0x34 + (oversampling << 6)) >> (8 - oversampling);
  return pressureOf(rawTemperature(sensor), raw, oversampling);
}

test('the formulas give the results of the data sheet for its example', () => {
  expect(temperatureOf(27898)).toBe(150);
  expect(pressureOf(27898, 23843, 0)).toBe(69964);
});

test('a new sensor measures the example of the data sheet', () => {
  const sensor = new Bmp180();
  expect(temperatureOf(rawTemperature(sensor))).toBe(150);
  expect(pressure(sensor, 0)).toBe(69964);
});

test.each([
  [-20, 95_000],
  [15, 69_964],
  [36.5, 101_325],
])('measures the %s °C and %s Pa that it is told, at each oversampling', (celsius, pascal) => {
  const sensor = new Bmp180();
  sensor.measure(celsius, pascal);
  expect(temperatureOf(rawTemperature(sensor))).toBe(celsius * 10);
  // The data sheet's resolution is 1 Pa at oversampling 3 and 8 times coarser at 0 (its table 1, output of pressure).
  for (const [oversampling, tolerance] of [8, 4, 2, 1].entries()) {
    expect(Math.abs(pressure(sensor, oversampling) - pascal)).toBeLessThanOrEqual(tolerance);
  }
});

test('carries the calibration words at 0xAA, most significant byte first, and the chip id', () => {
  const { registers } = new Bmp180().device;
  expect([...registers.subarray(0xaa, 0xae)]).toEqual([0x01, 0x98, 0xff, 0xb8]);
  expect(registers[0xd0]).toBe(0x55);
});
