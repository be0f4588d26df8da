import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { LinuxI2cBus } from '../../field/transports/linux/i2c.ts';
import { systemCalls } from '../../field/transports/linux/syscalls.ts';
import { testGpioContract } from '../contracts/gpio.ts';
import { testI2cContract } from '../contracts/i2c.ts';

/** Runs in the virtual machine: the contract suites on the interfaces of a real kernel. */

const label = 'lamppost-rig';
/** `gpio-sim` has a folder for each line, in which one is the world outside. */
const [lines] = globSync('/sys/devices/platform/gpio-sim.*/gpiochip*');
const [stub = ''] = globSync('/sys/class/i2c-adapter/i2c-*').filter((path) =>
  readFileSync(`${path}/name`, 'utf8').startsWith('SMBus stub'),
);

const calls = await systemCalls();

void describe('GPIO on the kernel', () => {
  testGpioContract(test, () => ({
    calls,
    label,
    drive: (offset, level) => writeFileSync(`${lines}/sim_gpio${offset}/pull`, level ? 'pull-up' : 'pull-down'),
    seen: (offset) => readFileSync(`${lines}/sim_gpio${offset}/value`, 'utf8').trim() === '1',
    debounceMs: 400,
  }));
});

void describe('I2C on the kernel', () => {
  testI2cContract(test, () => {
    const bus = new LinuxI2cBus(calls, `/dev/${stub.split('/').at(-1)}`);
    return { bus, close: () => bus.close() };
  });
});
