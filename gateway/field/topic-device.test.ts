import { describe, expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import { setUp } from '../profiles/setup.ts';
import type { ConfiguredDevice } from './plan.ts';
import { TopicDevice, topicDevices, type Word } from './topic-device.ts';

const profiles = openProfiles(rootPath('device-profiles'));

async function deviceOf(profile: string, base: string, more: Partial<ConfiguredDevice> = {}): Promise<TopicDevice> {
  const checked = setUp(await profiles.load(profile));
  if (!checked.ok) throw new Error('the profile has settings');
  return new TopicDevice({ id: 'x', setup: checked.setup, source: { kind: 'topic', topic: base }, ...more }, base, 0);
}

const bytes = (said: unknown): Uint8Array =>
  new TextEncoder().encode(typeof said === 'string' ? said : JSON.stringify(said));
const values = ({ samples }: Word): readonly unknown[] =>
  samples.map(({ channel, value, time }) => [channel, value, 'mono' in time ? time.mono : time.sender]);

const door = (): Promise<TopicDevice> => deviceOf('tasmota/switch', 'tele/door4/SENSOR');

describe('a Tasmota contact', () => {
  const [sensor, will] = ['tele/door4/SENSOR', 'tele/door4/LWT'];

  test('is read from its own topic and from the one beside it', async () => {
    expect([...(await door()).topics]).toEqual([sensor, will]);
  });

  test('gives each message at once, with the moment it came', async () => {
    const device = await door();
    expect(values(device.hear(sensor, bytes({ Switch1: 'ON' }), 5.25))).toEqual([['on', true, 5.25]]);
    expect(values(device.hear(sensor, bytes({ Switch1: 'OFF' }), 5.27))).toEqual([['on', false, 5.27]]);
    expect(device.hear(sensor, bytes({ Time: 'now' }), 6)).toEqual({ samples: [], isUp: true });
    expect(device.tick(100)).toEqual([]);
  });

  test('gives each of two messages of one moment at once', async () => {
    const device = await door();
    expect(values(device.hear(sensor, bytes({ Switch1: 'ON' }), 5.25))).toEqual([['on', true, 5.25]]);
    expect(values(device.hear(sensor, bytes({ Switch1: 'OFF' }), 5.25))).toEqual([['on', false, 5.25]]);
    expect(device.tick(100)).toEqual([]);
  });

  test('says itself whether it is there', async () => {
    const device = await door();
    expect(device.hear(will, bytes('Online'), 1)).toEqual({ samples: [], isUp: true });
    expect(device.hear(will, bytes('Offline'), 2)).toEqual({ samples: [], isUp: false });
    expect(device.hear(will, bytes('Perhaps'), 3)).toEqual({
      samples: [],
      rejected: 'it is neither Online nor Offline',
    });
  });

  test('whose message cannot be read says nothing of being there', async () => {
    expect((await door()).hear(sensor, bytes('{"Switch1":'), 1)).toEqual({ samples: [], rejected: 'it is not JSON' });
  });

  test('whose retained message is taken back has said nothing', async () => {
    const device = await door();
    for (const topic of [sensor, will]) expect(device.hear(topic, new Uint8Array(), 1)).toEqual({ samples: [] });
  });
});

test('a Zigbee2MQTT sensor says in JSON, below its topic, whether it is there', async () => {
  const device = await deviceOf('zigbee2mqtt/climate', 'zigbee2mqtt/porch');
  expect(device.hear('zigbee2mqtt/porch/availability', bytes({ state: 'offline' }), 1).isUp).toBe(false);
  expect(device.hear('zigbee2mqtt/porch/availability', bytes({ state: 'online' }), 1).isUp).toBe(true);
  expect(device.hear('zigbee2mqtt/porch/availability', bytes('online'), 1).rejected).toBeDefined();
  const word = device.hear('zigbee2mqtt/porch', bytes({ temperature: 8.1, humidity: 61.5, linkquality: 9 }), 2);
  expect(values(word)).toEqual([
    ['temperature', 8.1, 2],
    ['humidity', 61.5, 2],
  ]);
});

test('an ESPHome node has a topic for each of its values', async () => {
  const device = await deviceOf('esphome/climate', 'porch');
  expect(values(device.hear('porch/sensor/temperature/state', bytes('21.4'), 1))).toEqual([['temperature', 21.4, 1]]);
  expect(values(device.hear('porch/sensor/humidity/state', bytes('48.0'), 2))).toEqual([['humidity', 48, 2]]);
});

test('with a period its values are put together', async () => {
  const device = await deviceOf('zigbee2mqtt/climate', 'zigbee2mqtt/porch', { everyMs: 1000 });
  for (const [mono, temperature] of [
    [0, 20],
    [500, 22],
  ] as const)
    expect(device.hear('zigbee2mqtt/porch', bytes({ temperature }), mono).samples).toEqual([]);
  expect(device.tick(1000)).toMatchObject([
    { channel: 'temperature', value: 21, stat: 'mean', n: 2, time: { mono: 1000, startMono: 0 } },
  ]);
});

describe('a device of one quantity', () => {
  test('may publish its value as it is, or as to our ingest topic', async () => {
    const device = await deviceOf('generic/air-temperature', 'home/porch');
    expect(values(device.hear('home/porch', bytes('21.5'), 1))).toEqual([['temperature', 21.5, 1]]);
    const said = { temperature: { value: 68, unit: '°F' }, at: 1_700_000_000_000 };
    expect(values(device.hear('home/porch', bytes(said), 2))).toEqual([['temperature', 20, 1_700_000_000_000]]);
  });

  test('is told why a message cannot be read', async () => {
    const device = await deviceOf('generic/air-temperature', 'home/porch');
    expect(device.hear('home/porch', bytes('warm'), 1)).toEqual({ samples: [], rejected: 'it is not JSON' });
    expect(device.hear('home/porch', bytes({ temp: 5 }), 1).rejected).toMatch(/no channel "temp"/);
    expect(device.hear('home/porch', bytes('"warm"'), 1).rejected).toMatch(/is not a number/);
  });
});

test('of a site the devices with topics are taken, and no other', async () => {
  const checked = setUp(await profiles.load('tasmota/switch'));
  if (!checked.ok) throw new Error('the profile has settings');
  const { setup } = checked;
  const devices: readonly ConfiguredDevice[] = [
    { id: 'a', setup, source: { kind: 'topic', topic: 'tele/a/SENSOR' } },
    { id: 'b', setup, source: { kind: 'ingest' } },
  ];
  expect(topicDevices({ devices }, 0).map(({ id }) => id)).toEqual(['a']);
});
