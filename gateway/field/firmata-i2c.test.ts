import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VirtualBoard } from '../../hardware/simulator/board.ts';
import { RegisterFile } from '../../hardware/simulator/i2c-device.ts';
import { rootPath } from '../platform/root.ts';
import { boardLink } from '../test/board-rig.ts';
import { testI2cContract, type I2cBench } from '../test/contracts/i2c.ts';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import { firmataI2c } from './firmata-i2c.ts';
import type { I2cBus } from './i2c-bus.ts';
import { connectFirmata } from './transports/firmata.ts';

const hex = readFileSync(rootPath('hardware/firmware/lamppost-node.hex'), 'utf8');

/** The bus of a node board in simulated time, which passes by itself until it is closed. */
function start(): I2cBench & { readonly board: VirtualBoard } {
  const board = new VirtualBoard({ hex });
  const clock = new FakeClock();
  board.attachI2c(0x50, new RegisterFile());
  const { link } = boardLink(board);
  const connected = connectFirmata(link, 100).then((io) => firmataI2c(io, clock));
  const stop = new AbortController();
  const pass = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      board.runMs(5);
      await clock.advance(5);
    }
  };
  const passing = pass();
  const bus: I2cBus = {
    write: async (...args) => (await connected).write(...args),
    read: async (...args) => (await connected).read(...args),
  };
  const close = async (): Promise<void> => {
    stop.abort();
    await passing;
  };
  return { board, bus, close };
}

describe('the I2C bus of a node board', () => {
  testI2cContract(test, start);

  test('a board that falls silent is told after a second, and what it says later is not taken for another answer', async () => {
    const { board, bus, close } = start();
    await bus.write(0x50, Uint8Array.of(0x10, 1, 2, 3));
    expect([...(await bus.read(0x50, 0x10, 1))]).toEqual([1]);
    board.hang();
    await expect(bus.read(0x50, 0x11, 1)).rejects.toThrow('the board does not answer for 0x50');
    await close();
  });
});
