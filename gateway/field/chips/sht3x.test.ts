import { expect, test } from 'vitest';
import { Sht3x } from '../../../hardware/simulator/sht3x.ts';
import { scriptedBus } from '../../test/fakes/scripted-i2c.ts';
import { openChip } from './chip.ts';
import { celsiusOf, checksum, humidityOf, sht3x } from './sht3x.ts';

/** A sensor whose time passes when the driver waits. */
function rig(address = 0x44): { readonly sensor: Sht3x; readonly open: () => ReturnType<typeof sht3x.open> } {
  let nowMs = 0;
  const sensor = new Sht3x(() => nowMs);
  const wait = async (ms: number): Promise<void> => void (nowMs += ms);
  const bus = scriptedBus([[address, sensor]]);
  return { sensor, open: () => openChip(sht3x, undefined, { bus, wait }) };
}

test('the checksum is that of the data sheet', () => {
  expect(checksum([0xbe, 0xef])).toBe(0x92);
});

test('the conversions reach from end to end of their scales', () => {
  expect([celsiusOf(0), celsiusOf(65535), humidityOf(0), humidityOf(65535)]).toEqual([-45, 130, 0, 100]);
});

test.each([0x44, 0x45])('a sensor at %i gives what it measures', async (address) => {
  const { sensor, open } = rig(address);
  sensor.measure(-12.3, 87.6);
  const fields = await (await open()).measure();
  expect(fields['temperature']).toBeCloseTo(-12.3, 2);
  expect(fields['humidity']).toBeCloseTo(87.6, 2);
});

test('a sensor that is asked too early does not answer: the driver waits for it', async () => {
  const sensor = new Sht3x(() => 0); // no time passes here
  const bus = scriptedBus([[0x44, sensor]]);
  const chip = await openChip(sht3x, undefined, { bus, wait: async () => {} });
  await expect(chip.measure()).rejects.toThrow('no answer');
});

test('a flipped bit is an error, never a value', async () => {
  const { sensor, open } = rig();
  const chip = await open();
  for (const byte of [0, 1, 2, 3, 4, 5]) {
    sensor.flip = { byte, mask: 0x10 };
    await expect(chip.measure()).rejects.toThrow('wrong checksum');
  }
  sensor.flip = undefined;
  await expect(chip.measure()).resolves.toHaveProperty('humidity');
});

test('something else at its address is said to be no SHT3x', async () => {
  const { sensor, open } = rig();
  sensor.flip = { byte: 2, mask: 0xff };
  await expect(open()).rejects.toThrow('no SHT3x');
});
