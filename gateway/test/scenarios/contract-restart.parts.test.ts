import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlarmTransition } from '../../model/alarm.ts';
import type { Reading } from '../../model/reading.ts';
import { Site } from '../cli/lamppost.ts';
import { Watcher } from '../watcher.ts';

const p = 'lamppost/1/lp-test';
const base = `gateway: { id: lp-test }
journal: { commitMs: 100 }
broker: { port: {port}, users: ./users }
`;
const pumpHouse = `  - { id: pump-house, profile: generic/water-level, source: ingest, settings: { datum: sill }, every: 1min }
`;

describe('a gateway that is killed and starts again', () => {
  let site: Site;
  const devices = `web: { port: 0 }
devices:
${pumpHouse}  - { id: air-1, profile: generic/air-temperature, source: ingest }
alarms:
  - { id: high, when: { device: pump-house, channel: level, above: 25 cm } }
`;
  const reconfigure = (config: string): Promise<void> =>
    writeFile(join(site.directory, 'lamppost.yaml'), config.replaceAll('{port}', String(site.port)));
  const at = Date.now() - 60_000;

  beforeAll(async () => {
    site = await Site.make(`${base}${devices}`);
    await site.start();
    await site.publish('ingest/pump-house', { level: 0.5, ref: 'kept' });
    await site.publish('ingest/air-1', { temperature: 21, at });
    await site.publish('raise/air-1/smoke', { state: 'active' });
    await site.kill();
    await site.start();
  });
  afterAll(() => site.remove());

  test('has its latest readings and open alarms retained again, word for word', async () => {
    await using watcher = await Watcher.of(site.port, '#');
    const { level } = await watcher.next<{ level: Reading }>(`${p}/latest/pump-house`);
    expect(level).toMatchObject({ value: 0.5, quality: 'good' });
    const high = await watcher.next<AlarmTransition>(`${p}/alarm/pump-house/high`);
    expect(high).toMatchObject({ state: 'active', reading: level.id });
    expect(high.id.split('-')[0]).toBe(level.id.split('-')[0]);
    expect(await watcher.next(`${p}/alarm/air-1/smoke`)).toMatchObject({ state: 'active' });
    expect(watcher.heard.filter(({ topic }) => topic.startsWith(`${p}/reading/`))).toEqual([]);
  });

  test('acks and drops what it had kept before', async () => {
    await using watcher = await Watcher.of(site.port, `${p}/reading/#`);
    await site.publish('ingest/pump-house', { level: 0.6, ref: 'kept' });
    await site.publish('ingest/air-1', { temperature: 21, at });
    await site.publish('ingest/air-1', { temperature: 22, at });
    await watcher.next<Reading>(`${p}/reading/air-1/temperature`, ({ value }) => value === 22);
    expect(watcher.heard).toHaveLength(1);
  });

  test('holds nothing any more of a device that was taken out', async () => {
    await site.stop();
    await reconfigure(`${base}web: { port: 0 }\ndevices:\n${pumpHouse}`);
    await site.start();
    await using watcher = await Watcher.of(site.port, '#');
    await watcher.next(`${p}/status/pump-house`);
    await wait(200);
    const retained = watcher.heard.filter(({ isRetained }) => isRetained).map(({ topic }) => topic.slice(p.length + 1));
    expect(retained.toSorted()).toEqual(['device/pump-house', 'latest/pump-house', 'status', 'status/pump-house']);
  });
});
