import type { I2cDevice } from '../../../hardware/simulator/i2c-device.ts';
import {
  askedOffset,
  decodeConfig,
  decodeLevel,
  decodeRequest,
  encodeChipInfo,
  encodeEvent,
  gpioRequests,
  lineFlags,
  putLevel,
  putLineInfo,
  setRequestedFd,
  sizes,
  type LineConfig,
} from '../../field/transports/linux/gpio-uapi.ts';
import type { I2cPart, SmbusTransfer, Syscalls } from '../../field/transports/linux/syscalls.ts';
import type { Clock } from '../../platform/clock.ts';

interface FakeLine {
  readonly offset: number;
  /** What the world outside does to it. */
  outside: boolean | undefined;
  consumer: string | undefined;
  config: LineConfig;
  output: boolean;
  /** What the kernel takes for its level, after the debounce. */
  settled: boolean;
  cancelDebounce: () => void;
  events: Uint8Array[];
  mostEvents: number;
  lastNumber: number;
}

interface FakeChip {
  readonly path: string;
  readonly label: string;
  readonly lines: readonly FakeLine[];
}

type FakeFile =
  | { readonly kind: 'chip'; readonly chip: FakeChip }
  | { readonly kind: 'line'; readonly line: FakeLine }
  | { readonly kind: 'i2c'; readonly bus: FakeI2c };

interface FakeI2c {
  readonly path: string;
  /** The adapter knows combined transfers. */
  readonly isPlain: boolean;
  readonly devices: Map<number, I2cDevice>;
}

/** `I2C_FUNCS`; the fake's adapters do plain transfers or not. */
const I2C_FUNCS = 0x0705;

/**
 * The part of a Linux machine that we use, in memory: GPIO chips with lines that somebody outside drives, and I2C buses.
 * It passes the same contracts as Debian's kernel (`gateway/test/contracts/gpio.ts`, `i2c.ts`).
 */
export class FakeLinux implements Syscalls {
  readonly #clock: Clock;
  readonly #chips: FakeChip[] = [];
  readonly #buses: FakeI2c[] = [];
  readonly #files = new Map<number, FakeFile>();
  #nextFd = 100;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Files that are open. */
  get openCount(): number {
    return this.#files.size;
  }

  addChip(label: string, lines = 54): this {
    const made = Array.from({ length: lines }, (_unused, offset): FakeLine => ({ ...freshLine(), offset }));
    this.#chips.push({ path: `/dev/gpiochip${this.#chips.length}`, label, lines: made });
    return this;
  }

  addBus(path: string, { isPlain = true } = {}): this {
    this.#buses.push({ path, isPlain, devices: new Map() });
    return this;
  }

  /** Puts a device on a bus. */
  addI2cDevice(path: string, address: number, device: I2cDevice): this {
    this.#buses.find((bus) => bus.path === path)?.devices.set(address, device);
    return this;
  }

  removeI2cDevice(path: string, address: number): void {
    this.#buses.find((bus) => bus.path === path)?.devices.delete(address);
  }

  /** Somebody outside pulls the line up or down. */
  drive(label: string, offset: number, level: boolean): void {
    const line = this.#line(label, offset);
    line.outside = level;
    this.#look(line);
  }

  /** The level that somebody outside sees. */
  seen(label: string, offset: number): boolean {
    return levelOf(this.#line(label, offset));
  }

  /** Somebody else takes a line. */
  occupy(label: string, offset: number, consumer: string): void {
    this.#line(label, offset).consumer = consumer;
  }

  list(directory: string): readonly string[] {
    const paths = [...this.#chips, ...this.#buses].map(({ path }) => path);
    return paths.flatMap((path) => (path.startsWith(`${directory}/`) ? [path.slice(directory.length + 1)] : []));
  }

  open(path: string): number {
    const chip = this.#chips.find((one) => one.path === path);
    const bus = this.#buses.find((one) => one.path === path);
    if (chip) return this.#newFd({ kind: 'chip', chip });
    if (bus) return this.#newFd({ kind: 'i2c', bus });
    throw failure('ENOENT');
  }

  close(fd: number): void {
    const file = this.#file(fd);
    this.#files.delete(fd);
    if (file.kind !== 'line') return;
    file.line.cancelDebounce();
    Object.assign(file.line, freshLine(), { outside: file.line.outside });
  }

  ioctl(fd: number, request: number, argument: Uint8Array): void {
    const file = this.#file(fd);
    if (file.kind === 'chip') this.#chipIoctl(file.chip, request, argument);
    else if (file.kind === 'line') this.#lineIoctl(file.line, request, argument);
    else if (request === I2C_FUNCS) argument[0] = file.bus.isPlain ? 1 : 0;
    else throw failure('ENOTTY');
  }

  read(fd: number, into: Uint8Array): number {
    const file = this.#file(fd);
    const event = file.kind === 'line' ? file.line.events.shift() : undefined;
    if (!event) throw failure('EAGAIN');
    into.set(event);
    return event.length;
  }

  async poll(fds: readonly number[], timeoutMs: number): Promise<readonly number[]> {
    const ready = (): readonly number[] => fds.filter((fd) => this.#isReady(fd));
    if (ready().length > 0) return ready();
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(timeoutMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    return ready();
  }

  async i2c(fd: number, parts: readonly I2cPart[]): Promise<void> {
    const { isPlain } = this.#bus(fd);
    if (!isPlain) throw failure('EOPNOTSUPP');
    for (const { address, isRead, bytes } of parts) {
      const device = this.#i2cDevice(fd, address);
      if (isRead) readInto(device, bytes);
      else write(device, bytes);
    }
  }

  async smbus(fd: number, { address, isRead, command, size }: SmbusTransfer, data: Uint8Array): Promise<void> {
    const device = this.#i2cDevice(fd, address);
    const [first, count] = size === 8 ? [1, data[0] ?? 0] : [0, 1];
    const payload = data.subarray(first, first + count);
    if (!isRead) write(device, Uint8Array.from([command, ...(size === 1 ? [] : payload)]));
    else {
      if (size !== 1) write(device, Uint8Array.of(command));
      readInto(device, payload);
    }
  }

  #chipIoctl({ path, label, lines }: FakeChip, request: number, argument: Uint8Array): void {
    switch (request) {
      case gpioRequests.chipInfo:
        argument.set(encodeChipInfo({ name: path.slice('/dev/'.length), label, lines: lines.length }));
        break;
      case gpioRequests.lineInfo: {
        const { consumer } = this.#line(label, askedOffset(argument));
        putLineInfo(argument, { name: '', consumer: consumer ?? '', isUsed: consumer !== undefined });
        break;
      }
      case gpioRequests.line: {
        if (argument.length !== sizes.request) throw failure('EFAULT');
        const { offset, consumer, config, events } = decodeRequest(argument);
        const line = this.#line(label, offset);
        if (line.consumer !== undefined) throw failure('EBUSY');
        Object.assign(line, { consumer, mostEvents: events });
        this.#configure(line, config);
        setRequestedFd(argument, this.#newFd({ kind: 'line', line }));
        break;
      }
      default:
        throw failure('ENOTTY');
    }
  }

  #lineIoctl(line: FakeLine, request: number, argument: Uint8Array): void {
    switch (request) {
      case gpioRequests.getValues:
        putLevel(argument, levelOf(line));
        break;
      case gpioRequests.setValues:
        if (!isOutput(line)) throw failure('EPERM');
        line.output = decodeLevel(argument);
        break;
      case gpioRequests.setConfig:
        this.#configure(line, decodeConfig(argument));
        break;
      default:
        throw failure('ENOTTY');
    }
  }

  #configure(line: FakeLine, config: LineConfig): void {
    const isBoth = (config.flags & lineFlags.input) !== 0n && (config.flags & lineFlags.output) !== 0n;
    if (isBoth) throw failure('EINVAL');
    line.config = config;
    if (config.level !== undefined) line.output = config.level;
    line.settled = levelOf(line);
  }

  /** The level may have changed: at once, or when it has held for the time of the debounce. */
  #look(line: FakeLine): void {
    line.cancelDebounce();
    const { debounceUs = 0 } = line.config;
    if (debounceUs === 0) this.#settle(line);
    else line.cancelDebounce = this.#clock.after(debounceUs / 1000, () => this.#settle(line));
  }

  #settle(line: FakeLine): void {
    const level = levelOf(line);
    if (level === line.settled) return;
    line.settled = level;
    const wanted = level ? lineFlags.rising : lineFlags.falling;
    if (line.consumer === undefined || (line.config.flags & wanted) === 0n) return;
    const timestampNs = BigInt(Math.round(this.#clock.mono() * 1e6));
    line.lastNumber++;
    line.events.push(encodeEvent({ timestampNs, isRising: level, offset: line.offset, number: line.lastNumber }));
    if (line.events.length > line.mostEvents) line.events.shift();
    this.#wake();
  }

  #newFd(file: FakeFile): number {
    this.#files.set(this.#nextFd, file);
    return this.#nextFd++;
  }

  #file(fd: number): FakeFile {
    const file = this.#files.get(fd);
    if (!file) throw failure('EBADF');
    return file;
  }

  #isReady(fd: number): boolean {
    const file = this.#files.get(fd);
    return file?.kind === 'line' && file.line.events.length > 0;
  }

  #bus(fd: number): FakeI2c {
    const file = this.#file(fd);
    if (file.kind !== 'i2c') throw failure('ENOTTY');
    return file.bus;
  }

  #i2cDevice(fd: number, address: number): I2cDevice {
    const device = this.#bus(fd).devices.get(address);
    if (!device) throw failure('ENXIO');
    return device;
  }

  #line(label: string, offset: number): FakeLine {
    const line = this.#chips.find((chip) => chip.label === label)?.lines[offset];
    if (!line) throw failure('EINVAL');
    return line;
  }
}

const freshLine = (): Omit<FakeLine, 'offset'> => ({
  outside: undefined,
  consumer: undefined,
  config: { flags: 0n },
  output: false,
  settled: false,
  cancelDebounce: () => {},
  events: [],
  mostEvents: 16,
  lastNumber: 0,
});

const isOutput = ({ config }: FakeLine): boolean => (config.flags & lineFlags.output) !== 0n;

function levelOf(line: FakeLine): boolean {
  return isOutput(line) ? line.output : (line.outside ?? (line.config.flags & lineFlags.pullUp) !== 0n);
}

function write(device: I2cDevice, bytes: Uint8Array): void {
  if (device.begin('write') !== 'ack') throw failure('ENXIO');
  for (const byte of bytes) device.write(byte);
}

function readInto(device: I2cDevice, bytes: Uint8Array): void {
  if (device.begin('read') !== 'ack') throw failure('ENXIO');
  for (let at = 0; at < bytes.length; at++) bytes[at] = device.read();
}

const failure = (code: string): Error => Object.assign(new Error(code), { code });
