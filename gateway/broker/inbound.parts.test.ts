import { describe, expect, test } from 'vitest';
import { BrokerBench, prefix, pump, topicsOf } from '../test/broker-bench.ts';
import { publishPacket, pubrelPacket } from '../test/raw-mqtt.ts';
import { pause, until } from '../test/wait.ts';

const ingest = `${prefix}/ingest/pump`;

function failAtOnce(): Promise<void> {
  throw new Error('our bug');
}

describe('an inbound message', () => {
  test.each([0, 1, 2] as const)('of QoS %i is received with all that is known of it', async (qos) => {
    await using bench = await BrokerBench.start();
    const client = await bench.open({ clientId: 'plc' });
    client.send(publishPacket({ topic: ingest, payload: '{"level":1}', qos, id: 77, retain: true }));
    await client.ping();
    await until(() => bench.arrived.length > 0);
    expect(bench.arrived).toEqual([
      {
        topic: { kind: 'ingest', device: 'pump' },
        payload: Buffer.from('{"level":1}'),
        client: 'plc',
        packetId: qos === 0 ? undefined : 77,
        isRepeat: false,
        isRetained: true,
        qos,
      },
    ]);
  });

  test.each([1, 2] as const)('of QoS %i is acked when it is kept, and not before', async (qos) => {
    const kept = Promise.withResolvers<void>();
    await using bench = await BrokerBench.start({ receive: () => kept.promise });
    const client = await bench.open();
    client.send(publishPacket({ topic: ingest, qos, id: 5 }));
    await client.ping();
    await pause(200);
    expect([bench.arrived.length, client.received.map(({ kind }) => kind)]).toEqual([1, ['connack', 'pingresp']]);
    kept.resolve();
    expect((await client.take(qos === 1 ? 'puback' : 'pubrec')).id).toBe(5);
  });

  test('that cannot be kept is not acked: the connection ends', async () => {
    await using bench = await BrokerBench.start({ receive: () => Promise.reject(new Error('the disk is full')) });
    const client = await bench.open();
    client.send(publishPacket({ topic: ingest, qos: 1 }));
    await client.closed;
    expect(client.received.map(({ kind }) => kind)).toEqual(['connack']);
  });

  test('that is not kept in time is not acked: the connection ends', async () => {
    await using bench = await BrokerBench.start({ receive: () => new Promise(() => {}), limits: { ackMs: 100 } });
    const client = await bench.open();
    client.send(publishPacket({ topic: ingest, qos: 1 }));
    await client.closed;
    expect([bench.arrived.length, client.received.length]).toEqual([1, 1]);
  });

  test('that throws at once ends its connection, not the broker', async () => {
    await using bench = await BrokerBench.start({ receive: failAtOnce });
    const client = await bench.open();
    client.send(publishPacket({ topic: ingest, qos: 1 }));
    await client.closed;
    expect(client.received).toHaveLength(1);
    await (await bench.open()).ping();
  });

  test('of QoS 0 that cannot be kept is counted; its sender goes on', async () => {
    await using bench = await BrokerBench.start({ receive: () => Promise.reject(new Error('the disk is full')) });
    const client = await bench.open();
    client.send(publishPacket({ topic: ingest }), publishPacket({ topic: ingest }));
    await client.ping();
    expect(bench.broker.counters.lost).toBe(2);
  });

  test('waits beside all others that came with it, so that one commit acks them all', async () => {
    const kept = Promise.withResolvers<void>();
    await using bench = await BrokerBench.start({ receive: () => kept.promise });
    const client = await bench.open();
    client.send(...Array.from({ length: 100 }, (_, index) => publishPacket({ topic: ingest, qos: 1, id: index + 1 })));
    await until(() => bench.arrived.length === 100);
    expect(client.received).toHaveLength(1);
    kept.resolve();
    await until(() => client.received.length === 101);
    expect(client.received.slice(1).map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  test('goes to no subscriber and is not retained', async () => {
    await using bench = await BrokerBench.start();
    const watcher = await bench.open();
    expect(await watcher.subscribe('#', 1)).toBe(1);
    expect(await watcher.subscribe('$lamppost/#', 1)).toBe(128);
    const client = await bench.open();
    for (const kind of ['ingest/pump', 'raise/pump/flow-1', 'command/pump/on', 'ask/history/t1'])
      client.send(publishPacket({ topic: `${prefix}/${kind}`, payload: 'x', qos: 1, retain: true }));
    client.send(publishPacket({ topic: 'free/x', payload: 'control', qos: 1, retain: true }));
    await until(() => topicsOf(watcher).length > 0);
    const late = await bench.open();
    await late.subscribe('#');
    await until(() => topicsOf(late).length > 0);
    expect(bench.arrived.map(({ topic }) => topic.kind)).toEqual(['ingest', 'raise', 'command', 'ask']);
    expect([topicsOf(watcher), topicsOf(late)]).toEqual([['free/x'], ['free/x']]);
    expect(bench.broker.counters.retained).toBe(1);
  });

  test('may be a will', async () => {
    await using bench = await BrokerBench.start();
    const will = { topic: ingest, payload: '{"level":null}', qos: 1, retain: true };
    await (await bench.open({ clientId: 'plc', will })).drop();
    await until(() => bench.arrived.length === 1);
    expect(bench.arrived[0]).toMatchObject({ client: 'plc', packetId: undefined, isRepeat: false, qos: 1 });
  });

  test('of a client that leaves while it is being kept is kept all the same', async () => {
    const kept = Promise.withResolvers<void>();
    await using bench = await BrokerBench.start({ receive: () => kept.promise });
    const client = await bench.open();
    client.send(publishPacket({ topic: ingest, qos: 1 }), publishPacket({ topic: ingest, qos: 2, id: 2 }));
    await until(() => bench.arrived.length === 2);
    await client.drop();
    kept.resolve();
    await (await bench.open()).ping();
    expect(bench.events.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a message on a topic that is watched', () => {
  const watched = new Set(['tele/door4/SENSOR', 'tele/door4/LWT']);
  const from = 'tele/door4/SENSOR';

  test.each([0, 1, 2] as const)(
    'of QoS %i is told, retained if its sender says so, and goes on to others',
    async (qos) => {
      await using bench = await BrokerBench.start({ watched });
      const watcher = await bench.open();
      await watcher.subscribe('tele/#', 1);
      const client = await bench.open({ clientId: 'door4' });
      client.send(publishPacket({ topic: from, payload: 'ON', qos, id: 7, retain: true }));
      if (qos === 2) client.send(pubrelPacket(7));
      client.send(publishPacket({ topic: 'tele/door4/other', payload: 'x' }));
      await until(() => topicsOf(watcher).length === 2);
      // Of QoS 0 nothing is overtaken; one that waits for the disk may be, by messages on other topics.
      expect(qos === 0 ? topicsOf(watcher) : topicsOf(watcher).toSorted()).toEqual([from, 'tele/door4/other']);
      expect(bench.arrived).toMatchObject([
        { topic: { kind: 'neighbour', topic: from }, client: 'door4', isRetained: true, qos },
      ]);
      const late = await bench.open();
      await late.subscribe('tele/#');
      await until(() => topicsOf(late).length === 1);
    },
  );

  test('is acked and goes on when it is kept, not before', async () => {
    const kept = Promise.withResolvers<void>();
    await using bench = await BrokerBench.start({ watched, receive: () => kept.promise });
    const watcher = await bench.open();
    await watcher.subscribe('tele/#', 1);
    const client = await bench.open();
    client.send(publishPacket({ topic: from, payload: 'ON', qos: 1, id: 7 }));
    await client.ping();
    await pause(100);
    expect([topicsOf(watcher), client.received.map(({ kind }) => kind)]).toEqual([[], ['connack', 'pingresp']]);
    kept.resolve();
    expect((await client.take('puback')).id).toBe(7);
    await until(() => topicsOf(watcher).length === 1);
  });

  test('may be a will', async () => {
    await using bench = await BrokerBench.start({ watched });
    const will = { topic: 'tele/door4/LWT', payload: 'Offline', qos: 1, retain: true };
    await (await bench.open({ clientId: 'door4', will })).drop();
    await until(() => bench.arrived.length === 1);
    expect(bench.arrived[0]).toMatchObject({ topic: { kind: 'neighbour' }, payload: Buffer.from('Offline') });
  });

  test('of somebody without the right to it is not told', async () => {
    await using bench = await BrokerBench.start({ watched });
    const client = await bench.open({ ...pump });
    client.send(publishPacket({ topic: from, payload: 'ON' }));
    await client.closed;
    expect(bench.arrived).toEqual([]);
  });
});

describe('a QoS 2 message', () => {
  test('that comes twice before its release is received once', async () => {
    const kept = Promise.withResolvers<void>();
    await using bench = await BrokerBench.start({ receive: () => kept.promise });
    const client = await bench.open();
    const message = publishPacket({ topic: ingest, qos: 2, id: 3 });
    client.send(message, message);
    await until(() => bench.arrived.length > 0);
    kept.resolve();
    await client.take('pubrec');
    await client.take('pubrec');
    client.send(message);
    await client.take('pubrec');
    expect(bench.arrived).toHaveLength(1);
    client.send(pubrelPacket(3));
    await client.take('pubcomp');
    client.send(message);
    await client.take('pubrec');
    expect(bench.arrived).toHaveLength(2);
  });

  test('is still known when the client of a lasting session comes back', async () => {
    await using bench = await BrokerBench.start();
    const session = { clientId: 'plc', clean: false };
    const message = publishPacket({ topic: ingest, qos: 2, id: 3 });
    const client = await bench.open(session);
    client.send(message);
    await client.take('pubrec');
    await client.drop();
    const again = await bench.open(session);
    again.send(publishPacket({ topic: ingest, qos: 2, id: 3, dup: true }));
    await again.take('pubrec');
    expect(bench.arrived).toHaveLength(1);
    const anew = await bench.open({ ...session, clean: true });
    anew.send(message);
    await anew.take('pubrec');
    expect(bench.arrived).toHaveLength(2);
  });

  test('survives two releases in one segment, and releases that nobody asked for', async () => {
    await using bench = await BrokerBench.start();
    const client = await bench.open();
    client.send(publishPacket({ topic: 'free/x', qos: 2, id: 3 }), pubrelPacket(3), pubrelPacket(3), pubrelPacket(9));
    const ids: number[] = [];
    for (let count = 0; count < 3; count++) ids.push((await client.take('pubcomp')).id);
    expect(ids).toEqual([3, 3, 9]);
    await client.ping();
  });

  test.each([100, 1000])('does not close a client that has %i of them under way', async (count) => {
    await using bench = await BrokerBench.start();
    const client = await bench.open();
    for (let id = 1; id <= count; id++) client.send(publishPacket({ topic: ingest, qos: 2, id }));
    await until(() => client.received.filter(({ kind }) => kind === 'pubrec').length === count);
    await client.ping();
    expect(bench.arrived).toHaveLength(count);
  });
});
