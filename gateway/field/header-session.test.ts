import { describe, expect, test, vi } from 'vitest';
import { Bme280 } from '../../hardware/simulator/bme280.ts';
import { Bmp180 } from '../../hardware/simulator/bmp180.ts';
import type { Sample } from '../model/reading.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import { FakeLinux } from '../test/fakes/fake-linux.ts';
import { HeaderSession } from './header-session.ts';
import type { DevicePlan, FromChild } from './protocol.ts';
import { setupOf } from '../test/setup-of.ts';

const label = 'pinctrl-bcm2711';

class Rig {
  readonly linux: FakeLinux;
  readonly said: FromChild[] = [];
  readonly ended: Promise<string>;
  readonly session: HeaderSession;
  coreSilentMs = 0;

  constructor(devices: readonly DevicePlan[], clock: Clock, linux = new FakeLinux(clock).addChip(label)) {
    this.linux = linux;
    this.session = new HeaderSession({
      label: 'auto',
      devices,
      clock,
      send: (message) => this.said.push(message),
      calls: async () => linux,
      coreSilentMs: () => this.coreSilentMs,
    });
    this.ended = this.session.run();
  }

  get samples(): readonly Sample[] {
    return this.said.flatMap((message) => (message.kind === 'samples' ? message.samples : []));
  }

  of(channel: string): readonly Pick<Sample, 'value' | 'quality' | 'why'>[] {
    return this.samples
      .filter((sample) => sample.channel === channel)
      .map(({ value, quality, why }) => ({ value, quality, ...(why ? { why } : {}) }));
  }

  get links(): readonly string[] {
    return this.said.flatMap((said) => (said.kind === 'link' ? `${said.device} ${said.isUp} ${said.why ?? ''}` : []));
  }

  get state(): unknown {
    return this.said.findLast((said) => said.kind === 'samples' && said.state !== undefined);
  }
}

const device = async (profile: string, more: Partial<DevicePlan> = {}): Promise<DevicePlan> => ({
  device: 'd',
  setup: await setupOf(profile),
  everyMs: 1000,
  ...more,
});

async function run(rig: Rig, clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await clock.advance(100);
    rig.session.tick();
  }
}

async function tip({ linux }: Rig, clock: FakeClock, pin: number): Promise<void> {
  for (const level of [false, true, false]) {
    linux.drive(label, pin, level);
    await clock.advance(1);
  }
  await clock.advance(50);
  linux.drive(label, pin, true);
  await clock.advance(50);
}

describe('a counter on a header pin', () => {
  test('counts each tip once, however the contact bounces', async () => {
    const clock = new FakeClock();
    const rig = new Rig([await device('generic/tipping-bucket', { pin: 17 })], clock);
    await run(rig, clock, 1500);
    for (let index = 0; index < 7; index++) await tip(rig, clock, 17);
    await run(rig, clock, 2000);
    expect(rig.of('rain_count').at(-1)).toEqual({ value: 7, quality: 'good' });
    const amounts = rig.of('rain_amount').map(({ value }) => Number(value));
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBeCloseTo(1.4);
    expect(rig.of('rain_amount').every(({ quality }) => quality === 'good')).toBe(true);
  });

  test('says after a restart that pulses may be missing, once, and goes on from the total', async () => {
    const clock = new FakeClock();
    const state = { since: 7, count: 100, total: 40 };
    const rig = new Rig([await device('generic/tipping-bucket', { pin: 17, state })], clock);
    await run(rig, clock, 1500);
    await tip(rig, clock, 17);
    await run(rig, clock, 3000);
    const [first, ...rest] = rig.of('rain_count');
    expect(first).toEqual({ value: 40, quality: 'suspect', why: ['device_fault'] });
    expect(rest.at(-1)).toEqual({ value: 41, quality: 'good' });
    expect(rig.state).toMatchObject({ state: { total: 41, count: 1 } });
  });

  test('gives zeros when it does not rain', async () => {
    const clock = new FakeClock();
    const rig = new Rig([await device('generic/tipping-bucket', { pin: 17 })], clock);
    await run(rig, clock, 5000);
    expect(rig.of('rain_amount').length).toBeGreaterThanOrEqual(4);
    expect(new Set(rig.of('rain_amount').map(({ value }) => value))).toEqual(new Set([0]));
  });
});

const relay = (): Promise<DevicePlan> => device('generic/relay', { pin: 22 });

describe('an output on a header pin', () => {
  test('is at its safe level from the start, follows commands and tells its level', async () => {
    const clock = new FakeClock();
    const rig = new Rig([await relay()], clock);
    await run(rig, clock, 500);
    expect(rig.linux.seen(label, 22)).toBe(false);
    expect(await rig.session.command('d', 'on', true)).toBeUndefined();
    expect(rig.linux.seen(label, 22)).toBe(true);
    await run(rig, clock, 2000);
    expect(rig.of('on').at(-1)).toEqual({ value: true, quality: 'good' });
  });

  test('goes to its safe level when the core is silent for as long as its profile says, and when the process ends', async () => {
    const clock = new FakeClock();
    const rig = new Rig([await relay()], clock);
    await run(rig, clock, 500);
    await rig.session.command('d', 'on', true);
    rig.coreSilentMs = 59_000;
    await run(rig, clock, 2000);
    expect(rig.linux.seen(label, 22)).toBe(true);
    rig.coreSilentMs = 60_001;
    await run(rig, clock, 2000);
    expect(rig.linux.seen(label, 22)).toBe(false);
    rig.coreSilentMs = 0;
    await rig.session.command('d', 'on', true);
    rig.session.release();
    expect(rig.linux.seen(label, 22)).toBe(false);
  });
});

test('a contact to ground is told at once when it closes and when it opens', async () => {
  const clock = new FakeClock();
  const setup = await setupOf('generic/relay');
  const contact = { ...setup, profile: { ...setup.profile, connect: { kind: 'board', component: 'input' } } } as const;
  const rig = new Rig([{ device: 'd', setup: contact, pin: 5, everyMs: 100 }], clock);
  await run(rig, clock, 500);
  rig.linux.drive(label, 5, false);
  await run(rig, clock, 500);
  rig.linux.drive(label, 5, true);
  await run(rig, clock, 500);
  const values = rig.samples.map(({ value }) => value);
  expect(values.filter((value, index) => value !== values[index - 1])).toEqual([false, true, false]);
});

describe('chips on the header’s I2C bus', () => {
  test('a BMP180 through johnny-five gives the worked example of its data sheet', async () => {
    const sensor = new Bmp180();
    sensor.measure(15, 69_964);
    const linux = new FakeLinux(systemClock).addChip(label).addBus('/dev/i2c-1');
    linux.addI2cDevice('/dev/i2c-1', 0x77, sensor.device);
    const rig = new Rig([await device('bosch/bmp180', { everyMs: 200 })], systemClock, linux);
    await vi.waitFor(() => {
      rig.session.tick();
      expect(rig.of('temperature').at(-1)).toEqual({ value: 15, quality: 'good' });
      expect(rig.of('pressure').at(-1)).toEqual({ value: 699.64, quality: 'good' });
    }, 5000);
  });

  test('a BME280 is read, and one that is pulled out is a fault', async () => {
    const clock = new FakeClock();
    const sensor = new Bme280();
    sensor.measure(21.4, 48.5, 99_500);
    const linux = new FakeLinux(clock).addChip(label).addBus('/dev/i2c-1');
    linux.addI2cDevice('/dev/i2c-1', 0x76, sensor.device);
    const rig = new Rig([await device('bosch/bme280')], clock, linux);
    await run(rig, clock, 3000);
    expect(rig.of('humidity').at(-1)).toEqual({ value: 48.5, quality: 'good' });
    linux.removeI2cDevice('/dev/i2c-1', 0x76);
    await run(rig, clock, 3000);
    expect(rig.links.at(-1)).toBe('d false nothing answers at 0x76 on /dev/i2c-1');
  });
});

const withoutLibrary = (): Promise<never> => Promise.reject(new Error('the library koffi is not installed'));

describe('a header that is in trouble', () => {
  test('a pin that is taken takes only its own device away', async () => {
    const clock = new FakeClock();
    const linux = new FakeLinux(clock).addChip(label);
    linux.occupy(label, 4, 'onewire@4');
    const devices = [
      await device('generic/relay', { device: 'siren', pin: 4 }),
      await device('generic/relay', { device: 'lamp', pin: 22 }),
    ];
    const rig = new Rig(devices, clock, linux);
    await run(rig, clock, 500);
    expect(rig.links).toEqual(['siren false GPIO 4 is used by `onewire@4`', 'lamp true ']);
    expect(await rig.session.command('siren', 'on', true)).toBe('the output is not there');
  });

  test('a chip that comes later is found, and one that goes away ends the session', async () => {
    const clock = new FakeClock();
    const linux = new FakeLinux(clock);
    const rig = new Rig([await device('generic/tipping-bucket', { pin: 17 })], clock, linux);
    await run(rig, clock, 500);
    expect(rig.links[0]).toBe('d false this machine has no Raspberry Pi header; chips: none');
    linux.addChip(label);
    await run(rig, clock, 6000);
    expect(rig.links.at(-1)).toBe('d true ');
    linux.poll = () => Promise.reject(new Error('no such device'));
    await run(rig, clock, 500);
    expect(await rig.ended).toBe('no such device');
    expect(linux.openCount).toBe(0);
  });

  test('a machine without the library for it says what to do', async () => {
    const clock = new FakeClock();
    const said: FromChild[] = [];
    const devices = [await device('generic/relay', { pin: 22 })];
    const send = (message: FromChild): void => void said.push(message);
    void new HeaderSession({ label: 'auto', devices, clock, send, calls: withoutLibrary, coreSilentMs: () => 0 }).run();
    await clock.advance(100);
    expect(said[0]).toEqual({ kind: 'link', device: 'd', isUp: false, why: 'the library koffi is not installed' });
  });
});
