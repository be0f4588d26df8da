import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { reasonOf } from '../../../model/errors.ts';

/**
 * The one thin edge between us and the Linux kernel. Everything above it runs on a fake too
 * (`gateway/test/fakes/fake-linux.ts`), which `gateway/test/contracts/gpio.ts` holds against the real one.
 *
 * Contract: what fails throws (or rejects with) an error that has the system's `code`, such as `EBUSY`. Only calls that
 * cannot wait are synchronous.
 */
export interface Syscalls {
  /** Names in a directory; none where there is no such directory. */
  list(directory: string): readonly string[];
  open(path: string): number;
  close(fd: number): void;
  /** The kernel reads and writes `argument`. */
  ioctl(fd: number, request: number, argument: Uint8Array): void;
  /** Waits for the next bytes: ask `poll` first. @returns how many came. */
  read(fd: number, into: Uint8Array): number;
  /** Which of these have something to read, at the latest after `timeoutMs`. */
  poll(fds: readonly number[], timeoutMs: number): Promise<readonly number[]>;
  /** One combined I2C transfer (`I2C_RDWR`): the parts follow each other without a stop in between. */
  i2c(fd: number, parts: readonly I2cPart[]): Promise<void>;
  /** One SMBus transfer (`I2C_SMBUS`), for adapters that cannot do the above. `data` is `union i2c_smbus_data`. */
  smbus(fd: number, transfer: SmbusTransfer, data: Uint8Array): Promise<void>;
}

export interface I2cPart {
  readonly address: number;
  readonly isRead: boolean;
  /** What is written, or where the answer goes. */
  readonly bytes: Uint8Array;
}

export interface SmbusTransfer {
  readonly address: number;
  readonly isRead: boolean;
  readonly command: number;
  /** Kind of transfer, `I2C_SMBUS_…` of linux/i2c.h. */
  readonly size: number;
}

/** linux/i2c-dev.h and linux/i2c.h */
const I2C_SLAVE = 0x0703;
const I2C_RDWR = 0x0707;
const I2C_SMBUS = 0x0720;
const I2C_M_RD = 1;
/** poll.h; `struct pollfd` is int fd, short events, short revents. */
const POLLIN = 1;
const pollfdSize = 8;

let loading: Promise<Syscalls> | undefined;

/** The system calls of this machine. The library for them is loaded when the first part wants it. */
export function systemCalls(): Promise<Syscalls> {
  return (loading ??= loadSystemCalls());
}

async function loadSystemCalls(): Promise<Syscalls> {
  if (process.platform !== 'linux') throw new Error(`GPIO and I2C need Linux; this is ${process.platform}`);
  const { default: koffi } = await import('koffi').catch((cause: unknown) => {
    const why = 'the library koffi is not installed for this machine: install Lamppost again with optional packages';
    throw new Error(why, { cause });
  });
  const libc = koffi.load(null);
  koffi.struct('lamppost_i2c_msg', { addr: 'uint16_t', flags: 'uint16_t', len: 'uint16_t', buf: 'void *' });
  koffi.struct('lamppost_i2c_rdwr', { msgs: 'lamppost_i2c_msg *', nmsgs: 'uint32_t' });
  koffi.struct('lamppost_i2c_smbus', { read_write: 'uint8_t', command: 'uint8_t', size: 'uint32_t', data: 'void *' });
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, void *argument)');
  const ioctlNumber = libc.func('ioctl', 'int', ['int', 'unsigned long', 'unsigned long']);
  const ioctlI2c = libc.func('ioctl', 'int', ['int', 'unsigned long', 'lamppost_i2c_rdwr *']);
  const ioctlSmbus = libc.func('ioctl', 'int', ['int', 'unsigned long', 'lamppost_i2c_smbus *']);
  const poll = libc.func('int poll(void *fds, unsigned long count, int timeoutMs)');

  const succeeded = (result: number, what: string): void => {
    if (result < 0) throw systemError(koffi.errno(), what);
  };
  /** In a thread of libuv's pool, since the kernel may let it wait. */
  const later = (call: typeof ioctl, what: string, ...given: readonly unknown[]): Promise<number> =>
    new Promise((resolve, reject) => {
      call.async(...given, (error: unknown, result: number) => {
        if (error) reject(new Error(reasonOf(error)));
        else if (result < 0) reject(systemError(koffi.errno(), what));
        else resolve(result);
      });
    });

  return {
    list: (directory) => {
      try {
        return readdirSync(directory);
      } catch {
        return []; // not there
      }
    },
    open: (path) => openSync(path, 'r+'),
    close: (fd) => closeSync(fd),
    ioctl: (fd, request, argument) => succeeded(ioctl(fd, request, argument), 'ioctl'),
    read: (fd, into) => readSync(fd, into),
    poll: async (fds, timeoutMs) => {
      const table = new DataView(new ArrayBuffer(Math.max(1, fds.length) * pollfdSize));
      fds.forEach((fd, index) => {
        table.setInt32(index * pollfdSize, fd, true);
        table.setInt16(index * pollfdSize + 4, POLLIN, true);
      });
      await later(poll, 'poll', new Uint8Array(table.buffer), fds.length, timeoutMs).catch((error: unknown) => {
        if (errorCode(error) !== 'EINTR') throw error;
      });
      return fds.filter((_fd, index) => table.getInt16(index * pollfdSize + 6, true) !== 0);
    },
    i2c: async (fd, parts) => {
      const msgs = parts.map(({ address, isRead, bytes }) => ({
        addr: address,
        flags: isRead ? I2C_M_RD : 0,
        len: bytes.length,
        buf: bytes,
      }));
      await later(ioctlI2c, 'I2C', fd, I2C_RDWR, { msgs, nmsgs: msgs.length });
    },
    smbus: async (fd, { address, isRead, command, size }, data) => {
      succeeded(ioctlNumber(fd, I2C_SLAVE, address), 'I2C');
      await later(ioctlSmbus, 'I2C', fd, I2C_SMBUS, { read_write: isRead ? 1 : 0, command, size, data });
    },
  };
}

/** An error in the system's words, with its `code`, as Node's own have it. */
export function systemError(errno: number, what: string): Error {
  const [code, words] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, 'unknown error'];
  return Object.assign(new Error(`${what}: ${words}`), { code });
}

/** The system's name of what went wrong, such as `EBUSY`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
