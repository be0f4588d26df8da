import type { I2cDevice } from '../../../hardware/simulator/i2c-device.ts';
import type { I2cBus } from '../../field/i2c-bus.ts';
import { shownAddress } from '../../platform/hex.ts';

/** A bus in memory with simulated devices on it; `asked` tells which addresses were spoken to. */
export function scriptedBus(devices: Iterable<readonly [address: number, device: I2cDevice]>): I2cBus & {
  readonly asked: readonly number[];
} {
  const known = new Map(devices);
  const asked: number[] = [];
  const begin = (address: number, direction: 'read' | 'write'): I2cDevice => {
    if (asked.at(-1) !== address) asked.push(address);
    const device = known.get(address);
    if (device?.begin(direction) !== 'ack') throw new Error(`no answer at ${shownAddress(address)}`);
    return device;
  };
  const write = async (address: number, bytes: Uint8Array): Promise<void> => {
    const device = begin(address, 'write');
    for (const byte of bytes) device.write(byte);
  };
  return {
    asked,
    write,
    async read(address, register, length): Promise<Uint8Array> {
      if (register !== undefined) await write(address, Uint8Array.of(register));
      const device = begin(address, 'read');
      return Uint8Array.from({ length }, () => device.read());
    },
  };
}
