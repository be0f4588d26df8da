import { describe, expect, test } from 'vitest';
import { RegisterFile } from '../../../../hardware/simulator/i2c-device.ts';
import { systemClock } from '../../../platform/clock.ts';
import { testGpioContract } from '../../../test/contracts/gpio.ts';
import { testI2cContract } from '../../../test/contracts/i2c.ts';
import { FakeClock } from '../../../test/fakes/fake-clock.ts';
import { FakeLinux } from '../../../test/fakes/fake-linux.ts';
import { GpioChip } from './gpio-chip.ts';
import { LinuxI2cBus } from './i2c.ts';

describe('GPIO on the fake machine', () => {
  testGpioContract(test, () => {
    const label = 'pinctrl-rp1';
    const linux = new FakeLinux(systemClock).addChip('gpio-brcmstb').addChip(label);
    const drive = (offset: number, level: boolean): void => linux.drive(label, offset, level);
    return { calls: linux, label, drive, seen: (offset) => linux.seen(label, offset), debounceMs: 30 };
  });

  test.for([
    [['raspberrypi-exp-gpio', 'pinctrl-bcm2711'], 'pinctrl-bcm2711'],
    [['pinctrl-rp1', 'gpio-brcmstb@107d508500'], 'pinctrl-rp1'],
  ])('finds a Pi header among %s', ([labels, header]) => {
    const linux = new FakeLinux(systemClock);
    for (const label of labels ?? []) linux.addChip(label);
    expect(new GpioChip(linux, 'auto').info.label).toBe(header);
  });

  test('says that a machine without a Pi header has none', () => {
    expect(() => new GpioChip(new FakeLinux(systemClock), 'auto')).toThrow(
      'this machine has no Raspberry Pi header; chips: none',
    );
  });

  test('edges that the kernel could not keep are counted as missed', async () => {
    const clock = new FakeClock();
    const linux = new FakeLinux(clock).addChip('header');
    linux.drive('header', 4, true);
    const chip = new GpioChip(linux, 'header');
    const line = chip.request(4, { as: 'input', edges: 'falling' });
    for (let pulse = 0; pulse < 1500; pulse++) {
      linux.drive('header', 4, false);
      linux.drive('header', 4, true);
    }
    let [told, missed] = [0, 0];
    line.onEdge((edge) => {
      told++;
      missed += edge.missed;
    });
    await clock.advance(1000);
    for (let turn = 0; turn < 400 && told < 1024; turn++) await clock.advance(0);
    expect([told, missed]).toEqual([1024, 476]);
  });

  test('a chip that goes away ends with a reason and throws nothing', async () => {
    const linux = new FakeLinux(systemClock).addChip('header');
    const chip = new GpioChip(linux, 'header');
    linux.poll = () => Promise.reject(new Error('no such device'));
    chip.request(4, { as: 'input', edges: 'both' }).onEdge(() => {});
    expect(await chip.ended).toBe('no such device');
    expect(linux.openCount).toBe(0);
  });
});

describe.each([
  ['with combined transfers', true],
  ['with SMBus transfers alone', false],
])('an I2C bus %s, on the fake machine', (_name, isPlain) => {
  testI2cContract(test, () => {
    const linux = new FakeLinux(systemClock).addBus('/dev/i2c-1', { isPlain });
    linux.addI2cDevice('/dev/i2c-1', 0x50, new RegisterFile());
    const bus = new LinuxI2cBus(linux);
    return { bus, close: () => bus.close() };
  });
});

test('says how to get an I2C bus where there is none', () => {
  expect(() => new LinuxI2cBus(new FakeLinux(systemClock))).toThrow(
    'there is no I2C bus /dev/i2c-1: enable I2C (raspi-config, Interface Options)',
  );
});
