import assert from 'node:assert/strict';
import type { I2cBus } from '../../field/i2c-bus.ts';
import type { RunTest } from './gpio.ts';

/** A bus with a device of 256 registers at 0x50, and nothing at 0x51. */
export interface I2cBench {
  readonly bus: I2cBus;
  readonly close: () => Promise<void>;
}

/** What every I2C bus promises; see `I2cBus`. */
export function testI2cContract(test: RunTest, start: () => I2cBench): void {
  const withBus = (name: string, body: (bus: I2cBus) => Promise<void>): void => {
    test(name, async () => {
      const { bus, close } = start();
      try {
        await body(bus);
      } finally {
        await close();
      }
    });
  };

  withBus('what is written to a register is read from it', async (bus) => {
    await bus.write(0x50, Uint8Array.of(0x10, 0xa5));
    assert.deepEqual(await bus.read(0x50, 0x10, 1), Uint8Array.of(0xa5));
  });

  withBus('many registers are written and read at once', async (bus) => {
    const values = Array.from({ length: 24 }, (_unused, index) => index * 9);
    await bus.write(0x50, Uint8Array.of(0x20, ...values));
    assert.deepEqual([...(await bus.read(0x50, 0x20, 24))], values);
    assert.deepEqual([...(await bus.read(0x50, 0x22, 3))], values.slice(2, 5));
  });

  withBus('a read without a register gives what the device offers', async (bus) => {
    await bus.write(0x50, Uint8Array.of(0x30, 0x77));
    await bus.write(0x50, Uint8Array.of(0x30));
    assert.deepEqual(await bus.read(0x50, undefined, 1), Uint8Array.of(0x77));
  });

  withBus('a device that is not there is told in words, and the next transfer works', async (bus) => {
    const missing = bus.read(0x51, 0, 1);
    const there = bus.read(0x50, 0x10, 1);
    await assert.rejects(missing, /nothing answers at 0x51/);
    assert.equal((await there).length, 1);
  });

  withBus('transfers asked for at once are done one after the other', async (bus) => {
    const values = Array.from({ length: 20 }, (_unused, index) => index + 1);
    await Promise.all(values.map((value) => bus.write(0x50, Uint8Array.of(0x40 + value, value))));
    const read = await Promise.all(values.map((value) => bus.read(0x50, 0x40 + value, 1)));
    assert.deepEqual(
      read.map(([first]) => first),
      values,
    );
  });
}
