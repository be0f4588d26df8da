import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlarmTransition } from '../../model/alarm.ts';
import type { Reading } from '../../model/reading.ts';
import alarmSchema from '../../model/schema/alarm.schema.json' with { type: 'json' };
import readingSchema from '../../model/schema/reading.schema.json' with { type: 'json' };
import { compileTest } from '../../platform/validate.ts';
import { Site } from '../cli/lamppost.ts';
import { freePort } from '../free-port.ts';
import { publishPacket, RawClient } from '../raw-mqtt.ts';
import { contentOf, Watcher } from '../watcher.ts';

/** What outsiders may rely on, looked at from outside: a gateway as a process of its own, and MQTT clients. */

const p = 'lamppost/1/lp-test';
const base = `gateway: { id: lp-test, place: { lat: 22.5431, lon: 114.0579 }, labels: { district: futian } }
journal: { commitMs: 100 }
broker: { port: {port}, users: ./users }
`;
const pumpHouse = `  - { id: pump-house, profile: generic/water-level, source: ingest, settings: { datum: sill }, every: 1min }
`;
const isReading = compileTest(readingSchema);
const isTransition = compileTest(alarmSchema);

interface Result {
  readonly id: string;
  readonly state: string;
  readonly at: number;
}

describe('a running gateway', () => {
  let site: Site;
  let watcher: Watcher;
  let web: number;

  beforeAll(async () => {
    web = await freePort();
    site = await Site.make(`${base}web: { port: ${web} }
boards: [{ id: roof, source: { simulated: roof } }]
devices:
${pumpHouse}  - { id: shaft-1, profile: generic/water-level, source: ingest, settings: { datum: sill } }
  - { id: door-4, profile: generic/door-open, source: ingest }
  - { id: air-1, profile: generic/air-temperature, source: ingest }
  - { id: silent-1, profile: generic/air-temperature, source: ingest, every: 1s }
  - { id: siren, profile: generic/relay, source: { board: roof, pin: 8 }, every: 1s }
alarms:
  - id: high
    when: { device: shaft-1, channel: level, above: 25 cm, clearBelow: 20 cm }
    severity: critical
    text: { en: High water, zh: 水位过高 }
    blind: alarm
    then: [{ command: siren/on, value: true }]
`);
    await site.start();
    watcher = await Watcher.of(site.port, '#');
  });
  afterAll(async () => {
    await watcher[Symbol.asyncDispose]();
    await site.remove();
  });

  /** Publishes, and gives what came of it: readings and quarantine entries, in order. */
  async function ingest(device: string, content: unknown): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const before = watcher.heard.length;
    await site.publish(`ingest/${device}`, content);
    // What is behind the answer was published before it.
    const fence = `fence-${before}`;
    await site.publish(`ask/backlog/${fence}`, {});
    await watcher.next(`${p}/answer/backlog/${fence}`);
    return watcher.heard
      .slice(before)
      .filter(({ topic }) => topic.startsWith(`${p}/reading/${device}/`) || topic === `${p}/quarantine/${device}`)
      .map((heard) => contentOf(heard) as Readonly<Record<string, unknown>>);
  }

  const raw = async (clientId: string): Promise<RawClient> => {
    const client = new RawClient(site.port);
    expect(await client.connect({ clientId })).toBe(0);
    return client;
  };

  test('has said how it and its devices are, retained, as soon as it runs', async () => {
    await using late = await Watcher.of(site.port, `${p}/#`);
    expect(await late.next(`${p}/status`, (_said, { isRetained }) => isRetained)).toMatchObject({ state: 'online' });
    for (const device of ['pump-house', 'door-4', 'air-1', 'siren']) {
      const status = await late.next(`${p}/status/${device}`, (_said, { isRetained }) => isRetained);
      expect(status).toMatchObject({ state: expect.stringMatching(/^(online|offline)$/), since: expect.any(Number) });
    }
    expect(await late.next(`${p}/device/pump-house`, (_said, { isRetained }) => isRetained)).toEqual({
      v: 1,
      device: 'pump-house',
      rev: expect.stringMatching(/\S/),
      name: { en: expect.any(String), zh: expect.any(String) },
      profile: 'generic/water-level',
      place: { lat: 22.5431, lon: 114.0579 },
      labels: { district: 'futian' },
      every: 60_000,
      channels: {
        level: {
          quantity: 'water_level',
          unit: 'm',
          name: expect.anything(),
          datum: 'sill',
          resolution: 0.001,
          limits: [expect.any(Number), expect.any(Number)],
          every: 60_000,
        },
      },
    });
  });

  test('publishes a reading when it is accepted, unretained, and the latest ones at most once a second', async () => {
    const start = performance.now();
    for (let tenth = 0; tenth < 18; tenth++) {
      await site.publish('ingest/air-1', { temperature: tenth });
      await wait(100);
    }
    await watcher.next<{ temperature: Reading }>(`${p}/latest/air-1`, ({ temperature }) => temperature.value === 17);
    const latest = watcher.on(`${p}/latest/air-1`);
    expect(latest.length).toBeLessThanOrEqual(Math.ceil((performance.now() - start) / 1000) + 1);
    for (const [index, { mono }] of latest.entries())
      if (index > 0) expect(mono - (latest[index - 1]?.mono ?? 0)).toBeGreaterThan(900);
    const readings = watcher.on(`${p}/reading/air-1/temperature`);
    expect(readings).toHaveLength(18);
    for (const heard of readings) {
      expect(heard.isRetained).toBe(false);
      expect(isReading(contentOf(heard))).toBe(true);
    }
    const seqs = readings.map((heard) => Number((contentOf(heard) as Reading).id.split('-')[1]));
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  const now = Date.now();
  test.each<[string, unknown, readonly object[]]>([
    ['a bare number', { level: 0.1 }, [{ value: 0.1, unit: 'm', quality: 'good' }]],
    ['a value with its unit', { level: { value: 12, unit: 'cm' } }, [{ value: 0.12 }]],
    ['a number finer than the resolution', { level: 0.12345 }, [{ value: 0.123 }]],
    ['zero', { level: 0 }, [{ value: 0, quality: 'good' }]],
    ['an array', [{ level: 0.1 }, { level: 0.11 }], [{ value: 0.1 }, { value: 0.11 }]],
    ["the sender's time", { level: 0.1, at: now - 5000 }, [{ value: 0.1, at: now - 5000, clock: 'sender' }]],
    ['that again', { level: 0.1, at: now - 5000 }, []],
    ['that again in another unit', { level: { value: 10, unit: 'cm' }, at: now - 5000 }, []],
    ['another value of the same time', { level: 0.13, at: now - 5000 }, [{ value: 0.13 }]],
    ['a ref', { level: 0.1, ref: 'x1' }, [{ value: 0.1 }]],
    ['the same ref with another value', { level: 0.14, ref: 'x1' }, []],
    [
      'an old and a new ref',
      [
        { level: 0.1, ref: 'x1' },
        { level: 0.15, ref: 'x2' },
      ],
      [{ value: 0.15 }],
    ],
    ['neither, twice the same', [{ level: 0.1 }, { level: 0.1 }], [{ value: 0.1 }, { value: 0.1 }]],
    ['no value', { level: null }, [{ value: null, quality: 'missing' }]],
    ['more than the world has', { level: -100_000 }, [{ value: -100_000, quality: 'bad', why: ['range'] }]],
    ['an unknown channel', { levl: 1, ref: 'x3' }, [{ why: expect.stringContaining('levl'), ref: 'x3' }]],
    ['a wrong type', { level: true }, [{ why: expect.stringContaining('true') }]],
    ['a wrong unit', { level: { value: 1, unit: 'kg' } }, [{ why: expect.stringContaining('kg') }]],
    ['a time in words', { level: 1, at: 'noon' }, [{ why: expect.stringContaining('at') }]],
    ['a good and a wrong one', [{ level: 0.1 }, { levl: 0.1 }], [{ why: expect.stringContaining('entry 1') }]],
    ['nothing', {}, [{ text: '{}' }]],
    ['an empty array', [], [{ text: '[]' }]],
    ['no object', 5, [{ text: '5' }]],
    ['1,001 values', Array.from({ length: 1001 }, () => ({ level: 0 })), [{ why: expect.stringContaining('1000') }]],
  ])('of an outside publisher who sends %s', async (_what, content, wanted) => {
    const got = await ingest('pump-house', content);
    expect(got).toMatchObject(wanted);
    expect(got).toHaveLength(wanted.length);
  });

  test('keeps a thousand values of one message', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => ({ temperature: index / 100 }));
    expect(await ingest('air-1', values)).toHaveLength(1000);
  });

  test('takes a state as such', async () => {
    expect(await ingest('door-4', { door_open: true })).toMatchObject([{ value: true, unit: '1', quality: 'good' }]);
    expect(await ingest('door-4', { door_open: 1 })).toMatchObject([{ why: expect.any(String) }]);
  });

  test('puts what is for no device into quarantine, and what is no text in hex', async () => {
    expect(await ingest('nobody', { level: 1 })).toMatchObject([{ text: '{"level":1}', why: expect.any(String) }]);
    const client = await raw('plc-hex');
    client.send(publishPacket({ topic: `${p}/ingest/door-4`, payload: Buffer.of(0xff, 0xfe), qos: 1, id: 1 }));
    await client.take('puback');
    await watcher.next(`${p}/quarantine/door-4`, ({ hex }) => hex === 'fffe');
  });

  test('knows a packet that is sent again by client, packet id and content, and ignores the retain flag', async () => {
    const topic = `${p}/reading/door-4/door_open`;
    const before = watcher.on(topic).length;
    const client = await raw('plc');
    const send = async (changes: { readonly id?: number; readonly dup?: boolean; readonly payload?: string }) => {
      const payload = '{"door_open":false}';
      client.send(publishPacket({ topic: `${p}/ingest/door-4`, payload, qos: 1, id: 7, retain: true, ...changes }));
      await client.take('puback');
    };
    await send({});
    await send({ dup: true });
    expect(watcher.on(topic)).toHaveLength(before + 1);
    await send({});
    await send({ dup: true, id: 8 });
    await send({ dup: true, payload: '{"door_open":true}' });
    await wait(50);
    expect(watcher.on(topic)).toHaveLength(before + 4);
    await using late = await Watcher.of(site.port, `${p}/ingest/#`);
    await wait(100);
    expect(late.heard).toEqual([]);
  });

  test('raises an alarm with the reading that caused it, holds it retained, and takes it back', async () => {
    const topic = `${p}/alarm/shaft-1/high`;
    await site.publish('ingest/shaft-1', [{ level: 0.3 }, { level: 0.22 }]);
    const active = await watcher.next<AlarmTransition>(topic);
    expect(isTransition(active)).toBe(true);
    expect(active).toMatchObject({
      v: 1,
      rule: 'high',
      device: 'shaft-1',
      channel: 'level',
      state: 'active',
      severity: 'critical',
      value: 0.3,
      limit: 0.25,
      unit: 'm',
      quality: 'good',
      text: { en: 'High water', zh: '水位过高' },
    });
    expect(active.raisedAt).toBe(active.at);
    const [epoch, seq] = active.id.split('-').map(Number);
    expect(active.reading).toBe(`${epoch}-${(seq ?? 0) - 1}`);
    await using during = await Watcher.of(site.port, topic);
    expect(await during.next(topic)).toEqual(active);
    expect(during.heard[0]?.isRetained).toBe(true);

    await site.publish('ingest/shaft-1', { level: 0.1 });
    await watcher.next<AlarmTransition>(topic, ({ state }) => state === 'normal');
    await using after = await Watcher.of(site.port, topic);
    await wait(100);
    expect(after.heard).toEqual([]);
    const [first, last, ...more] = during.heard.slice(1);
    expect(more).toEqual([]);
    expect([first, last].map((heard) => [heard?.isRetained, heard?.payload.length === 0])).toEqual([
      [false, false],
      [false, true],
    ]);
  });

  test('carries out what an alarm asks for by itself, and takes it back with the alarm', async () => {
    const topic = `${p}/reading/siren/on`;
    const isOn =
      (on: boolean) =>
      (reading: Reading, { mono }: { readonly mono: number }) =>
        mono > since && reading.value === on;
    let since = performance.now();
    await site.publish('ingest/shaft-1', { level: 0.5 });
    expect(await watcher.next<Reading>(topic, isOn(true))).toMatchObject({ quality: 'good' });
    since = performance.now();
    await site.publish('ingest/shaft-1', { level: 0.1 });
    await watcher.next<Reading>(topic, isOn(false));
  });

  test('says when nobody can judge an alarm, while that holds', async () => {
    const [topic, blind] = [`${p}/alarm/shaft-1/high`, `${p}/alarm/shaft-1/high-blind`];
    await site.publish('ingest/shaft-1', { level: 0.4 });
    await site.publish('ingest/shaft-1', { level: -100_000 });
    expect(await watcher.next<AlarmTransition>(blind)).toMatchObject({ state: 'active', quality: 'bad' });
    await using during = await Watcher.of(site.port, topic);
    expect(await during.next(topic)).toMatchObject({ state: 'active', value: 0.4 });
    await site.publish('ingest/shaft-1', { level: 0.1 });
    await watcher.next<AlarmTransition>(blind, ({ state }) => state === 'normal');
  });

  test('lets flows raise and end alarms, and people acknowledge them, twice as well as once', async () => {
    const topic = `${p}/alarm/door-4/forced`;
    const text = { en: 'Forced', zh: '被撬' };
    await site.publish('raise/door-4/forced', { state: 'active', severity: 'info', text });
    await site.publish('raise/door-4/forced', { state: 'active' });
    const active = await watcher.next<AlarmTransition>(topic);
    expect(isTransition(active)).toBe(true);
    expect(active).toEqual({
      v: 1,
      id: active.id,
      rule: 'forced',
      device: 'door-4',
      state: 'active',
      severity: 'info',
      raisedAt: active.at,
      at: active.at,
      clock: active.clock,
      text,
    });
    for (const token of ['a1', 'a2']) {
      await site.publish(`ask/acknowledge/${token}`, { device: 'door-4', rule: 'forced' });
      expect(await watcher.next(`${p}/answer/acknowledge/${token}`)).toEqual({ ok: true });
    }
    await watcher.next<AlarmTransition>(topic, ({ state }) => state === 'acknowledged');
    await site.publish('raise/door-4/forced', { state: 'normal' });
    await watcher.next<AlarmTransition>(topic, ({ state }) => state === 'normal');
    const states = watcher
      .on(topic)
      .map((heard) => (heard.payload.length === 0 ? '' : (contentOf(heard) as AlarmTransition).state));
    expect(states).toEqual(['active', 'acknowledged', 'normal', '']);
    expect(await ingestless('raise/nobody/forced', 'nobody')).toMatchObject({ why: expect.any(String) });
    expect(await ingestless('raise/shaft-1/high', 'shaft-1')).toMatchObject({ why: expect.any(String) });
  });

  /** What is in quarantine because of an alarm that cannot be raised. */
  async function ingestless(topic: string, device: string): Promise<Readonly<Record<string, unknown>>> {
    await site.publish(topic, { state: 'active' });
    return watcher.next(`${p}/quarantine/${device}`, ({ why }) => String(why).startsWith('raise'));
  }

  test('answers every command that has an id: done, refused or expired', async () => {
    const until = Date.now() + 10_000;
    const results = {
      c1: [{ value: true, until }, 'done'],
      c2: [{ value: true, until: 5 }, 'expired'],
      c3: [{ value: 'on' }, 'refused'],
      c4: [{ value: false }, 'done'],
    } as const;
    for (const [id, [order, state]] of Object.entries(results)) {
      await site.publish('command/siren/on', { id, ...order });
      const result = await watcher.next<Result>(`${p}/result/siren/on`, (told) => told.id === id);
      expect(result).toMatchObject({ id, state, at: expect.any(Number) });
    }
    await site.publish('command/siren/off', { id: 'c5', value: true });
    expect(await watcher.next(`${p}/result/siren/off`)).toMatchObject({ id: 'c5', state: 'refused' });
    await site.publish('command/nobody/on', { id: 'c6', value: true });
    expect(await watcher.next(`${p}/result/nobody/on`)).toMatchObject({ id: 'c6', state: 'refused' });
    await site.publish('command/siren/on', { value: true });
    await watcher.next(`${p}/quarantine/siren`, ({ why }) => String(why).startsWith('command on'));
    const client = await raw('retainer');
    const payload = '{"id":"c7","value":true}';
    client.send(publishPacket({ topic: `${p}/command/siren/on`, payload, qos: 1, id: 1, retain: true }));
    const retained = await watcher.next<Result>(`${p}/result/siren/on`, ({ id }) => id === 'c7');
    expect(retained).toMatchObject({ state: 'refused', why: expect.stringContaining('retained') });
    for (const { isRetained } of watcher.on(`${p}/result/siren/on`)) expect(isRetained).toBe(false);
  });

  test.each<[string, unknown, object]>([
    ['history', { device: 'door-4', channel: 'door_open', limit: 2 }, { ok: true, readings: expect.any(Array) }],
    ['history', { from: 'yesterday' }, { ok: false, why: expect.stringContaining('/from') }],
    ['acknowledge', { device: 'door-4', rule: 'nothing' }, { ok: false, why: expect.any(String) }],
    ['acknowledge', {}, { ok: false, why: expect.any(String) }],
    ['backlog', [], { ok: false, why: expect.any(String) }],
    ['reconcile', {}, { ok: false, why: expect.any(String) }],
    ['maintenance', {}, { ok: false, why: expect.any(String) }],
  ])('answers who asks for %s with %j', async (name, request, answer) => {
    const token = `t-${watcher.heard.length}`;
    await site.publish(`ask/${name}/${token}`, request);
    expect(await watcher.next(`${p}/answer/${name}/${token}`)).toMatchObject(answer);
  });

  test('says once that a value stays away, and that its device is stale', async () => {
    const topic = `${p}/reading/silent-1/temperature`;
    const reading = await watcher.next<Reading>(topic, () => true, 15_000);
    expect(reading).toMatchObject({ value: null, quality: 'missing', why: ['stale'] });
    await watcher.next(`${p}/status/silent-1`, ({ state }) => state === 'stale');
    await wait(1100);
    expect(watcher.on(topic)).toHaveLength(1);
  });

  test.each([
    'lamppost',
    'lamppost/2/x',
    `${p}/reading/door-4/door_open`,
    `${p}/ingest/a/b`,
    'lamppost/1/other/ingest/a',
  ])('ends the connection of who publishes to %s', async (topic) => {
    const client = await raw('stranger');
    client.send(publishPacket({ topic, payload: '{}', qos: 1, id: 1 }));
    await client.closed;
    expect(client.received.map(({ kind }) => kind)).toEqual(['connack']);
  });

  test('lets local clients talk to each other on all other topics', async () => {
    const client = await raw('zigbee');
    client.send(publishPacket({ topic: 'tele/door4/SENSOR', payload: '{"open":true}', qos: 1, id: 1 }));
    expect(await watcher.next('tele/door4/SENSOR')).toEqual({ open: true });
  });

  test('holds a user to its rights on this machine too, and ends its connection when they are taken away', async () => {
    const password = (await site.run(['user', 'add', 'plc', '--ingest', 'door-4'])).out.trim();
    const open = async (fields: {
      readonly name?: string;
      readonly password?: string;
    }): Promise<[number, RawClient]> => {
      const client = new RawClient(site.port);
      return [await client.connect({ clientId: `plc-${Math.random()}`, ...fields }), client];
    };
    const codes = [
      { name: 'plc', password: 'wrong' },
      { name: 'nobody', password },
      { name: 'lamppost-flows', password },
    ];
    for (const wrong of codes) expect((await open(wrong))[0]).toBe(4);
    const [code, plc] = await open({ name: 'plc', password });
    expect(code).toBe(0);
    expect(await plc.subscribe(`${p}/reading/#`, 0)).toBe(128);
    plc.send(publishPacket({ topic: `${p}/ingest/door-4`, payload: '{"door_open":true}', qos: 1, id: 1 }));
    await plc.take('puback');
    const [, other] = await open({ name: 'plc', password });
    other.send(publishPacket({ topic: `${p}/ingest/air-1`, payload: '{"temperature":1}', qos: 1, id: 1 }));
    await other.closed;
    await site.run(['user', 'remove', 'plc']);
    expect((await open({ name: 'plc', password }))[0]).toBe(4);
    await plc.closed;
  });

  test('tells machines how it is, in JSON and in the Prometheus text format', async () => {
    const health = await fetch(`http://127.0.0.1:${web}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { ok: true, troubles: [] }]);
    const metrics = await fetch(`http://127.0.0.1:${web}/metrics?collect=all`);
    expect([metrics.status, metrics.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const lines = (await metrics.text()).trimEnd().split('\n');
    const label = '[a-zA-Z_][a-zA-Z0-9_]*="[^"\\\\\\n]*"';
    const sample = new RegExp(`^lamppost_[a-z0-9_]+(\\{${label}(,${label})*\\})? -?[0-9.e+-]+$`);
    for (const line of lines)
      expect(line).toMatch(line.startsWith('#') ? /^# (HELP|TYPE) lamppost_[a-z0-9_]+ \S/ : sample);
    expect(lines).toContain('lamppost_device_up{device="silent-1"} 0');
    expect(lines.filter((line) => !line.startsWith('#')).length).toBeGreaterThan(8);
  });
});
