import { describe, expect, test } from 'vitest';
import { BrokerBench, prefix, pump, topicsOf } from '../test/broker-bench.ts';
import { connectPacket, disconnectPacket, publishPacket, subscribePacket, type RawClient } from '../test/raw-mqtt.ts';
import { until } from '../test/wait.ts';

const ingest = `${prefix}/ingest/pump`;

describe('a publish', () => {
  test.each([
    `${prefix}/reading/pump/level`,
    `${prefix}/latest/pump`,
    `${prefix}/status`,
    `${prefix}/new`,
    `${prefix}/ingest/Pump`,
    'lamppost/1/other/ingest/pump',
    'lamppost',
  ])('to %s ends the connection and goes nowhere', async (topic) => {
    await using bench = await BrokerBench.start();
    const watcher = await bench.open();
    await watcher.subscribe('#');
    await watcher.subscribe('$SYS/#');
    const client = await bench.open();
    client.send(publishPacket({ topic, qos: 1, retain: true, payload: 'x' }));
    await client.closed;
    await watcher.ping();
    expect(client.received).toHaveLength(1);
    expect(topicsOf(watcher).filter((one) => one === topic)).toEqual([]);
    expect([bench.arrived, bench.broker.counters.retained]).toEqual([[], 0]);
  });

  test.each(['$SYS/broker/connection/bridge/state', '$lamppost', '$other'])('to %s is for nobody', async (topic) => {
    await using bench = await BrokerBench.start();
    const watcher = await bench.open();
    for (const filter of ['#', '$SYS/#', '$lamppost/#', '$other/#']) await watcher.subscribe(filter);
    const client = await bench.open({ will: { topic, payload: 'gone', retain: true } });
    client.send(publishPacket({ topic, qos: 1, retain: true, payload: 'x' }));
    await client.take('puback');
    await client.drop();
    await watcher.ping();
    expect(topicsOf(watcher).filter((one) => one === topic || !one.startsWith('$SYS'))).toEqual([]);
    expect([bench.arrived, bench.broker.counters.retained]).toEqual([[], 0]);
  });

  test('to a free topic goes to its subscribers, with the retained one for those who come later', async () => {
    await using bench = await BrokerBench.start();
    const [early, client] = [await bench.open(), await bench.open()];
    await early.subscribe('zigbee2mqtt/#', 1);
    client.send(publishPacket({ topic: 'zigbee2mqtt/door', payload: 'open', qos: 1, retain: true }));
    expect(await early.take('publish')).toMatchObject({ topic: 'zigbee2mqtt/door', qos: 1, retain: false });
    const late = await bench.open();
    await late.subscribe('zigbee2mqtt/+');
    const message = await late.take('publish');
    expect([message.retain, String(message.payload)]).toEqual([true, 'open']);
  });

  test('as a will obeys the same rules', async () => {
    await using bench = await BrokerBench.start();
    const watcher = await bench.open();
    await watcher.subscribe('#');
    const topics = [`${prefix}/status`, `${prefix}/reading/pump/level`, 'free/gone'];
    for (const topic of topics) await (await bench.open({ will: { topic, payload: 'x', retain: true } })).drop();
    await until(() => topicsOf(watcher).length > 0);
    expect(topicsOf(watcher)).toEqual(['free/gone']);
    expect(bench.broker.counters.retained).toBe(1);
  });

  test('is not made by a will after a good-bye', async () => {
    await using bench = await BrokerBench.start();
    const watcher = await bench.open();
    await watcher.subscribe('#');
    const client = await bench.open({ will: { topic: 'free/gone', payload: 'x' } });
    client.send(publishPacket({ topic: 'free/last' }), disconnectPacket);
    await client.closed;
    await (await bench.open({ will: { topic: 'free/control', payload: 'x' } })).drop();
    await until(() => topicsOf(watcher).includes('free/control'));
    expect(topicsOf(watcher)).toEqual(['free/last', 'free/control']);
  });

  test('that nobody has subscribed to is dealt with at once, and nothing behind it is lost or read twice', async () => {
    await using bench = await BrokerBench.start({ limits: { maxMessagesPerSecond: 1e6 } });
    const client = await bench.open();
    const nothing = publishPacket({ topic: 'free/x', payload: 'x'.repeat(100) });
    for (let round = 1; round <= 5; round++) {
      const last = publishPacket({ topic: ingest, qos: 1, id: round, payload: String(round) });
      client.send(...Array.from({ length: 2000 }, () => nothing), last);
    }
    for (let round = 1; round <= 5; round++) expect((await client.take('puback')).id).toBe(round);
    await client.ping();
    expect(bench.arrived.map(({ payload }) => String(payload))).toEqual(['1', '2', '3', '4', '5']);
  });

  test('right behind CONNECT is not lost, however many there are', async () => {
    await using bench = await BrokerBench.start();
    const client = bench.dial();
    client.send(
      connectPacket({ clientId: 'hasty' }),
      ...Array.from({ length: 300 }, () => publishPacket({ topic: ingest })),
      disconnectPacket,
    );
    await client.closed;
    await until(() => bench.arrived.length >= 300);
    expect(bench.arrived).toHaveLength(300);
  });
});

describe('who comes in', () => {
  const cases: readonly (readonly [string, Parameters<RawClient['connect']>[0], number])[] = [
    ['without a name', {}, 0],
    ['with the right password', pump, 0],
    ['with a wrong password', { ...pump, password: 'snow' }, 4],
    ['with a name alone', { name: 'pump' }, 4],
    ['with an unknown name', { ...pump, name: 'nobody' }, 4],
    ['with an empty name', { name: '', password: '' }, 4],
    ['without a client id', { clientId: '' }, 0],
    ['without a client id but for a lasting session', { clientId: '', clean: false }, 2],
    ['with MQTT 3.1 and without a client id', { protocol: 'MQIsdp', level: 3, clientId: '' }, 2],
    ['with MQTT 3.1', { protocol: 'MQIsdp', level: 3 }, 0],
    ['with MQTT 5', { level: 5 }, 1],
    ['with MQTT 6', { level: 6 }, 1],
    ['as a bridge', { level: 0x84 }, 0],
    ['under a name of the machine', { clientId: '__proto__' }, 0],
    ['under another name of the machine', { clientId: 'constructor' }, 0],
    ['with a client id that is too long', { clientId: 'x'.repeat(200) }, 2],
  ];

  test.each(cases)('%s is answered', async (_how, fields, code) => {
    await using bench = await BrokerBench.start();
    const client = bench.dial();
    expect(await client.connect(fields)).toBe(code);
    if (code === 0) await client.ping();
    else await client.closed;
  });

  test('and is many gets no place beyond the limit, until one goes', async () => {
    await using bench = await BrokerBench.start({ limits: { maxClients: 5 } });
    const clients = await Promise.all(Array.from({ length: 5 }, () => bench.open()));
    expect(await bench.dial().connect({ clientId: 'one too many' })).toBe(3);
    await clients[0]?.drop();
    await until(() => bench.broker.counters.clients === 4);
    await bench.open();
    expect(bench.broker.counters.clients).toBe(5);
  });

  test('and says nothing is sent away; who has come in may be as silent as it likes', async () => {
    await using bench = await BrokerBench.start({ limits: { connectMs: 200 } });
    const [silent, slow, talker] = [bench.dial(), bench.dial(), await bench.open()];
    const letters = [...connectPacket()];
    const timer = setInterval(() => slow.send(Buffer.from(letters.splice(0, 1))), 100);
    await Promise.all([silent.closed, slow.closed]);
    clearInterval(timer);
    await talker.ping();
    expect([silent, slow, talker].map(({ isClosed }) => isClosed)).toEqual([true, true, false]);
  });

  test('again with the same client id takes the place of the first', async () => {
    await using bench = await BrokerBench.start();
    const first = await bench.open({ clientId: 'same' });
    const second = await bench.open({ clientId: 'same' });
    await first.closed;
    await second.ping();
    expect(bench.broker.counters.clients).toBe(1);
  });

  test('is told nothing of those who are connected as users', async () => {
    await using bench = await BrokerBench.start();
    const user = await bench.open({ clientId: 'plc', ...pump });
    expect(await bench.dial().connect({ clientId: 'plc' })).toBe(2);
    await user.ping();
  });

  test('and was changed since has to come in again', async () => {
    let holds = true;
    await using bench = await BrokerBench.start({ stillHolds: async () => holds, limits: { upkeepMs: 50 } });
    const client = await bench.open(pump);
    holds = false;
    await client.closed;
    expect(bench.events.some(({ event }) => event.includes('log in again'))).toBe(true);
  });
});

describe('a user', () => {
  test('on this machine too may do what its rights say, and nothing else', async () => {
    await using bench = await BrokerBench.start();
    const client = await bench.open(pump);
    client.send(publishPacket({ topic: ingest, qos: 1 }), publishPacket({ topic: 'free/pump/x', qos: 1 }));
    await client.take('puback');
    await client.take('puback');
    expect(bench.arrived).toHaveLength(1);
    for (const topic of [`${prefix}/ingest/mast`, `${prefix}/command/pump/on`, `${prefix}/ask/history/t`, 'free/x']) {
      const other = await bench.open(pump);
      other.send(publishPacket({ topic, qos: 1 }));
      await other.closed;
    }
    expect(bench.arrived).toHaveLength(1);
  });

  test('gets what it may read and nothing else, live, retained and after an absence', async () => {
    await using bench = await BrokerBench.start();
    const allowed = [`${prefix}/latest/pump`, `${prefix}/alarm/pump/flow-1`, 'free/pump/x', `${prefix}/status`];
    const denied = [
      `${prefix}/latest/mast`,
      `${prefix}/alarm/mast/wind-1`,
      'free/mast/x',
      `${prefix}/answer/history/t`,
    ];
    const publishAll = (retain: boolean): void => {
      for (const topic of [...denied, ...allowed]) bench.broker.publish(topic, 'x', { retain, qos: 1 });
    };
    publishAll(true);
    const session = { clientId: 'plc', clean: false, ...pump };
    const client = await bench.open(session);
    expect(await client.subscribe('#', 1)).toBe(1);
    await until(() => topicsOf(client).length === 4);
    publishAll(false);
    await until(() => topicsOf(client).length === 8);
    await client.drop();
    publishAll(false);
    const again = await bench.open(session);
    await until(() => topicsOf(again).length >= 4);
    await again.ping();
    const sorted = allowed.toSorted();
    expect(topicsOf(client).slice(0, 4).toSorted()).toEqual(sorted);
    expect(topicsOf(client).slice(4).toSorted()).toEqual(sorted);
    expect([...new Set(topicsOf(again))].toSorted()).toEqual(sorted);
  });

  test('is refused a subscription that could bring nothing', async () => {
    await using bench = await BrokerBench.start();
    const client = await bench.open(pump);
    client.send(subscribePacket(9, { [`${prefix}/reading/mast/+`]: 1, 'free/mast/#': 1, [`${prefix}/reading/#`]: 1 }));
    expect((await client.take('suback')).codes).toEqual([128, 128, 1]);
  });

  test('called like a wildcard has no more rights than any other', async () => {
    const rights = { read: ['#'], ingest: ['+'], raise: ['#'], command: ['+'], ask: false, topics: [] };
    await using bench = await BrokerBench.start({ login: async () => rights });
    const client = await bench.open({ clientId: '#', name: '#', password: 'x' });
    await client.subscribe('#');
    bench.broker.publish(`${prefix}/latest/pump`, 'x');
    client.send(publishPacket({ topic: ingest }));
    await client.closed;
    expect([bench.arrived, topicsOf(client)]).toEqual([[], []]);
  });
});
