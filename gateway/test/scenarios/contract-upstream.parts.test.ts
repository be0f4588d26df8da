import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AlarmTransition } from '../../model/alarm.ts';
import type { Reading } from '../../model/reading.ts';
import alarmSchema from '../../model/schema/alarm.schema.json' with { type: 'json' };
import readingSchema from '../../model/schema/reading.schema.json' with { type: 'json' };
import { compileTest } from '../../platform/validate.ts';
import { Site } from '../cli/lamppost.ts';
import { Mosquitto } from '../mosquitto.ts';
import { describeWith } from '../tools.ts';
import { contentOf, Watcher, type Heard } from '../watcher.ts';

const base = `gateway: { id: lp-test }
journal: { commitMs: 100 }
broker: { port: {port}, users: ./users }
`;
const pumpHouse = `  - { id: pump-house, profile: generic/water-level, source: ingest, settings: { datum: sill }, every: 1min }
`;
const isReading = compileTest(readingSchema);
const isTransition = compileTest(alarmSchema);

interface Batch {
  readonly epoch: number;
  readonly lane: string;
  readonly from: number;
  readonly to: number;
  readonly readings: readonly Reading[];
  readonly alarms?: readonly AlarmTransition[];
}

describeWith(['mosquitto'], 'an upstream of the native dialect', () => {
  const encodings = ['json', 'gzip', 'zstd'] as const;
  let city: Mosquitto;
  let site: Site;
  let watcher: Watcher;
  const devices = `web: { port: 0 }
devices:
${pumpHouse}alarms:
  - { id: high, when: { device: pump-house, channel: level, above: 25 cm, clearBelow: 20 cm } }
`;
  const upstreams = (): string =>
    [
      'upstreams:',
      ...encodings.map(
        (encoding) => `  - { id: ${encoding}, url: '${city.url}', prefix: ${encoding}, encoding: ${encoding} }`,
      ),
      `  - { id: new, url: '${city.url}', prefix: new/one, protocol: 3.1.1, start: now }`,
    ].join('\n');

  beforeAll(async () => {
    city = await Mosquitto.start(['log_dest file %DIR/log', 'log_type all']);
    site = await Site.make(`${base}${devices}`);
    await site.start();
    await site.publish('ingest/pump-house', { level: 0.1 });
    await site.kill();
    watcher = await Watcher.of(city.port, '#');
    const config = `${base}${devices}${upstreams()}`.replaceAll('{port}', String(site.port));
    await writeFile(join(site.directory, 'lamppost.yaml'), config);
    await site.start();
    const values = Array.from({ length: 1000 }, (_, index) => ({ level: index === 700 ? 0.3 : 0.1 }));
    await site.publish('ingest/pump-house', values);
    await site.publish('ingest/pump-house', { level: 0.11 });
    for (const prefix of [...encodings, 'new/one']) await upTo(prefix, 1003);
    await site.kill();
    await watcher.next(`json/lp-test/status`, ({ state }) => state === 'offline');
    await site.start();
    await watcher.next(`json/lp-test/gap`, ({ note }) => note === 2);
    await site.stop();
  });
  afterAll(async () => {
    await watcher[Symbol.asyncDispose]();
    await site.remove();
    await city.close();
  });

  /** Waits for the batch that ends with this number. */
  async function upTo(prefix: string, seq: number): Promise<void> {
    const end = performance.now() + 10_000;
    while (!batchesOf(prefix).some(({ batch: { to } }) => to >= seq)) {
      if (performance.now() > end) throw new Error(`${prefix}: no ${seq}`);
      await wait(20);
    }
  }

  const batchesOf = (prefix: string): readonly { readonly heard: Heard; readonly batch: Batch }[] =>
    watcher.heard
      .filter(({ topic }) => new RegExp(`^${prefix}/lp-test/(alarm|live|backfill)(/gzip|/zstd)?$`).test(topic))
      .map((heard) => ({ heard, batch: contentOf(heard) as Batch }));
  const saidOn = (topic: string): readonly Readonly<Record<string, unknown>>[] =>
    watcher.on(topic).map((heard) => contentOf(heard) as Readonly<Record<string, unknown>>);

  test.each(encodings)('sends batches as they are described (%s)', (encoding) => {
    const suffix = encoding === 'json' ? '' : `/${encoding}`;
    const batches = batchesOf(encoding);
    expect(batches.length).toBeGreaterThan(4);
    for (const { heard, batch } of batches) {
      const { lane, epoch, from, to, readings, alarms } = batch;
      expect(heard.topic).toBe(`${encoding}/lp-test/${lane}${suffix}`);
      expect(heard.isRetained).toBe(false);
      expect(heard.payload.length).toBeLessThanOrEqual(64 * 1024);
      const isAlarm = lane === 'alarm';
      expect(Object.keys(batch)).toEqual([
        'v',
        'gateway',
        'epoch',
        'lane',
        'from',
        'to',
        'sent',
        'readings',
        ...(isAlarm ? ['alarms'] : []),
      ]);
      expect(batch).toMatchObject({ v: 1, gateway: 'lp-test', sent: expect.any(Number) });
      expect([readings.length, alarms?.length ?? 0].map((count) => count > 0)).toEqual([!isAlarm, isAlarm]);
      expect(readings.length).toBeLessThanOrEqual(500);
      const entries = [...readings, ...(alarms ?? [])];
      expect(entries.map(({ id }) => id)).toEqual(
        Array.from({ length: to - from + 1 }, (_, index) => `${epoch}-${from + index}`),
      );
      expect(readings.every(isReading) && (alarms ?? []).every(isTransition)).toBe(true);
    }
  });

  test.each(encodings)('leaves nothing out: batches and gaps fill every epoch to its head (%s)', (encoding) => {
    const status = saidOn(`${encoding}/lp-test/status`).findLast(({ state }) => state === 'online');
    const heads = Object.entries(status?.['epochs'] as Readonly<Record<string, number>>);
    expect(heads.map(([, head]) => head)).toEqual([1, 1003]);
    for (const [epoch, head] of heads) {
      const seqs = batchesOf(encoding)
        .filter(({ batch }) => String(batch.epoch) === epoch)
        .flatMap(({ batch: { from, to } }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
      expect(new Set(seqs).size).toBe(head);
      expect(Math.max(...seqs)).toBe(head);
    }
  });

  test('says how it is when it connects, and the broker says so when it is gone', () => {
    const said = saidOn('json/lp-test/status');
    const [first] = said;
    expect(first).toEqual({
      v: 1,
      gateway: 'lp-test',
      state: 'online',
      session: expect.stringMatching(/\S/),
      at: expect.any(Number),
      every: 60_000,
      epoch: expect.any(Number),
      epochs: expect.any(Object),
      waiting: { alarm: 0, live: 0, backfill: expect.any(Number), oldest: expect.any(Number) },
    });
    const offline = said.filter(({ state }) => state === 'offline');
    const sessions = [...new Set(said.map(({ session }) => session))];
    expect(sessions).toHaveLength(2);
    expect(offline).toEqual(sessions.map((session) => ({ v: 1, gateway: 'lp-test', state: 'offline', session })));
  });

  test('keeps status and descriptions retained, and nothing else', async () => {
    await using late = await Watcher.of(city.port, 'json/#');
    await late.next('json/lp-test/device/pump-house', (_said, { isRetained }) => isRetained);
    await wait(100);
    expect(late.heard.map(({ topic }) => topic).toSorted()).toEqual([
      'json/lp-test/device/pump-house',
      'json/lp-test/status',
    ]);
  });

  test('tells of each unclean stop with a note of its own', () => {
    const gaps = saidOn('json/lp-test/gap');
    const epochs = Object.keys(saidOn('json/lp-test/status').at(-2)?.['epochs'] as object).map(Number);
    expect(gaps).toEqual(
      [1, 2].map((note) => ({
        v: 1,
        gateway: 'lp-test',
        epoch: expect.toSatisfy((epoch: number) => epochs.includes(epoch)) as number,
        from: note === 1 ? 2 : 1004,
        to: null,
        why: 'unclean_stop',
        span: [expect.any(Number), expect.any(Number)],
        note,
      })),
    );
    expect(new Set(gaps.map(({ epoch }) => epoch)).size).toBe(2);
  });

  test('gives one that starts now a gap for what was before, and all that comes after', () => {
    const gaps = saidOn('new/one/lp-test/gap').filter(({ why }) => why === 'before_start');
    expect(gaps).toMatchObject([{ from: 1, to: 1, span: [expect.any(Number), expect.any(Number)] }]);
    const batches = batchesOf('new/one').map(({ batch }) => batch);
    expect(batches.some(({ epoch }) => epoch === gaps[0]?.['epoch'])).toBe(false);
    expect(Math.max(...batches.map(({ to }) => to))).toBe(1003);
  });

  test('knows the gateway by one client id for ever', async () => {
    const log = await readFile(join(city.directory, 'log'), 'utf8');
    const ids = [...log.matchAll(/New client connected from \S+ as (\S+) /g)].map(([, id]) => id);
    expect(ids.filter((id) => id === 'lamppost-lp-test-json')).toHaveLength(2);
  });
});
