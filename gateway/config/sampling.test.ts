import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import { loadConfig, type LoadedConfig } from './load.ts';
import type { DeviceSettings } from './settings.ts';

const profiles = openProfiles(rootPath('device-profiles'));
let directory = '';
let written = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-sampling-'));
});
afterAll(() => rm(directory, { recursive: true }));

type Id = 'u' | 'w' | 'r' | 'f' | 'p' | 't' | 'h';

/** A gateway with a level sensor, a weather chip and a rain gauge; `keys` are added to one of them. */
async function load(keys: string, to: Id = 'u', alarms = ''): Promise<LoadedConfig> {
  const more = (id: string): string => (id === to && keys !== '' ? `, ${keys}` : '');
  const text = `gateway: { id: lp-test }
boards: [{ id: roof, source: { simulated: roof } }]
devices:
  - { id: u, profile: dfrobot/a02yyuw, source: { simulated: u }, every: 1min, settings: { sensorHeight: 3 m, datum: road }${more('u')} }
  - { id: w, profile: bosch/bme280, source: { board: roof }${more('w')} }
  - { id: r, profile: generic/tipping-bucket, source: { board: roof, pin: 2 }${more('r')} }
  - { id: f, profile: generic/float-contact, source: { board: roof, pin: 7 }${more('f')} }
  - { id: p, profile: generic/water-level, source: ingest, settings: { datum: sill }${more('p')} }
  - { id: t, profile: tasmota/energy, source: { topic: tele/t/SENSOR }${more('t')} }
  - { id: h, profile: hj/212-2017, source: { listen: '127.0.0.1:9212' }${more('h')} }
${alarms}`;
  const file = join(directory, `${++written}.yaml`);
  await writeFile(file, text);
  return loadConfig(file, profiles);
}

async function settled(keys: string, to: Id = 'u'): Promise<DeviceSettings | undefined> {
  const loaded = await load(keys, to);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ what }) => what.en).join('\n'));
  return loaded.settings.devices.find(({ id }) => id === to);
}

const depthAlarm = 'alarms: [{ id: a, when: { device: u, channel: depth, above: 25 cm } }]\n';

describe('how a device is sampled', () => {
  test('is in milliseconds and canonical units', async () => {
    const device = await settled('sample: 2s, burst: { every: 1s, near: 10 cm, rising: 2 cm/min, hold: 5min }');
    expect(device?.sampleMs).toBe(2000);
    const reason = { near: 0.1, risingPerMs: 0.02 / 60_000 };
    expect(device?.burst).toEqual({ everyMs: 1000, holdMs: 300_000, channels: { distance: reason, depth: reason } });
  });

  test('looks at the one channel that the site names', async () => {
    const device = await settled('burst: { every: 1s, near: 10 cm, channel: depth }');
    expect(device?.burst?.channels).toEqual({ depth: { near: 0.1 } });
  });

  test('takes a width as a difference: 1.8 °F are 1 K, not -16.8 °C', async () => {
    const device = await settled('deadBand: { temperature: 1.8 °F, pressure: 0.5 hPa }', 'w');
    expect(device?.deadBand?.bands['temperature']).toBeCloseTo(1, 9);
    expect(device?.deadBand).toMatchObject({ bands: { pressure: 0.5 }, mostMs: 600_000 });
  });

  test('has one dead band for all channels of its unit', async () => {
    const device = await settled('deadBand: 5 mm, deadBandMost: 2min');
    expect(device?.deadBand).toEqual({ bands: { distance: 0.005, depth: 0.005 }, mostMs: 120_000 });
  });

  test('publishes states when they change, where there are only states', async () => {
    expect((await settled('deadBand: {}', 'f'))?.deadBand).toEqual({ bands: { wet: 0 }, mostMs: 600_000 });
  });

  test('takes a rise of rain as its intensity', async () => {
    const device = await settled('burst: { every: 10s, rising: 0.5 mm/min }', 'r');
    expect(device?.burst?.channels).toEqual({ rain_amount: { risingPerMs: 0.5 / 60_000 } });
  });
});

test.each([
  ['sample: 2min', 'u', '2min is longer than the time between readings'],
  ['sample: 10ms', 'u', '10ms is faster than dfrobot/a02yyuw can be read'],
  ['burst: { every: 1s }', 'u', 'a burst needs `near`, `rising` or both'],
  ['burst: { every: 1min, near: 1 cm }', 'u', '1min is not faster than usual'],
  ['burst: { every: 10ms, near: 1 cm }', 'u', '10ms is faster than dfrobot/a02yyuw can be read'],
  ['burst: { every: 1s, near: 5 °C }', 'u', 'no channel is measured in Cel'],
  ['burst: { every: 1s, near: 5 }', 'u', 'no channel is measured in 1'],
  ['burst: { every: 1s, near: 0 cm }', 'u', '"0 cm" is nothing'],
  ['burst: { every: 1s, rising: 2 cm }', 'u', '"2 cm" does not say how much in which time'],
  ['burst: { every: 1s, rising: 2 cm/mm }', 'u', '"2 cm/mm" does not say how much in which time'],
  ['burst: { every: 1s, near: 1 cm, hold: long }', 'u', '"long" is not a value with a unit'],
  ['burst: { every: 1s, near: 1 cm, channel: deph }', 'u', 'there is no channel `deph` that this can be said of'],
  ['burst: { every: 1s, near: 1 cm, falling: 1 cm/min }', 'u', 'unknown key `falling`'],
  ['deadBand: 5 K/m', 'u', '"5 K/m" is not a value with a unit'],
  ['deadBand: 5 mm', 'r', 'no channel is measured in mm'],
  ['deadBand: 5 mm', 'f', 'its states have no width'],
  ['deadBand: { rain_amount: 1 mm }', 'r', 'there is no channel `rain_amount` that this can be said of'],
  ['deadBand: 5 mm, deadBandMost: 10s', 'u', 'there is a reading less often than that anyway'],
  ['deadBandMost: 10min', 'u', '`deadBandMost` goes with `deadBand`'],
  ['burst: { every: 1s, near: 5 W }', 't', 'each of its messages is a reading already: nothing is faster'],
  ['burst: { every: 10s, near: 5 mm }', 'h', 'the publisher decides when there is a reading'],
  ['deadBand: 5 mm', 'p', 'the publisher decides when there is a reading'],
] as const)('%s of %s: %s', async (keys, to, what) => {
  const loaded = await load(keys, to);
  expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.what.en)).toEqual([what]);
  expect(loaded.ok ? [] : loaded.problems.filter(({ hint }) => !hint?.en || !hint.zh)).toEqual([]);
});

const remarks = async (alarms: string): Promise<readonly string[]> => {
  const loaded = await load('burst: { every: 1s, near: 10 cm }', 'u', alarms);
  return loaded.ok ? loaded.remarks.map(({ what }) => what.en) : ['NOT LOADED'];
};

test('a burst that waits for the limit of an alarm that nobody wrote is remarked on', async () => {
  expect(await remarks('')).toContain('no alarm has a limit on u: nothing can be near it');
  expect(await remarks(depthAlarm)).not.toContain('no alarm has a limit on u: nothing can be near it');
});

const problemsOf = async (text: string): Promise<readonly string[]> => {
  const file = join(directory, `${++written}.yaml`);
  const head = 'gateway: { id: lp-test }\nboards: [{ id: roof, source: { simulated: roof } }]\ndevices:\n';
  await writeFile(file, head + text);
  const loaded = await loadConfig(file, profiles);
  return loaded.ok ? [] : loaded.problems.map(({ what }) => what.en);
};

const bme = (id: string, address: string): string =>
  `  - { id: ${id}, profile: bosch/bme280, source: { board: roof, address: ${address} } }\n`;

describe('an address on the I2C bus', () => {
  test('is one that the chip can have, and has one device', async () => {
    expect(await problemsOf(bme('a', '0x76') + bme('b', '0x77'))).toEqual([]);
    expect(await problemsOf(bme('a', '0x44'))).toEqual(['bme280 is never at 0x44']);
    expect(await problemsOf(bme('a', '0x77') + bme('b', '0x77'))).toEqual(['`a` is there already']);
  });

  test('is nothing for a pin', async () => {
    const text = '  - { id: a, profile: generic/relay, source: { board: roof, pin: 8, address: 0x44 } }\n';
    expect(await problemsOf(text)).toEqual(['output is never at 0x44']);
  });
});
