import { reasonOf } from '../../../model/errors.ts';
import type { I2cBus } from '../../i2c-bus.ts';
import { errorCode, type Syscalls } from './syscalls.ts';
import { shownAddress } from '../../../platform/hex.ts';

/** linux/i2c-dev.h and linux/i2c.h */
const I2C_FUNCS = 0x0705;
const I2C_FUNC_I2C = 1;
const smbusSizes = { byte: 1, byteData: 2, blockI2c: 8 } as const;
/** Longest SMBus block: `I2C_SMBUS_BLOCK_MAX`. */
const mostBlock = 32;

/**
 * An I2C bus of this machine, `/dev/i2c-<n>`. Combined transfers where the adapter can do them, as all of a Pi's can;
 * else SMBus transfers of up to 32 bytes.
 */
export class LinuxI2cBus implements I2cBus {
  readonly #calls: Syscalls;
  readonly #fd: number;
  readonly #isPlain: boolean;
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws in words for people, when there is no such bus. */
  constructor(calls: Syscalls, path = '/dev/i2c-1') {
    this.#calls = calls;
    this.#path = path;
    try {
      this.#fd = calls.open(path);
    } catch (error) {
      const known: Readonly<Record<string, string>> = {
        ENOENT: `there is no I2C bus ${path}: enable I2C (raspi-config, Interface Options)`,
        EACCES: `no right to use ${path}: add the user to the group \`i2c\``,
      };
      throw new Error(known[errorCode(error) ?? ''] ?? reasonOf(error), { cause: error });
    }
    // `unsigned long`: eight bytes where that is its size, of which four are enough.
    const functions = new Uint8Array(8);
    calls.ioctl(this.#fd, I2C_FUNCS, functions);
    this.#isPlain = ((functions[0] ?? 0) & I2C_FUNC_I2C) !== 0;
  }

  write(address: number, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(address, async () => {
      if (this.#isPlain) await this.#calls.i2c(this.#fd, [{ address, isRead: false, bytes }]);
      else await this.#smbusWrite(address, bytes);
    });
  }

  read(address: number, register: number | undefined, length: number): Promise<Uint8Array> {
    return this.#inTurn(address, async () => {
      if (!this.#isPlain) return this.#smbusRead(address, register, length);
      const bytes = new Uint8Array(length);
      const ask = register === undefined ? [] : [{ address, isRead: false, bytes: Uint8Array.of(register) }];
      await this.#calls.i2c(this.#fd, [...ask, { address, isRead: true, bytes }]);
      return bytes;
    });
  }

  async close(): Promise<void> {
    await this.#last;
    this.#calls.close(this.#fd);
  }

  #inTurn<T>(address: number, transfer: () => Promise<T>): Promise<T> {
    const done = this.#last.then(transfer).catch((error: unknown) => {
      throw this.#explained(address, error);
    });
    this.#last = done.catch(() => {}); // the next one does not care
    return done;
  }

  #explained(address: number, error: unknown): Error {
    const at = shownAddress(address);
    const silent = ['ENXIO', 'ENODEV', 'EREMOTEIO', 'EIO'].includes(errorCode(error) ?? '');
    const words = silent ? `nothing answers at ${at} on ${this.#path}` : `${at} on ${this.#path}: ${reasonOf(error)}`;
    return new Error(words, { cause: error });
  }

  async #smbusWrite(address: number, bytes: Uint8Array): Promise<void> {
    const [command = 0, ...rest] = bytes;
    const size = rest.length === 0 ? smbusSizes.byte : rest.length === 1 ? smbusSizes.byteData : smbusSizes.blockI2c;
    if (rest.length > mostBlock) throw new Error(`this adapter cannot write ${bytes.length} bytes at once`);
    const data = size === smbusSizes.blockI2c ? [rest.length, ...rest] : rest;
    await this.#calls.smbus(this.#fd, { address, isRead: false, command, size }, smbusData(data));
  }

  async #smbusRead(address: number, register: number | undefined, length: number): Promise<Uint8Array> {
    const common = { address, isRead: true } as const;
    if (register === undefined && length === 1) {
      const data = smbusData([]);
      await this.#calls.smbus(this.#fd, { ...common, command: 0, size: smbusSizes.byte }, data);
      return data.subarray(0, 1);
    }
    if (register === undefined) throw new Error('this adapter cannot read without a register');
    const parts: number[] = [];
    while (parts.length < length) {
      const count = Math.min(mostBlock, length - parts.length);
      const data = smbusData([count]);
      const command = register + parts.length;
      await this.#calls.smbus(this.#fd, { ...common, command, size: smbusSizes.blockI2c }, data);
      parts.push(...data.subarray(1, 1 + count));
    }
    return Uint8Array.from(parts);
  }
}

/** `union i2c_smbus_data`: 34 bytes; in a block the first is its length. */
function smbusData(bytes: readonly number[]): Uint8Array {
  const data = new Uint8Array(mostBlock + 2);
  data.set(bytes);
  return data;
}
