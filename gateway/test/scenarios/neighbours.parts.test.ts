import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hj212Packet } from '../../field/decode/hj212.ts';
import type { DeviceStatus } from '../../model/device.ts';
import type { Reading } from '../../model/reading.ts';
import { dialMqtt } from '../../platform/mqtt-wire.ts';
import type { WireOptions, WireSession } from '../../platform/wire.ts';
import { Site } from '../cli/lamppost.ts';
import { freePort } from '../free-port.ts';
import { VirtualPort } from '../pty.ts';
import { describeWith } from '../tools.ts';
import { Watcher } from '../watcher.ts';
import { pause, until } from '../wait.ts';

/** In a real gateway: neighbours on its broker, a logger that dials, a serial device that is asked. */

const listenPort = await freePort();
const config = `gateway: { id: lp-test, timeZone: Asia/Shanghai }
broker: { port: {port} }
web: { port: 0 }
devices:
  - { id: door-4, profile: tasmota/switch, source: { topic: tele/door4/SENSOR } }
  - { id: porch, profile: zigbee2mqtt/climate, source: { topic: zigbee2mqtt/porch } }
  - { id: shed, profile: generic/air-temperature, source: { topic: home/shed } }
  - { id: station, profile: hj/212-2017, source: { listen: "127.0.0.1:${listenPort}" } }
`;

const topic = (kind: string, id: string): string => `lamppost/1/lp-test/${kind}/${id}`;
let site: Site;
let watcher: Watcher;

const client = (clientId: string, more: Partial<WireOptions> = {}): Promise<WireSession> =>
  dialMqtt({ url: `mqtt://127.0.0.1:${site.port}`, clientId, protocol: 4, ...more }, AbortSignal.timeout(5000));

beforeAll(async () => {
  site = await Site.make(config);
  await site.start();
  watcher = await Watcher.of(site.port, '#');
});

afterAll(async () => {
  await watcher[Symbol.asyncDispose]();
  await site.remove();
});

describe('a neighbour on our broker', () => {
  test('is read from its own topics, which others hear as before; its will says that it is gone', async () => {
    const will = { topic: 'tele/door4/LWT', payload: 'Offline' };
    const door = await client('door4', { will });
    await door.publish(will.topic, 'Online', true);
    await watcher.next<DeviceStatus>(topic('status', 'door-4'), ({ state }) => state === 'online');
    const started = performance.now();
    await door.publish('tele/door4/SENSOR', '{"Switch1":"1"}');
    const acked = performance.now() - started;
    const reading = await watcher.next<Reading>(topic('reading', 'door-4/on'));
    expect(reading).toMatchObject({ value: true, quality: 'good', quantity: 'switch_on' });
    expect(Math.abs(reading.at - Date.now())).toBeLessThan(10_000);
    expect(await watcher.next('tele/door4/SENSOR')).toEqual({ Switch1: '1' });
    expect(acked).toBeLessThan(2000);
    door.destroy();
    const gone = await watcher.next<DeviceStatus>(topic('status', 'door-4'), ({ state }) => state === 'fault');
    expect(gone.why).toBe('it says that it is gone');
  });

  test('may retain what it says, and what it says wrong is in quarantine', async () => {
    const bridge = await client('zigbee2mqtt');
    await bridge.publish('zigbee2mqtt/porch/availability', '{"state":"online"}', true);
    await bridge.publish('zigbee2mqtt/porch', '{"temperature":8.1,"humidity":61.5,"battery":88}', true);
    for (const [channel, value] of [
      ['temperature', 8.1],
      ['humidity', 61.5],
      ['battery', 88],
    ] as const)
      expect(await watcher.next<Reading>(topic('reading', `porch/${channel}`))).toMatchObject({ value });
    await bridge.publish('zigbee2mqtt/porch', '{"temperature":8.');
    expect(await watcher.next(topic('quarantine', 'porch'))).toMatchObject({ why: 'it is not JSON' });
    await bridge.publish('home/shed', '21.5');
    expect(await watcher.next<Reading>(topic('reading', 'shed/temperature'))).toMatchObject({ value: 21.5 });
    await bridge.end();
  });
});

const packet = (qn: string, value: number): Uint8Array =>
  hj212Packet(
    `QN=${qn};ST=39;CN=2011;PW=s3cret;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20260301083000;` +
      `a34004-Rtd=${value},a34004-Flag=N;a34002-Rtd=61,a34002-Flag=D;LA-Rtd=50.1,LA-Flag=T&&`,
  );
const dial = async (): Promise<{ socket: Socket; got: () => string }> => {
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port: listenPort });
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.on('error', () => {});
    if (isThere) return { socket, got: () => text };
    await pause(50); // the gateway is starting
  }
};

describe('a data logger that dials', () => {
  test('has its readings with its own time and its doubts, and its answer', async () => {
    const { socket, got } = await dial();
    socket.write(packet('20260301083000123', 35));
    expect(await watcher.next<Reading>(topic('reading', 'station/pm2_5'))).toMatchObject({
      value: 35,
      at: Date.UTC(2026, 2, 1, 0, 30),
      clock: 'sender',
    });
    const faulty = await watcher.next<Reading>(topic('reading', 'station/pm10'));
    expect(faulty).toMatchObject({ value: null, quality: 'bad', why: ['device_fault'] });
    const loud = await watcher.next<Reading>(topic('reading', 'station/sound'));
    expect(loud).toMatchObject({ value: 50.1, quality: 'suspect', why: ['saturated'] });
    await until(() => got().includes('QN=20260301083000123;ST=91;CN=9014'));
    socket.destroy();
  });

  test('what it was answered is there after a power cut, and what it sends again is answered and stored once', async () => {
    const { socket, got } = await dial();
    socket.write(packet('2', 36));
    await until(() => got().includes('QN=2;ST=91;CN=9014'));
    await site.kill();
    socket.destroy();
    await site.start();
    await watcher[Symbol.asyncDispose]();
    watcher = await Watcher.of(site.port, '#');
    const latest = await watcher.next<Readonly<Record<string, Reading>>>(topic('latest', 'station'));
    expect(latest['pm2_5']).toMatchObject({ value: 36 });
    const again = await dial();
    again.socket.write(packet('2', 36));
    await until(() => again.got().includes('QN=2;ST=91;CN=9014'));
    expect(watcher.on(topic('reading', 'station/pm2_5'))).toHaveLength(0);
    again.socket.write(packet('3', 37));
    await until(() => again.got().includes('QN=3;ST=91;CN=9014'));
    await until(() => watcher.on(topic('reading', 'station/pm2_5')).length === 1);
    again.socket.destroy();
  });

  test('whose packet is broken has its password hidden in quarantine', async () => {
    const { socket, got } = await dial();
    const broken = Uint8Array.from(packet('4', 38), (byte, index) => (index === 90 ? byte ^ 1 : byte));
    socket.write(broken);
    socket.write(packet('5', 39));
    await until(() => got().includes('QN=5;ST=91;CN=9014'));
    const [entry] = watcher.on(topic('quarantine', 'station'));
    expect(entry?.payload.toString()).toMatch(/the checksum does not fit/);
    expect(watcher.heard.map(({ payload }) => payload.toString()).join('\n')).not.toContain('s3cret');
    expect(got()).not.toContain('QN=4');
    socket.destroy();
  });
});

describeWith(['socat'], 'a serial device that only answers', () => {
  test('is asked, and read', async () => {
    const port = await VirtualPort.create();
    await port.plug();
    const hall = await Site.make(`gateway: { id: lp-test }
broker: { port: {port} }
web: { port: 0 }
devices: [{ id: hall, profile: winsen/mh-z19b, source: { serial: ${port.path} }, every: 2s }]
`);
    await hall.start();
    const heard = await Watcher.of(hall.port, 'lamppost/#');
    const asked = (): number => Buffer.from(port.got).toString('hex').split('ff0186000000000079').length - 1;
    await until(() => asked() === 1);
    port.send(Uint8Array.of(0xff, 0x86, 0x02, 0x20, 0, 0, 0, 0, 0x58));
    const reading = await heard.next<Reading>(topic('reading', 'hall/co2'));
    expect(reading).toMatchObject({ value: 544, quality: 'suspect', why: ['warm_up'] });
    await heard[Symbol.asyncDispose]();
    await hall.remove();
    await port.close();
  });
});
