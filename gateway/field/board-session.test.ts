import { describe, expect, test } from 'vitest';
import { Bme280 } from '../../hardware/simulator/bme280.ts';
import { Sht3x } from '../../hardware/simulator/sht3x.ts';
import { BoardRig } from '../test/board-rig.ts';
import type { DevicePlan } from './protocol.ts';
import { setupOf } from '../test/setup-of.ts';

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
      why: 'nothing answers at 0x76 on the I2C bus',
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

describe('a contact on an input', () => {
  test('counts after it has held; until then it is what it was', async () => {
    const rig = new BoardRig();
    rig.board.setPin(7, 'low');
    await rig.connect([await device('generic/door-contact', { pin: 7 })], 1000);
    // The wind rattles the door, then it opens.
    for (let gust = 0; gust < 3; gust++) {
      rig.board.setPin(7, 'open');
      await rig.run(600);
      rig.board.setPin(7, 'low');
      await rig.run(200);
    }
    expect(new Set(rig.values('open'))).toEqual(new Set([false]));
    rig.board.setPin(7, 'open');
    await rig.run(2200);
    expect(rig.values('open').at(-1)).toBe(true);
  });

  test('says what it is again and again, so that silence is trouble; its pin is pulled up', async () => {
    const rig = new BoardRig();
    await rig.connect([await device('generic/float-contact', { pin: 'A2' })], 500);
    expect(rig.board.pinLevel(16)).toBe('pull-up');
    await rig.run(3500);
    expect(rig.values('wet').length).toBeGreaterThanOrEqual(2);
    expect(new Set(rig.values('wet'))).toEqual(new Set([false]));
  });
});

/** Closes the contact of D2 so often. */
async function tip(rig: BoardRig, times: number): Promise<void> {
  for (let tips = 0; tips < times; tips++) {
    rig.board.setPin(2, 'low');
    await rig.run(50);
    rig.board.setPin(2, 'open');
    await rig.run(50);
  }
}

const total = (rig: BoardRig): number => rig.values('rain_count').reduce<number>((_last, value) => Number(value), 0);
const tips = (rig: BoardRig): number =>
  Math.round(rig.values('rain_amount').reduce<number>((sum, mm) => sum + Number(mm), 0) / 0.2);

const gauge = (state?: unknown): Promise<DevicePlan> =>
  device('generic/tipping-bucket', { pin: 2, ...(state === undefined ? {} : { state }) });

describe('the number of a board', () => {
  test('is drawn at first contact, kept by the board, and not drawn again', async () => {
    const eeprom = new Uint8Array(1024).fill(0xff);
    const first = new BoardRig(eeprom);
    first.draws.push(0xdeadbeef);
    await first.connect([await gauge()]);
    await first.run(2000);
    expect(first.state('d')).toMatchObject({ board: 0xdeadbeef, total: 0 });
    const later = new BoardRig(eeprom);
    later.draws.push(4711);
    await later.connect([await gauge(first.state('d'))]);
    await tip(later, 2);
    await later.run(2000);
    expect(later.state('d')).toMatchObject({ board: 0xdeadbeef });
    expect(later.draws).toEqual([4711]);
  });

  test('tells a board that was changed for another: what that one has counted fell elsewhere', async () => {
    const old = new BoardRig();
    old.draws.push(1001);
    await old.connect([await gauge()]);
    await tip(old, 3);
    await old.run(2000);
    expect(tips(old)).toBe(3);
    // The same boot number, and a count that is higher: without a number its difference would be rain.
    const other = new BoardRig();
    other.draws.push(2002);
    await other.run(100); // it starts
    await tip(other, 9);
    await other.connect([await gauge(old.state('d'))]);
    await tip(other, 2);
    await other.run(2500);
    expect(tips(other)).toBe(2);
    expect(total(other)).toBe(5);
    const doubtful = other.samples.filter(({ why }) => why?.includes('device_fault'));
    expect(doubtful.map(({ channel, quality }) => `${channel} ${quality}`).toSorted()).toEqual([
      'rain_amount suspect',
      'rain_count suspect',
    ]);
    expect(other.state('d')).toMatchObject({ board: 2002, since: 1 });
  });

  test('control: counts of two boards without numbers cannot be told apart', async () => {
    const old = new BoardRig();
    await old.connect([await gauge()]);
    await tip(old, 3);
    await old.run(2000);
    const state = { ...Object(old.state('d')), board: 0 } as unknown;
    const other = new BoardRig();
    await other.run(100); // it starts
    await tip(other, 9);
    await other.connect([await gauge(state)]);
    await other.run(2500);
    expect(tips(other)).toBe(6);
  });

  test('counts on when the cable of the same board was pulled', async () => {
    const rig = new BoardRig();
    rig.draws.push(5);
    await rig.connect([await gauge()]);
    await tip(rig, 1);
    await rig.run(2000);
    const state = rig.state('d');
    rig.unplug();
    await tip(rig, 4);
    rig.said.length = 0;
    await rig.connect([await gauge(state)]);
    await rig.run(2000);
    expect(tips(rig)).toBe(4);
    expect(rig.samples.flatMap(({ why = [] }) => why)).toEqual([]);
  });
});
