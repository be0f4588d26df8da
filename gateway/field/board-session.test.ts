import { describe, expect, test } from 'vitest';
import { Bme280 } from '../../hardware/simulator/bme280.ts';
import { Sht3x } from '../../hardware/simulator/sht3x.ts';
import { BoardRig, setupOf } from '../test/board-rig.ts';
import type { DevicePlan } from './protocol.ts';

/** Through the real firmware in the simulated chip; time is simulated too. */

const device = async (profile: string, more: Partial<DevicePlan> = {}): Promise<DevicePlan> => ({
  device: 'd',
  setup: await setupOf(profile),
  everyMs: 1000,
  ...more,
});

describe('chips on the I2C bus', () => {
  test('a BME280 and an SHT31 on one bus give what they measure, once a period', async () => {
    const rig = new BoardRig();
    const weather = new Bme280();
    const shelter = new Sht3x(() => rig.board.ms);
    weather.measure(21.4, 48.5, 99_500);
    shelter.measure(-12.3, 87.6);
    rig.board.attachI2c(Bme280.address, weather.device);
    rig.board.attachI2c(Sht3x.address, shelter);
    await rig.connect([
      await device('bosch/bme280', { device: 'roof' }),
      await device('sensirion/sht31', { device: 'shelter' }),
    ]);
    await rig.run(5000);
    const of = (name: string, channel: string): readonly unknown[] =>
      rig.samples.filter((sample) => sample.device === name && sample.channel === channel).map(({ value }) => value);
    expect(new Set(of('roof', 'temperature'))).toEqual(new Set([21.4]));
    expect(new Set(of('roof', 'humidity'))).toEqual(new Set([48.5]));
    expect(new Set(of('roof', 'pressure'))).toEqual(new Set([995]));
    expect(new Set(of('shelter', 'temperature'))).toEqual(new Set([-12.3]));
    expect(new Set(of('shelter', 'humidity'))).toEqual(new Set([87.6]));
    for (const name of ['roof', 'shelter']) {
      expect(of(name, 'temperature').length).toBeGreaterThanOrEqual(4);
      expect(of(name, 'temperature').length).toBeLessThanOrEqual(7);
    }
  });

  test('a chip that is not there is a fault with its address, and is found when it is plugged in later', async () => {
    const rig = new BoardRig();
    await rig.connect([await device('bosch/bme280')]);
    expect(rig.links.at(-1)).toEqual({
      kind: 'link',
      device: 'd',
      isUp: false,
      why: 'no answer at 0x76 on the I2C bus',
    });
    expect(rig.samples).toEqual([]);
    rig.board.attachI2c(0x77, new Bme280().device);
    await rig.run(3000);
    expect(rig.links.at(-1)).toEqual({ kind: 'link', device: 'd', isUp: true });
    expect(rig.values('humidity').at(-1)).toBe(50);
  });

  test('a BMP280 sold as BME280 is called by its name', async () => {
    const rig = new BoardRig();
    rig.board.attachI2c(Bme280.address, new Bme280(0x58).device);
    await rig.connect([await device('bosch/bme280')]);
    expect(rig.links.at(-1)?.why).toContain('at 0x76 sits a BMP280, which measures no humidity');
  });

  test('a disturbed wire gives faults and no values, and its neighbour goes on', async () => {
    const rig = new BoardRig();
    const shelter = new Sht3x(() => rig.board.ms);
    rig.board.attachI2c(Sht3x.address, shelter);
    rig.board.attachI2c(Bme280.address, new Bme280().device);
    await rig.connect([
      await device('bosch/bme280', { device: 'roof' }),
      await device('sensirion/sht31', { device: 'shelter' }),
    ]);
    shelter.flip = { byte: 3, mask: 1 };
    await rig.run(1500);
    const before = rig.samples.length;
    await rig.run(3000);
    const since = rig.samples.slice(before);
    expect(since.some((sample) => sample.device === 'shelter')).toBe(false);
    expect(since.some((sample) => sample.device === 'roof')).toBe(true);
    expect(rig.links.findLast((link) => link.device === 'shelter')?.why).toContain('wrong checksum');
  });

  test('is asked as often as the site wants, and its values are reduced', async () => {
    const rig = new BoardRig();
    rig.board.attachI2c(Bme280.address, new Bme280().device);
    await rig.connect([await device('bosch/bme280', { everyMs: 3000, sampleMs: 500 })]);
    await rig.run(4500);
    expect(rig.samples.find(({ stat }) => stat === 'mean')?.n).toBeGreaterThanOrEqual(5);
  });
});
