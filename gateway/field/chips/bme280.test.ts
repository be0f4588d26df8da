import { describe, expect, test } from 'vitest';
import { Bme280 } from '../../../hardware/simulator/bme280.ts';
import { calibrationOf, bme280, fieldsOf, fineTemperature, pressureOf, rawOf } from './bme280.ts';
import { openChip, type Chip } from './chip.ts';
import { scriptedBus } from '../../test/fakes/scripted-i2c.ts';
import { bytesFromHex } from '../../platform/hex.ts';

describe('the formulas', () => {
  test('give what the worked example of Bosch gives', () => {
    // BST-BMP280-DS001, 3.12: the same words and formulas for temperature and pressure.
    const example = {
      t: [27504, 26435, -1000],
      p: [36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000],
      h: [0, 0, 0, 0, 0, 0],
    } as const;
    const fine = fineTemperature(example, 519888);
    expect(fine / 5120).toBeCloseTo(25.08, 2);
    expect(pressureOf(example, 415148, fine)).toBeCloseTo(100653.27, 1);
  });

  test('give what a chip was published to measure', () => {
    // periph.io, devices/bmxx80/bmx280_test.go, "real data extracted from a device": 23.720 °C, 100.943 kPa, 65.306 %.
    const calibration = calibrationOf(
      bytesFromHex('10 6e 6c 66 32 00 5d 95 b8 d5 d0 0b 77 1e 9d ff f9 ff ac 26 0a d8 bd 10 00 4b'),
      bytesFromHex('6e 01 00 13 05 00 1e'),
    );
    expect(calibration.h).toEqual([75, 366, 0, 309, 0, 30]);
    const fields = fieldsOf(calibration, rawOf(bytesFromHex('4a 52 c0 80 96 c0 7a 76')));
    expect(fields['temperature']).toBeCloseTo(23.72, 2);
    expect(fields['pressure']).toBeCloseTo(1009.427, 2);
    expect(fields['humidity']).toBeCloseTo(65.306, 2);
  });

  test('calibration words below zero keep their sign, also those that share a byte', () => {
    const more = bytesFromHex('00 80 00 ff 2f fe 9c');
    expect(calibrationOf(new Uint8Array(26), more).h).toEqual([0, -32768, 0, -1, -30, -100]);
  });

  test('words of zeros are no pressure', () => {
    const fields = fieldsOf(
      calibrationOf(new Uint8Array(26), new Uint8Array(7)),
      rawOf(bytesFromHex('4a 52 c0 80 96 c0 7a 76')),
    );
    expect(fields['pressure']).toBeNaN();
  });
});

const noWait = async (): Promise<void> => {};

const opened = (sensor: Bme280): Promise<Chip> =>
  openChip(bme280, undefined, { bus: scriptedBus([[0x76, sensor.device]]), wait: noWait });

describe('the chip', () => {
  test('gives temperature, humidity and pressure', async () => {
    const sensor = new Bme280();
    sensor.measure(21.4, 48.5, 99_500);
    const fields = await (await opened(sensor)).measure();
    expect(fields['temperature']).toBeCloseTo(21.4, 1);
    expect(fields['humidity']).toBeCloseTo(48.5, 1);
    expect(fields['pressure']).toBeCloseTo(995, 1);
  });

  test.each([
    [0x58, 'at 0x76 sits a BMP280, which measures no humidity'],
    [0x61, 'at 0x76 sits a BME680'],
    [0x17, 'at 0x76 sits a chip with the number 0x17, where a BME280 has 0x60'],
  ])('of another kind (%i) is called by its name', async (id, words) => {
    await expect(opened(new Bme280(id))).rejects.toThrow(words);
  });

  test('that is not there is looked for at both addresses, and only at the one that the site gives', async () => {
    const [anywhere, there] = [scriptedBus([]), scriptedBus([])];
    await expect(openChip(bme280, undefined, { bus: anywhere, wait: noWait })).rejects.toThrow('0x76');
    await expect(openChip(bme280, 0x77, { bus: there, wait: noWait })).rejects.toThrow('0x77');
    expect([anywhere.asked, there.asked]).toEqual([[0x76, 0x77], [0x77]]);
  });

  test('that was never told to measure something says that there is no value, not the lowest one', () => {
    const fields = fieldsOf(new Bme280().calibration, { temperature: 0x80000, pressure: 0x80000, humidity: 0x8000 });
    expect(fields).toEqual({
      temperature: { why: ['device_fault'] },
      humidity: { why: ['device_fault'] },
      pressure: { why: ['device_fault'] },
    });
  });

  test('that loses its supply for a moment measures on: it is told what to do each time', async () => {
    const sensor = new Bme280();
    const chip = await opened(sensor);
    await chip.measure();
    sensor.powerCycle();
    expect((await chip.measure())['humidity']).toBeTypeOf('number');
  });
});
