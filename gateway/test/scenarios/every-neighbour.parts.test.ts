import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWell } from '../../../hardware/simulator/player.ts';
import type { DeviceStatus } from '../../model/device.ts';
import type { Reading } from '../../model/reading.ts';
import { resolveTopic } from '../../model/topic.ts';
import { dialMqtt } from '../../platform/mqtt-wire.ts';
import { rootPath } from '../../platform/root.ts';
import type { WireSession } from '../../platform/wire.ts';
import { openProfiles } from '../../profiles/load.ts';
import type { Connect } from '../../profiles/connect.ts';
import type { Example } from '../../profiles/profile.ts';
import { Site } from '../cli/lamppost.ts';
import { Watcher } from '../watcher.ts';

/** Every profile of a neighbour that publishes by itself, in one gateway: heard, gone, and back. */

interface Case {
  readonly id: string;
  readonly profile: string;
  readonly connect: Extract<Connect, { kind: 'topic' }>;
  readonly example: Example;
}

const profiles = openProfiles(rootPath('device-profiles'));
const cases: Case[] = [];
for (const name of await profiles.list()) {
  const { connect, examples } = await profiles.load(name);
  const example = examples.find(isWell);
  if (connect.kind === 'topic' && example) cases.push({ id: name.replace('/', '-'), profile: name, connect, example });
}

let site: Site;
let watcher: Watcher;
let neighbour: WireSession;
const baseOf = ({ id }: Case): string => `neighbours/${id}/SENSOR`;
const ours = (kind: string, id: string): string => `lamppost/1/lp-test/${kind}/${id}`;

beforeAll(async () => {
  const devices = cases.map((one) => ({
    id: one.id,
    profile: one.profile,
    source: { topic: baseOf(one) },
    settings: one.example.settings,
  }));
  const head = 'gateway: { id: lp-test }\nbroker: { port: {port} }\nweb: { port: 0 }\n';
  site = await Site.make(`${head}devices: ${JSON.stringify(devices)}\n`);
  await site.start();
  watcher = await Watcher.of(site.port, 'lamppost/#');
  const url = `mqtt://127.0.0.1:${site.port}`;
  neighbour = await dialMqtt({ url, clientId: 'neighbour', protocol: 4 }, AbortSignal.timeout(5000));
});

afterAll(async () => {
  await neighbour.end();
  await watcher[Symbol.asyncDispose]();
  await site.remove();
});

test('there is something to listen to', () => expect(cases.length).toBeGreaterThanOrEqual(4));

const textOf = (payload: unknown): string => (typeof payload === 'string' ? payload : JSON.stringify(payload));

async function speak(one: Case): Promise<void> {
  const { input } = one.example;
  if (input.kind !== 'messages') throw new Error(`${one.profile} has no messages`);
  for (const { topic, payload } of input.messages) await neighbour.publish(resolveTopic(baseOf(one), topic), payload);
}

/** Says that it is there, or its Will does that it is not. */
async function announce(one: Case, isThere: boolean): Promise<void> {
  const { availability } = one.connect;
  if (!availability) throw new Error(`${one.profile} does not say when it is gone`);
  const word = isThere ? availability.online : availability.offline;
  const payload = availability.path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), word);
  await neighbour.publish(resolveTopic(baseOf(one), availability.topic), textOf(payload));
}

const isNow =
  (state: string, after: number) =>
  (status: DeviceStatus, { mono }: { readonly mono: number }): boolean =>
    mono > after && status.state === state;

test.concurrent.each(cases.map((one) => [one.profile, one] as const))(
  '%s is heard as its example says, told as gone, and back',
  async (_name, one) => {
    const { id, example } = one;
    await announce(one, true);
    await speak(one);
    for (const { channel, value, unit } of example.readings) {
      const isIt = (reading: Reading): boolean => reading.value === value && reading.unit === unit;
      expect(await watcher.next<Reading>(ours('reading', `${id}/${channel}`), isIt)).toMatchObject({ device: id });
    }
    const gone = performance.now();
    await announce(one, false);
    const fault = await watcher.next<DeviceStatus>(ours('status', id), isNow('fault', gone));
    expect(fault.why).toMatch(/./);
    const back = performance.now();
    await announce(one, true);
    await watcher.next<DeviceStatus>(ours('status', id), isNow('online', back));
  },
);
