import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWell, scriptOf } from '../../../hardware/simulator/player.ts';
import type { DeviceStatus } from '../../model/device.ts';
import type { Reading } from '../../model/reading.ts';
import { rootPath } from '../../platform/root.ts';
import { openProfiles } from '../../profiles/load.ts';
import type { Example, Profile } from '../../profiles/profile.ts';
import { Site } from '../cli/lamppost.ts';
import { SimulatedDevice } from '../simulated-device.ts';
import { Watcher } from '../watcher.ts';

/** Every profile that speaks over a line, in one gateway: added, read, its cable pulled, and mended. */

interface Case {
  readonly id: string;
  readonly profile: Profile;
  readonly example: Example;
  readonly simulated: SimulatedDevice;
}

const profiles = openProfiles(rootPath('device-profiles'));

async function casesOf(): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const name of await profiles.list()) {
    const profile = await profiles.load(name);
    const script = scriptOf(profile);
    const example = profile.examples.find(isWell);
    if (!script || !example) continue;
    cases.push({ id: name.replace('/', '-'), profile, example, simulated: await SimulatedDevice.of(script) });
  }
  return cases;
}

const line = ({ simulated }: Case): { readonly tcp: string } => ({ tcp: `127.0.0.1:${simulated.port}` });
const isOnBus = ({ profile }: Case): boolean => profile.connect.kind === 'modbus' || profile.connect.kind === 'dlt645';

/** Whom an example asks: in DL/T 645 six bytes, two digits each, the last ones first; in Modbus the first byte. */
function addressIn({ profile, example: { input } }: Case): number | string {
  const ask = input.kind === 'exchange' ? input.exchange[0]?.ask : undefined;
  if (!ask) return 1;
  if (profile.connect.kind === 'modbus') return ask[0] ?? 1;
  const start = ask.indexOf(0x68) + 1;
  return Buffer.from(ask.slice(start, start + 6).toReversed()).toString('hex');
}

const busOf = (one: Case): object => ({ id: one.id, source: line(one) });

const deviceOf = (one: Case): object => ({
  id: one.id,
  profile: one.profile.id,
  source: isOnBus(one) ? { bus: one.id, address: addressIn(one) } : line(one),
  every: `${Math.max(1000, one.profile.minEveryMs)}ms`,
  settings: one.example.settings,
});

const cases = await casesOf();
let site: Site;
let watcher: Watcher;
const topic = (kind: string, id: string): string => `lamppost/1/lp-test/${kind}/${id}`;

beforeAll(async () => {
  const head = 'gateway: { id: lp-test }\nbroker: { port: {port} }\nweb: { port: 0 }\n';
  const buses = `buses: ${JSON.stringify(cases.filter(isOnBus).map(busOf))}\n`;
  const devices = `devices: ${JSON.stringify(cases.map(deviceOf))}\n`;
  site = await Site.make(head + buses + devices);
  await site.start();
  watcher = await Watcher.of(site.port, 'lamppost/#');
});

afterAll(async () => {
  await watcher[Symbol.asyncDispose]();
  await site.remove();
  for (const { simulated } of cases) await simulated[Symbol.asyncDispose]();
});

test('there is something to look at', () => expect(cases.length).toBeGreaterThanOrEqual(15));

/** What may be held against a device that has just begun: it is warming up. Too short a history is no reason. */
const doubts = ({ why = [] }: Reading): readonly string[] => why.filter((reason) => reason !== 'warm_up');

const isState =
  (state: DeviceStatus['state'], after: number) =>
  (status: DeviceStatus, { mono }: { readonly mono: number }): boolean =>
    mono > after && status.state === state;

/** The readings that an example promises, each as it came over MQTT. */
async function expectReadings({ id, example }: Case): Promise<void> {
  for (const { channel, unit } of example.readings) {
    const expected = example.readings.filter((reading) => reading.channel === channel).map(({ value }) => value);
    const reading = await watcher.next<Reading>(topic('reading', `${id}/${channel}`));
    expect({ channel, doubts: doubts(reading) }).toEqual({ channel, doubts: [] });
    expect(reading.unit).toBe(unit);
    // A sum begins with the first answer; of several frames in one period there is a statistic.
    if (reading.stat !== 'sum' && new Set(expected).size === 1) expect(reading.value).toEqual(expected[0]);
    else expect(reading.value).not.toBeNull();
  }
}

test.concurrent.each(cases.map((one) => [one.profile.id, one] as const))(
  '%s is read as its example says; a pulled cable is told, and mended by itself',
  async (_name, one) => {
    const { id, example, simulated } = one;
    await expectReadings(one);
    const pulled = performance.now();
    simulated.unplug();
    const fault = await watcher.next<DeviceStatus>(topic('status', id), isState('fault', pulled));
    expect(fault.why).toMatch(/./);
    const plugged = performance.now();
    await simulated.plug();
    await watcher.next(topic('status', id), isState('online', plugged));
    const [{ channel } = { channel: '' }] = example.readings;
    const isNew = ({ value }: Reading, { mono }: { readonly mono: number }): boolean =>
      mono > plugged && value !== null;
    await watcher.next<Reading>(topic('reading', `${id}/${channel}`), isNew, 20_000);
  },
);
