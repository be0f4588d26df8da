import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AlarmTransition } from '../../model/alarm.ts';
import type { Reading } from '../../model/reading.ts';
import { Site } from '../cli/lamppost.ts';
import { word } from '../quality-rig.ts';
import { contentOf, Watcher } from '../watcher.ts';

/** A gateway as a process of its own, and a publisher whose values are doubted on their way in. */

const p = 'lamppost/1/lp-test';
let site: Site;
let watcher: Watcher;

beforeAll(async () => {
  site = await Site.make(`gateway: { id: lp-test }
journal: { commitMs: 100 }
broker: { port: {port} }
devices:
  - id: shaft-1
    profile: generic/water-level
    source: ingest
    settings: { datum: sill }
    checks: { level: { spike: { suspect: 10 cm }, range: { suspect: [0 m, 3 m], bad: [-1 m, 5 m] }, gap: { after: 2s } } }
alarms:
  - { id: high, when: { device: shaft-1, channel: level, above: 1.2 m }, blind: alarm }
`);
  await site.start();
  watcher = await Watcher.of(site.port, '#');
});
afterAll(async () => {
  await watcher[Symbol.asyncDispose]();
  await site.remove();
});

const words = (): readonly string[] =>
  watcher.on(`${p}/reading/shaft-1/level`).map((heard) => word(contentOf(heard) as Reading));

test('each value goes on at once with the name of the test that it failed, and a doubted one still raises its alarm', async () => {
  for (const level of [1, 1, 1, 1, 1.3, 1, 9, 1]) {
    const before = words().length;
    await site.publish('ingest/shaft-1', { level });
    await watcher.next<Reading>(`${p}/reading/shaft-1/level`, () => words().length > before);
  }
  expect(words().slice(0, 7)).toEqual([
    'unchecked',
    'unchecked',
    'unchecked',
    'good',
    'suspect spike',
    'good',
    'bad range',
  ]);
  const raised = await watcher.next<AlarmTransition>(`${p}/alarm/shaft-1/high`, ({ state }) => state === 'active');
  expect(raised).toMatchObject({ value: 1.3, quality: 'suspect' });
});

test('a silence that the site calls a gap is a missing value', async () => {
  const missing = await watcher.next<Reading>(`${p}/reading/shaft-1/level`, ({ quality }) => quality === 'missing');
  expect(missing).toMatchObject({ value: null, why: ['stale'] });
});

test('the description of the device names its tests', async () => {
  await using late = await Watcher.of(site.port, `${p}/device/#`);
  expect(await late.next(`${p}/device/shaft-1`)).toMatchObject({
    channels: { level: { tests: ['range', 'spike', 'gap'] } },
  });
});
