import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../model/errors.ts';
import { silentLog } from '../platform/log.ts';
import { BrokerBench, prefix, pump, topicsOf } from '../test/broker-bench.ts';
import { publishPacket, subscribePacket } from '../test/raw-mqtt.ts';
import { Broker } from './broker.ts';
import { until } from '../test/wait.ts';

const ingest = `${prefix}/ingest/pump`;

const nobody = async (): Promise<undefined> => undefined;

function publishMany(bench: BrokerBench, count: number): void {
  for (let index = 0; index < count; index++) bench.broker.publish('free/x', String(index), { qos: 1 });
}

describe('a message of QoS 1', () => {
  test.each([0, 1])('reaches a subscriber of QoS %i though others of QoS 0 follow at once', async (qos) => {
    await using bench = await BrokerBench.start();
    const client = await bench.open();
    await client.subscribe('#', qos);
    const alarm = `${prefix}/alarm/pump/high`;
    bench.broker.publish(alarm, '{"state":"active"}', { qos: 1, retain: true });
    bench.broker.publish(`${prefix}/reading/pump/level`, '{}');
    bench.broker.publish(alarm, '{"state":"normal"}', { qos: 1 });
    bench.broker.publish(alarm, '', { retain: true });
    await until(() => topicsOf(client).length === 4);
    const payloads = client.received.filter(({ topic }) => topic === alarm).map(({ payload }) => String(payload));
    expect(payloads).toEqual(['{"state":"active"}', '{"state":"normal"}', '']);
  });

  test('comes once to whoever has subscribed it twice', async () => {
    await using bench = await BrokerBench.start();
    const client = await bench.open();
    for (const filter of ['#', 'free/#', 'free/x']) await client.subscribe(filter, 1);
    publishMany(bench, 3);
    await client.ping();
    expect(topicsOf(client)).toHaveLength(3);
  });
});

describe('a lasting session', () => {
  const session = { clientId: 'logger', clean: false } as const;
  test('brings what came in the meantime, in order, and what was not acked once more', async () => {
    await using bench = await BrokerBench.start();
    const client = await bench.open(session);
    await client.subscribe('free/#', 1);
    publishMany(bench, 1);
    const first = await client.take('publish');
    await client.drop();
    publishMany(bench, 40);
    const again = await bench.open(session);
    await until(() => topicsOf(again).length === 41);
    const [repeated, ...others] = again.received.filter(({ kind }) => kind === 'publish');
    expect(repeated).toMatchObject({ id: first.id, dup: true });
    expect(others.map(({ payload }) => Number(String(payload)))).toEqual(
      Array.from({ length: 40 }, (_, index) => index),
    );
  });

  test('that is given up leaves nothing, however much was waiting', async () => {
    await using bench = await BrokerBench.start();
    const client = await bench.open(session);
    await client.subscribe('free/#', 1);
    await client.drop();
    publishMany(bench, 100);
    await (await bench.open({ ...session, clean: true })).ping();
    expect(bench.broker.counters.sessions).toBe(0);
  });

  test('of an absent or silent client is bounded, and says what it lost', async () => {
    await using bench = await BrokerBench.start({ limits: { maxQueued: 10 } });
    const client = await bench.open(session);
    await client.subscribe('free/#', 1);
    publishMany(bench, 50);
    await until(() => topicsOf(client).length === 50);
    await client.drop();
    const again = await bench.open(session);
    await until(() => topicsOf(again).length === 10);
    await again.ping();
    expect([topicsOf(again).length, bench.broker.counters.dropped]).toEqual([10, 40]);
  });

  test('does not remember subscriptions that were refused', async () => {
    await using bench = await BrokerBench.start({ limits: { maxSubscriptions: 2 } });
    const client = await bench.open(session);
    client.send(subscribePacket(1, { 'free/1': 1, 'free/2': 1, 'free/3': 1 }));
    expect((await client.take('suback')).codes).toEqual([1, 1, 128]);
    await client.drop();
    for (const topic of ['free/3', 'free/2', 'free/1']) bench.broker.publish(topic, 'x', { qos: 1 });
    const again = await bench.open(session);
    await until(() => topicsOf(again).length >= 2);
    await again.ping();
    expect(topicsOf(again)).toEqual(['free/2', 'free/1']);
  });

  test('is not gone on with by another user', async () => {
    await using bench = await BrokerBench.start();
    const client = await bench.open({ ...session, ...pump });
    await client.subscribe('free/pump/#', 1);
    await client.drop();
    bench.broker.publish('free/pump/x', 'secret', { qos: 1 });
    expect(await bench.dial().connect(session)).toBe(2);
    const owner = await bench.open({ ...session, ...pump });
    await owner.take('publish');
  });
});

describe('what clients can pile up is bounded', () => {
  test('retained messages', async () => {
    await using bench = await BrokerBench.start({ limits: { maxRetained: 100 } });
    const client = await bench.open();
    for (let index = 0; index < 300; index++)
      client.send(publishPacket({ topic: `free/${index}`, payload: 'x', retain: true }));
    await client.ping();
    expect(bench.broker.counters).toMatchObject({ retained: 100, notRetained: 200 });
    bench.broker.publish(`${prefix}/status`, 'x', { retain: true });
    expect(bench.broker.counters.retained).toBe(101);
  });

  test('subscriptions, of one client and of all', async () => {
    await using bench = await BrokerBench.start({ limits: { maxSubscriptions: 10, maxSubscriptionsInAll: 15 } });
    const filters = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`free/${index}`, 0]));
    const [one, two] = [await bench.open(), await bench.open({ clientId: 'two', clean: false })];
    one.send(subscribePacket(1, filters));
    const granted = (await one.take('suback')).codes;
    expect(granted).toEqual([...Array<number>(10).fill(0), 128, 128]);
    two.send(subscribePacket(1, filters));
    expect((await two.take('suback')).codes.filter((code) => code === 0)).toHaveLength(5);
    expect(await one.subscribe('free/3', 1)).toBe(1);
    await one.drop();
    await until(() => bench.broker.counters.subscriptions === 5);
    expect(await two.subscribe('free/11')).toBe(0);
  });

  test('messages of our own that nobody takes', async () => {
    await using bench = await BrokerBench.start({ limits: { maxPending: 200 } });
    const client = await bench.open();
    await client.subscribe('#', 1);
    for (let index = 0; index < 1000; index++) bench.broker.publish(`${prefix}/reading/pump/level`, 'x');
    bench.broker.publish(`${prefix}/alarm/pump/flow-1`, 'x', { qos: 1 });
    await until(() => topicsOf(client).includes(`${prefix}/alarm/pump/flow-1`));
    expect(bench.broker.counters.dropped).toBe(800);
    expect(topicsOf(client)).toHaveLength(201);
  });
});

describe('the broker', () => {
  test('closes within two seconds, whatever its clients do, and what it said last arrives', async () => {
    const bench = await BrokerBench.start({ receive: () => new Promise(() => {}) });
    const [frozen, parked, watcher] = [await bench.open(), await bench.open(), await bench.open()];
    await frozen.subscribe('#');
    frozen.socket.pause();
    for (let index = 0; index < 1500; index++) bench.broker.publish('free/x', Buffer.alloc(4096));
    parked.send(publishPacket({ topic: ingest, qos: 1 }));
    const silent = connect(bench.broker.port, '127.0.0.1').on('error', () => {});
    await watcher.subscribe(`${prefix}/status`);
    await parked.ping();
    bench.broker.publish(`${prefix}/status`, 'offline', { retain: true });
    const start = performance.now();
    await bench.broker.close();
    expect(performance.now() - start).toBeLessThan(2000);
    expect(String((await watcher.take('publish')).payload)).toBe('offline');
    await Promise.all([watcher.closed, parked.closed]);
    bench.broker.publish('free/x', 'after the end');
    await bench.broker.close();
    silent.destroy();
    frozen.socket.destroy();
    expect(bench.events.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('says who holds its port', async () => {
    await using bench = await BrokerBench.start();
    const { port } = bench.broker;
    const options = { gateway: 'lp', host: '127.0.0.1', port, log: silentLog, login: nobody, receive: async () => {} };
    const error = await Broker.listen(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'PORT_BUSY' });
    expect(String(error)).toContain(`process ${process.pid}`);
    const elsewhere = await Broker.listen({ ...options, host: '192.0.2.1' }).catch((thrown: unknown) => thrown);
    expect(elsewhere).toMatchObject({ code: 'LISTEN_FAILED' });
  });
});
