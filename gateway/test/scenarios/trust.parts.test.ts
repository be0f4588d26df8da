import { appendFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AlarmTransition } from '../../model/alarm.ts';
import type { DeviceDescription, DeviceStatus } from '../../model/device.ts';
import type { Reading } from '../../model/reading.ts';
import { Site } from '../cli/lamppost.ts';
import { freePort } from '../free-port.ts';
import { depthCalibration } from '../intake/calibrations.ts';
import { Watcher } from '../watcher.ts';

const config = `gateway: { id: lp-test }
journal: { dir: ./data, budget: 64MiB, commitMs: 20 }
broker: { port: {port} }
web: { port: {web} }
devices:
  - { id: underpass-7, profile: generic/water-depth, source: ingest, settings: { datum: road surface } }
  - { id: pump, profile: generic/water-depth, source: ingest, settings: { datum: sump } }
  - { id: sensor, profile: dfrobot/a02yyuw, source: { tcp: "127.0.0.1:{sensor}" }, every: 1s, settings: { sensorHeight: 3 m, datum: road surface } }
alarms:
  - { id: deep, when: { device: underpass-7, channel: depth, above: 25 cm, clearBelow: 20 cm }, severity: critical, blind: alarm }
upstreams: []
`;

const base = 'lamppost/1/lp-test';

let site: Site;
let watcher: Watcher;
let sensor: Server;
/** When the service began. */
let began = 0;
const sockets = new Set<Socket>();

beforeAll(async () => {
  sensor = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    // 2000 mm, ten times a second, as an A02YYUW says it.
    const timer = setInterval(() => socket.write(Buffer.from([0xff, 0x07, 0xd0, 0xd6])), 100);
    socket.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => sensor.listen(0, '127.0.0.1', resolve));
  const address = sensor.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  site = await Site.make(config.replace('{web}', String(await freePort())).replace('{sensor}', String(port)));
  await site.start();
  watcher = await Watcher.of(site.port, `${base}/#`);
});
afterAll(async () => {
  await watcher[Symbol.asyncDispose]();
  await site.remove();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => sensor.close(resolve));
});

/** Publishes a depth and gives the reading that it became. */
async function depth(value: number, device = 'underpass-7'): Promise<Reading> {
  const topic = `${base}/reading/${device}/depth`;
  const before = watcher.on(topic).length;
  await site.publish(`ingest/${device}`, { depth: value });
  return watcher.next<Reading>(topic, (_, heard) => watcher.on(topic).indexOf(heard) >= before);
}

const statusIs = (state: DeviceStatus['state']): Promise<DeviceStatus> =>
  watcher.next<DeviceStatus>(`${base}/status/underpass-7`, (status) => status.state === state);

const alarmStates = (): readonly string[] =>
  watcher.heard
    .filter(({ topic, payload }) => topic.startsWith(`${base}/alarm/`) && payload.length > 0)
    .map(
      ({ topic, payload }) => `${topic.split('/').at(-1)} ${(JSON.parse(payload.toString()) as AlarmTransition).state}`,
    );

test('a service marks what is measured, holds its alarm and outlives a power cut', async () => {
  expect(await depth(0.3)).toMatchObject({ value: 0.3, quality: 'good' });
  await watcher.next(`${base}/alarm/underpass-7/deep`);

  const { err } = await site.run(['service', 'underpass-7', '--for', '8s', '--by', 'Li Wei']);
  began = Date.now();
  expect(err).toMatch(/^underpass-7 is in service until \d\d:\d\d:\d\d \(8 s\)/);
  expect((await statusIs('service')).why).toMatch(/^in service until .+ \(Li Wei\)$/);
  expect(await depth(0.01)).toMatchObject({ value: 0.01, quality: 'bad', why: ['maintenance'] });
  expect(alarmStates()).toEqual(['deep active']);

  await watcher[Symbol.asyncDispose]();
  await site.kill();
  await site.start();
  watcher = await Watcher.of(site.port, `${base}/#`);
  await statusIs('service');
  expect(await depth(0.01)).toMatchObject({ value: 0.01, quality: 'bad', why: ['maintenance'] });
});

test('a calibration counts for the next readings, of outside publishers and of our own sensors', async () => {
  const topic = `${base}/reading/sensor/distance`;
  expect(await watcher.next<Reading>(topic)).toMatchObject({ value: 2, quality: 'good' });
  const distance = { device: 'sensor', channel: 'distance', quantity: 'water_distance', gain: 1, offset: 0.05 };
  const past = 1_763_790_000_000;
  const record = depthCalibration({ ...distance, id: 'cal-2', validUntil: past });
  await appendFile(join(site.directory, 'calibrations.ndjson'), `${JSON.stringify(record)}\n`);
  const points = ['--point', '9 cm=10 cm', '1 m=1.01 m'];
  const paper = ['--by', 'Li Wei', '--reference', 'steel rule 4711'];
  const { code, err } = await site.run(['calibrate', 'pump/depth', ...points, ...paper]);
  expect(code).toBe(0);
  const [, id] = /^(cal-\d+-1) is in force: pump\/depth is calibrated\.$/m.exec(err) ?? [];
  expect(id).toBeDefined();
  const after = await watcher.next<Reading>(topic, ({ calibration }) => calibration === 'cal-2');
  expect(after).toMatchObject({ value: 2.05, quality: 'suspect', why: ['calibration_expired'] });
  expect(await depth(0.1, 'pump')).toMatchObject({ value: 0.09, quality: 'good', calibration: id });
  const { channels } = await watcher.next<DeviceDescription>(`${base}/device/sensor`, (description) =>
    Object.values(description.channels).some(({ calibration }) => calibration !== undefined),
  );
  expect(channels['distance']?.calibration).toEqual({ id: 'cal-2', validUntil: past });
});

test('a service ends by itself, and then its alarm may end', async () => {
  await statusIs('online');
  expect(Date.now() - began).toBeGreaterThan(7500);
  expect(alarmStates()).toEqual(['deep active']);
  expect(await depth(0.1)).toMatchObject({ value: 0.1, quality: 'good' });
  await watcher.next<AlarmTransition>(`${base}/alarm/underpass-7/deep`, ({ state }) => state === 'normal');
  expect(alarmStates()).toEqual(['deep active', 'deep normal']);
});
