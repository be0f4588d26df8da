import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ListedPort } from '../field/transports/list-ports.ts';
import { programName } from '../platform/program-name.ts';

/** A serial port of this machine. */
export interface FoundPort {
  /** The name that changes with the order of plugging in, such as `/dev/ttyUSB0`. */
  readonly path: string;
  /** The name to configure: it stays with the adapter, or, where twins cannot be told apart, with the socket. */
  readonly stable: string;
  /** `by-path`: an adapter without a serial number of its own; it must stay in its socket. */
  readonly kind: 'by-id' | 'by-path' | 'plain';
  /** Maker and product, as the adapter says. */
  readonly description?: string;
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serialNumber?: string;
  /** The program that has it open, as `name (process 123)`, as far as we may look. */
  readonly holder?: string;
}

/** Where udev puts names that stay. */
const namesFolder = '/dev/serial';

/** Every serial port that is really there, adapters first. @param names - folder with `by-id` and `by-path`. */
export async function findSerialPorts(
  list: () => Promise<readonly ListedPort[]>,
  names = namesFolder,
): Promise<readonly FoundPort[]> {
  const listed = await list().catch(() => listFromSystem());
  const [ids, paths] = [await linksIn(join(names, 'by-id')), await linksIn(join(names, 'by-path'))];
  const twins = twinsAmong(listed, ids);
  const ports = await Promise.all(
    listed.map(async (port): Promise<FoundPort | undefined> => {
      if (port.vendorId === undefined && !(await hasHardware(port.path))) return undefined;
      const [byId, byPath] = [ids.get(port.path), paths.get(port.path)];
      const named =
        byId !== undefined && !twins.has(port.path)
          ? ({ stable: byId, kind: 'by-id' } as const)
          : byPath !== undefined
            ? ({ stable: byPath, kind: 'by-path' } as const)
            : ({ stable: byId ?? port.path, kind: byId === undefined ? 'plain' : 'by-id' } as const);
      const description = await describe(port);
      const holder = await whoHolds(port.path);
      return {
        ...known(port),
        ...named,
        ...(description === '' ? {} : { description }),
        ...(holder ? { holder } : {}),
      };
    }),
  );
  const found = ports.filter((port) => port !== undefined);
  return found.toSorted((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path, 'en', { numeric: true }));
}

const rank = ({ vendorId }: FoundPort): number => (vendorId === undefined ? 1 : 0);

function known({
  path,
  serialNumber,
  vendorId,
  productId,
}: ListedPort): Pick<FoundPort, 'path' | 'serialNumber' | 'vendorId' | 'productId'> {
  return {
    path,
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(vendorId === undefined ? {} : { vendorId }),
    ...(productId === undefined ? {} : { productId }),
  };
}

/**
 * Adapters that look the same, down to the serial number or its absence: the system has one name for all of them and
 * gives it to one. Several ports of one adapter have a name each, and are no twins.
 */
function twinsAmong(ports: readonly ListedPort[], ids: ReadonlyMap<string, string>): ReadonlySet<string> {
  const adapters = ports.filter(({ vendorId }) => vendorId !== undefined);
  const alike = Object.values(Object.groupBy(adapters, kindOf)).filter((group = []) => group.length > 1);
  const nameless = alike.filter((group = []) => group.some(({ path }) => !ids.has(path)));
  return new Set(nameless.flatMap((group = []) => group.map(({ path }) => path)));
}

const kindOf = ({ vendorId, productId, serialNumber }: ListedPort): string =>
  `${vendorId ?? ''}:${productId ?? ''}:${serialNumber ?? ''}`;

async function linksIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>();
  for (const name of await readdir(directory).catch(() => [])) {
    const link = join(directory, name);
    const target = await realpath(link).catch(() => undefined);
    if (target !== undefined) links.set(target, link);
  }
  return links;
}

/** Names of serial drivers that a gateway may use. */
const portNames = /^tty(S|USB|ACM|AMA|MFD|O|XRUSB|SC|mxc|LP|THS)\d+$/;

/** For systems without udev. */
async function listFromSystem(): Promise<readonly ListedPort[]> {
  const names = (await readdir('/sys/class/tty').catch(() => [])).filter((name) => portNames.test(name));
  return Promise.all(
    names.map(async (name): Promise<ListedPort> => {
      const usb = await usbFolder(name);
      if (usb === undefined) return { path: `/dev/${name}` };
      const [vendorId, productId, serialNumber] = await Promise.all(
        ['idVendor', 'idProduct', 'serial'].map((file) => firstLine(join(usb, file))),
      );
      return { path: `/dev/${name}`, vendorId, productId, serialNumber };
    }),
  );
}

/** Most machines have names for 32 serial ports and none behind them. Type 0 is PORT_UNKNOWN (serial_core.h). */
async function hasHardware(path: string): Promise<boolean> {
  const type = await firstLine(join('/sys/class/tty', basename(path), 'type'));
  return type !== '0';
}

async function describe({ path, manufacturer }: ListedPort): Promise<string> {
  const usb = await usbFolder(basename(path));
  const [maker, product] =
    usb === undefined
      ? [manufacturer, undefined]
      : await Promise.all(['manufacturer', 'product'].map((file) => firstLine(join(usb, file))));
  return [maker ?? manufacturer, product].filter((word) => word !== undefined).join(' ');
}

/** The folder of the USB device that a port belongs to. */
async function usbFolder(name: string): Promise<string | undefined> {
  let folder = await realpath(join('/sys/class/tty', name, 'device')).catch(() => undefined);
  for (let level = 0; folder !== undefined && level < 4; level++) {
    if ((await firstLine(join(folder, 'idVendor'))) !== undefined) return folder;
    folder = dirname(folder);
  }
  return undefined;
}

async function firstLine(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text?.split('\n')[0]?.trim();
}

/** The program that has a file open, as `name (process 123)`; on Linux, as far as we may look. */
export async function whoHolds(path: string): Promise<string | undefined> {
  const target = await realpath(path).catch(() => path);
  for (const process of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${process}/fd`;
    // A process that ended, or that belongs to somebody else, shows nothing.
    for (const descriptor of await readdir(folder).catch(() => [])) {
      if ((await readlink(join(folder, descriptor)).catch(() => '')) !== target) continue;
      if (await playsDevice(process, target)) break;
      const name = await programName(process);
      return `${name} (process ${process})`;
    }
  }
  return undefined;
}

/** Whether a process is the device itself: the other end of a pseudo-terminal, as `socat` and simulators make it. */
async function playsDevice(process: string, target: string): Promise<boolean> {
  const [, index] = /^\/dev\/pts\/(\d+)$/.exec(target) ?? [];
  if (index === undefined) return false;
  const folder = `/proc/${process}/fdinfo`;
  for (const descriptor of await readdir(folder).catch(() => [])) {
    const text = await readFile(join(folder, descriptor), 'utf8').catch(() => '');
    if (new RegExp(`^tty-index:\\s*${index}$`, 'm').test(text)) return true;
  }
  return false;
}
