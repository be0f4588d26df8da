import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { HeaderSession } from '../../field/header-session.ts';
import type { FromChild } from '../../field/protocol.ts';
import { LinuxI2cBus } from '../../field/transports/linux/i2c.ts';
import { systemCalls } from '../../field/transports/linux/syscalls.ts';
import { systemClock } from '../../platform/clock.ts';
import { testGpioContract } from '../contracts/gpio.ts';
import { testI2cContract } from '../contracts/i2c.ts';
import { pause } from '../wait.ts';
import { setupOf } from '../setup-of.ts';

/** Runs in the virtual machine: the contract suites, and a whole header, on the interfaces of a real kernel. */

const label = 'lamppost-rig';
/** `gpio-sim` has a folder for each line, in which one is the world outside. */
const [lines] = globSync('/sys/devices/platform/gpio-sim.*/gpiochip*');
const [stub = ''] = globSync('/sys/class/i2c-adapter/i2c-*').filter((path) =>
  readFileSync(`${path}/name`, 'utf8').startsWith('SMBus stub'),
);

const calls = await systemCalls();
const drive = (offset: number, level: boolean): void =>
  writeFileSync(`${lines}/sim_gpio${offset}/pull`, level ? 'pull-up' : 'pull-down');
const seen = (offset: number): boolean => readFileSync(`${lines}/sim_gpio${offset}/value`, 'utf8').trim() === '1';

void describe('GPIO on the kernel', () => {
  testGpioContract(test, () => ({ calls, label, drive, seen, debounceMs: 400 }));
});

void describe('I2C on the kernel', () => {
  testI2cContract(test, () => {
    const bus = new LinuxI2cBus(calls, `/dev/${stub.split('/').at(-1)}`);
    return { bus, close: () => bus.close() };
  });
});

void test('a rain gauge and a siren on the pins of a header: tips are counted, commands switch, the end is safe', async () => {
  const said: FromChild[] = [];
  drive(17, true);
  const session = new HeaderSession({
    label,
    devices: [
      { device: 'rain', setup: await setupOf('generic/tipping-bucket'), everyMs: 500, pin: 17 },
      { device: 'siren', setup: await setupOf('generic/relay'), everyMs: 500, pin: 22 },
    ],
    clock: systemClock,
    send: (message) => said.push(message),
    calls: async () => calls,
    coreSilentMs: () => 0,
  });
  void session.run();
  const ticking = setInterval(() => session.tick(), 100);
  await pause(1000);
  for (let tips = 0; tips < 5; tips++) {
    drive(17, false);
    await pause(150);
    drive(17, true);
    await pause(150);
  }
  assert.equal(await session.command('siren', 'on', true), undefined);
  assert.equal(seen(22), true);
  await pause(1500);
  const counts = said
    .flatMap((message) => (message.kind === 'samples' ? message.samples : []))
    .filter(({ channel }) => channel === 'rain_count');
  assert.deepEqual({ value: counts.at(-1)?.value, quality: counts.at(-1)?.quality }, { value: 5, quality: 'good' });
  clearInterval(ticking);
  session.release();
  assert.equal(seen(22), false);
});
