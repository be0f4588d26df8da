import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Settings, UpstreamSettings } from '../config/settings.ts';
import { setupOf } from '../test/setup-of.ts';
import { describeWith } from '../test/tools.ts';
import { rootPath } from '../platform/root.ts';
import { WireError } from '../platform/wire.ts';
import { openProfiles } from '../profiles/load.ts';
import { setUp } from '../profiles/setup.ts';
import { checkBroker } from './check-broker.ts';
import { checkDataDirectory, checkFreeSpace, checkSecrets } from './check-files.ts';
import { checkDevices } from './check-devices.ts';
import { checkKernelDevices } from './check-kernel.ts';
import { checkSerialPorts } from './check-serial.ts';
import { checkUpstreams } from './check-upstreams.ts';
import type { Facts } from './checks.ts';
import { findSerialPorts, whoHolds } from './serial-ports.ts';

let directory: string;
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-checks-'));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const settingsWith = (about: Partial<Settings>): Settings => ({
  file: join(directory, 'lamppost.yaml'),
  gateway: { id: 'lp-test', timeZone: 'UTC', dayStart: '00:00', labels: {} },
  journal: { directory: join(directory, 'data'), budgetBytes: 64 * 1024 * 1024, keepMs: 1, commitMs: 1, ackMs: 1 },
  broker: { host: '127.0.0.1', port: 1883, publish: 'accepted' },
  web: { host: '127.0.0.1', port: 8080 },
  calibrations: join(directory, 'calibrations.ndjson'),
  boards: [],
  buses: [],
  devices: [],
  alarms: [],
  upstreams: [],
  ...about,
});

const factsWith = (settings: Partial<Settings>, about: Partial<Facts> = {}): Facts => ({
  settings: settingsWith(settings),
  dial: () => Promise.reject(new WireError('unreachable', 'it says nothing')),
  askWitness: () => Promise.resolve({ isSynced: true }),
  broker: { host: '127.0.0.1', port: 1883 },
  ...about,
});

const upstream = (url: string, about: Partial<UpstreamSettings> = {}): UpstreamSettings => ({
  id: 'city',
  url,
  protocol: 5,
  prefix: 'city',
  encoding: 'json',
  start: 'oldest',
  ...about,
});

function listening(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // a visitor who hangs up
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

describe('files', () => {
  test('a data directory that is not there yet is no trouble, one that cannot be is', async () => {
    const [fresh] = await checkDataDirectory(factsWith({}));
    expect(fresh).toMatchObject({ state: 'ok' });
    await mkdir(join(directory, 'data'), { recursive: true });
    const [found] = await checkDataDirectory(factsWith({}));
    expect(found?.saw.en).toMatch(/data takes data$/);
    const journal = { ...settingsWith({}).journal, directory: '/proc/lamppost' };
    expect((await checkDataDirectory(factsWith({ journal })))[0]).toMatchObject({ state: 'fail' });
  });

  test('a file where the data directory should be is told as such', async () => {
    const file = join(directory, 'a-file');
    await writeFile(file, '');
    const journal = { ...settingsWith({}).journal, directory: file };
    const [finding] = await checkDataDirectory(factsWith({ journal }));
    expect(finding).toMatchObject({ state: 'fail', saw: { en: `${file} is a file, not a directory` } });
    expect(finding?.mend?.en).toContain('journal.dir');
  });

  test('a budget that the disk cannot give is told', async () => {
    const journal = { ...settingsWith({}).journal, budgetBytes: 2 ** 60 };
    expect((await checkFreeSpace(factsWith({ journal })))[0]).toMatchObject({ state: 'warn' });
    expect((await checkFreeSpace(factsWith({})))[0]).toMatchObject({ state: 'ok' });
  });

  test('secrets are for their owner alone', async () => {
    const [secret, shared] = [join(directory, 'secret'), join(directory, 'shared')];
    await writeFile(secret, 'x', { mode: 0o600 });
    await writeFile(shared, 'x');
    await chmod(shared, 0o640);
    const broker = { host: '127.0.0.1', port: 1, publish: 'accepted', users: join(directory, 'nobody') } as const;
    const upstreams = [
      upstream('mqtt://x', { passwordFile: secret, key: shared, ca: secret, cert: join(directory, 'no') }),
    ];
    const findings = await checkSecrets(factsWith({ broker, upstreams }));
    expect(findings.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'users-file skip',
      'secret-file ok',
      'secret-file fail',
      'certificate-file fail',
      'certificate-file fail',
    ]);
    expect(findings[2]?.mend?.en).toBe(`chmod 600 ${shared}`);
  });
});

describe('serial ports', () => {
  test('one that is missing and one that is none are told apart', async () => {
    const boards = ['/dev/ttyUSB77', directory, '/dev/null'].map((path, index) => ({
      id: `b${index}`,
      source: { kind: 'serial', path } as const,
    }));
    const findings = await checkSerialPorts(factsWith({ boards }));
    expect(findings.map(({ state }) => state)).toEqual(['fail', 'fail', 'ok']);
    expect(findings[0]?.mend?.en).toBe('lamppost ports');
  });

  test('adapters are named so that the name stays, also when two look the same', async () => {
    const names = join(directory, 'serial');
    await mkdir(join(names, 'by-id'), { recursive: true });
    await mkdir(join(names, 'by-path'));
    const link = async (folder: string, name: string, port: string): Promise<void> => {
      await writeFile(join(directory, port), '');
      await symlink(join(directory, port), join(names, folder, name));
    };
    await link('by-id', 'usb-FTDI_A1', 'ttyUSB0');
    await link('by-id', 'usb-CH340', 'ttyUSB2');
    await link('by-path', 'pci-1', 'ttyUSB1');
    await link('by-path', 'pci-2', 'ttyUSB2').catch(() =>
      symlink(join(directory, 'ttyUSB2'), join(names, 'by-path', 'pci-2')),
    );
    const twin = { vendorId: '1a86', productId: '7523' };
    const found = await findSerialPorts(
      async () => [
        { path: join(directory, 'ttyUSB2'), ...twin },
        { path: join(directory, 'ttyUSB1'), ...twin },
        {
          path: join(directory, 'ttyUSB0'),
          vendorId: '0403',
          productId: '6001',
          serialNumber: 'A1',
          manufacturer: 'FTDI',
        },
      ],
      names,
    );
    expect(found.map(({ stable, kind }) => `${kind} ${stable.slice(names.length + 1)}`)).toEqual([
      'by-id by-id/usb-FTDI_A1',
      'by-path by-path/pci-1',
      'by-path by-path/pci-2',
    ]);
    expect(found[0]?.description).toBe('FTDI');
  });

  test('whoever holds a port is named', async () => {
    const path = join(directory, 'held');
    await writeFile(path, '');
    expect(await whoHolds(path)).toBeUndefined();
    const file = await open(path);
    expect(await whoHolds(path)).toContain(`(process ${process.pid})`);
    await file.close();
  });
});

describe('the port of the broker', () => {
  test('is free, or somebody is named', async () => {
    const port = await listening(createServer());
    const [busy] = await checkBroker(factsWith({}, { broker: { host: '127.0.0.1', port } }));
    expect(busy).toMatchObject({ state: 'fail', subject: `127.0.0.1:${port}` });
    expect(busy?.saw.en).toContain(`(process ${process.pid}) has the port: it does not speak MQTT`);
    expect(busy?.mend?.en).toContain(`kill ${process.pid}`);
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    const [free] = await checkBroker(factsWith({}, { broker: { host: '127.0.0.1', port } }));
    expect(free).toMatchObject({ state: 'warn', mend: { en: 'lamppost run' } });
  });

  test('an address of another machine is no address to listen on', async () => {
    const [finding] = await checkBroker(factsWith({}, { broker: { host: '192.0.2.1', port: 0 } }));
    expect(finding).toMatchObject({ state: 'fail' });
    expect(finding?.saw.en).toContain('EADDRNOTAVAIL');
  });
});

describe('the way to an upstream', () => {
  test('is tried up to the step that fails', async () => {
    const port = await listening(createServer((socket) => socket.destroy()));
    const [up] = await checkUpstreams(factsWith({ upstreams: [upstream(`mqtt://127.0.0.1:${port}`)] }));
    expect(up).toMatchObject({ id: 'upstream', subject: 'city', state: 'ok' });
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    const [down] = await checkUpstreams(factsWith({ upstreams: [upstream(`mqtt://127.0.0.1:${port}`)] }));
    expect(down?.saw.en).toBe(`127.0.0.1:${port} is there, but nothing listens`);
    const [lost] = await checkUpstreams(factsWith({ upstreams: [upstream('mqtt://nowhere.invalid')] }));
    expect(lost?.saw.en).toContain('no address for nowhere.invalid');
  });

  test('without TLS at the other end is told as such', async () => {
    const port = await listening(createServer((socket) => socket.end('no TLS here')));
    const findings = await checkUpstreams(factsWith({ upstreams: [upstream(`mqtts://127.0.0.1:${port}`)] }));
    expect(findings.map(({ id, state }) => `${id} ${state}`)).toEqual(['upstream ok', 'upstream-tls fail']);
  });
});

const openssl = 'openssl';

describeWith([openssl], 'the certificate of an upstream', () => {
  let key: string;
  let cert: string;

  beforeAll(() => {
    [key, cert] = [join(directory, 'tls.key'), join(directory, 'tls.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync(openssl, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '10', ...files, ...subject], {
      stdio: 'ignore',
    });
  });

  async function seen(about: Partial<UpstreamSettings>): Promise<string> {
    const secrets = { key: await readFile(key), cert: await readFile(cert) };
    const port = await listening(createTlsServer(secrets, (socket) => socket.end()));
    const [, tls] = await checkUpstreams(factsWith({ upstreams: [upstream(`mqtts://127.0.0.1:${port}`, about)] }));
    return `${tls?.state}: ${tls?.saw.en}`;
  }

  test('is told with its end', async () => {
    expect(await seen({ ca: cert })).toMatch(/^warn: its certificate is good until \d{4}-\d\d-\d\d \(9 days\)$/);
  });

  test('is distrusted when nobody we know has signed it', async () => {
    expect(await seen({})).toMatch(/^fail: its certificate is not to be trusted: .*self.signed/i);
  });
});

test('a header and a 1-Wire sensor that the kernel does not have are told, with what to do', async () => {
  const profile = await openProfiles(rootPath('device-profiles')).load('maxim/ds18b20');
  const checked = setUp(profile);
  if (!checked.ok) throw new Error('the profile needs settings');
  const device = {
    id: 't',
    setup: checked.setup,
    source: { kind: 'sysfs', id: '28-1' },
    labels: {},
    checks: {},
  } as const;
  const facts = factsWith({ boards: [{ id: 'pi', source: { kind: 'gpio', label: 'none-such' } }], devices: [device] });
  const missing = await checkKernelDevices(facts, directory);
  expect(missing.map(({ subject, state }) => [subject, state])).toEqual([
    ['none-such', 'fail'],
    ['28-1', 'fail'],
  ]);
  expect(missing[1]?.mend?.en).toContain('w1-gpio');
  await mkdir(join(directory, 'bus/w1/devices/28-1'), { recursive: true });
  await writeFile(join(directory, 'bus/w1/devices/28-1/temperature'), '21000');
  expect((await checkKernelDevices(facts, directory)).at(1)).toMatchObject({ subject: '28-1', state: 'ok' });
});

/** A broker that holds these messages. */
const retained =
  (statuses: Readonly<Record<string, string>>): Facts['dial'] =>
  async () => ({
    receiveMaximum: 10,
    maxPacketBytes: 1000,
    publish: () => Promise.reject(new Error('nobody publishes here')),
    subscribe: async (filter, listener) => {
      for (const [device, payload] of Object.entries(statuses))
        await listener({ topic: filter.replace('+', device), payload: Buffer.from(payload), isRetained: true });
    },
    end: () => Promise.resolve(),
    destroy: () => {},
    ended: new Promise(() => {}),
    refusal: undefined,
  });

describe('the devices of a gateway that runs', () => {
  test('that are in trouble are told with the reason, and the others counted', async () => {
    const setup = await setupOf('generic/modbus-mast');
    const device = (id: string) => ({ id, setup, source: { kind: 'ingest' }, labels: {}, checks: {} }) as const;
    const devices = [device('mast'), device('roof'), device('gone')];
    const ill = {
      mast: '{"state":"fault","since":1,"why":"address 3 does not answer"}',
      roof: '{"state":"online","since":1}',
      gone: '',
    };
    const [finding, ...others] = await checkDevices(factsWith({ devices }, { dial: retained(ill) }));
    expect(finding).toMatchObject({ subject: 'mast', state: 'fail', saw: { zh: '地址 3 无应答' } });
    expect(others).toEqual([]);
    const well = { mast: '{"state":"online","since":1}' };
    expect(await checkDevices(factsWith({ devices }, { dial: retained(well) }))).toMatchObject([{ state: 'ok' }]);
    expect(await checkDevices(factsWith({ devices }))).toEqual([]);
  });
});
