import { describe, expect, test } from 'vitest';
import { BrokerBench, prefix } from '../test/broker-bench.ts';
import { BrokerProcess } from '../test/broker-process.ts';
import { MqttFuzzer } from '../test/mqtt-fuzzer.ts';
import { connectPacket, lengthBytes, publishPacket, RawClient } from '../test/raw-mqtt.ts';
import { pause, until } from '../test/wait.ts';

const MiB = 1024 * 1024;
const seed = Number(process.env['LAMPPOST_SEED'] ?? 20_261_122);
const fuzzedConnections = Number(process.env['LAMPPOST_FUZZ'] ?? 20_000);

/** Longest silence that a healthy subscriber saw while a frozen one was there, and how that one fared. */
async function watch(broker: BrokerProcess, seconds: number) {
  const frozen = await RawClient.open(broker.port, { clientId: 'frozen' });
  await frozen.subscribe('#');
  frozen.socket.pause();
  const healthy = await RawClient.open(broker.port, { clientId: 'healthy' });
  await healthy.subscribe('#');
  let last = performance.now();
  let silenceMs = 0;
  healthy.socket.on('data', () => {
    silenceMs = Math.max(silenceMs, performance.now() - last);
    last = performance.now();
  });
  broker.order({ kind: 'feed', perSecond: 1000, bytes: 4096 });
  await pause(seconds * 1000);
  const { counters } = await broker.report();
  silenceMs = Math.max(silenceMs, performance.now() - last);
  const received = healthy.received.filter(({ kind }) => kind === 'publish').length;
  await Promise.all([frozen.drop(), healthy.drop()]);
  return { silenceMs, received, counters };
}

/** How much more memory a broker takes while three sockets send as much of such a packet as it lets them. */
async function growth(kind: 'guarded' | 'bare', first: (index: number) => Buffer): Promise<number> {
  await using broker = await BrokerProcess.start(kind);
  const { peakBytes: before } = await broker.report();
  const chunk = Buffer.alloc(MiB, 'x');
  await Promise.all(
    Array.from({ length: 3 }, async (_, index) => {
      const client = new RawClient(broker.port, { from: `127.0.0.${index + 1}` });
      client.send(
        first(index),
        Buffer.concat([Buffer.of(first(index).length > 0 ? 0x30 : 0x10), lengthBytes(268_435_455)]),
      );
      for (let sent = 0; sent < 60 && !client.isClosed; sent++)
        await new Promise((resolve) => client.socket.write(chunk, resolve));
      if (!client.isClosed) await pause(500);
      await client.drop();
    }),
  );
  const { peakBytes } = await broker.report();
  return peakBytes - before;
}

describe('a subscriber that does not read', () => {
  test('is cut off, and nobody else notices', async () => {
    await using broker = await BrokerProcess.start();
    const { silenceMs, received, counters } = await watch(broker, 6);
    console.info(`frozen subscriber: healthy one got ${received}, longest silence ${silenceMs.toFixed(0)} ms`);
    expect(silenceMs).toBeLessThan(500);
    expect(received).toBeGreaterThan(5000);
    expect(counters).toMatchObject({ cutOff: 1, clients: 1 });
  });

  test('control: is not cut off where the limit is far away', async () => {
    const limits = { maxWaitingBytes: 1e12, maxWaitingBytesInAll: 1e12 };
    await using broker = await BrokerProcess.start('guarded', limits);
    const { received, counters } = await watch(broker, 6);
    expect(received).toBeGreaterThan(5000);
    expect(counters).toMatchObject({ cutOff: 0, clients: 2 });
    expect(counters['waitingBytes']).toBeGreaterThan(8 * MiB);
  });

  test('is one of fifty, and all together take no more memory than they may', async () => {
    await using broker = await BrokerProcess.start();
    const { residentBytes: before } = await broker.report();
    const frozen = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const client = await RawClient.open(broker.port, { clientId: `frozen-${index}` });
        await client.subscribe('#');
        client.socket.pause();
        return client;
      }),
    );
    broker.order({ kind: 'feed', perSecond: 300, bytes: 32_768 });
    await pause(3000);
    const { peakBytes, counters } = await broker.report();
    console.info(
      `50 frozen subscribers: + ${((peakBytes - before) / MiB).toFixed(0)} MiB, ${counters['cutOff']} cut off`,
    );
    expect(counters['cutOff']).toBeGreaterThan(40);
    expect(peakBytes - before).toBeLessThan(160 * MiB);
    await Promise.all(frozen.map((client) => client.drop()));
  });
});

describe('a packet that claims 256 MB', () => {
  test.each([
    ['before anybody is known', () => Buffer.alloc(0)],
    ['after CONNECT', (index: number) => connectPacket({ clientId: `large-${index}` })],
  ])('%s costs next to nothing, without the guard it costs what it claims', async (_when, first) => {
    const [guarded, bare] = [await growth('guarded', first), await growth('bare', first)];
    console.info(
      `three packets of 256 MB: guarded + ${(guarded / MiB).toFixed(1)} MiB, bare + ${(bare / MiB).toFixed(0)} MiB`,
    );
    expect(guarded).toBeLessThan(20 * MiB);
    expect(bare).toBeGreaterThan(100 * MiB);
  });
});

test(`${fuzzedConnections} mutated connections leave the broker serving (seed ${seed})`, async () => {
  await using broker = await BrokerProcess.start('guarded', { maxMessagesPerSecond: 1e6 });
  const fuzzer = new MqttFuzzer(seed);
  const seen = { connections: 0, letIn: 0, answers: 0, endedByBroker: 0 };
  const one = async (): Promise<void> => {
    const client = new RawClient(broker.port, {
      from: `127.0.${seen.connections % 200}.${1 + (seen.connections % 250)}`,
    });
    seen.connections++;
    for (const bytes of fuzzer.connection()) client.send(bytes);
    const answer = client.take('connack', 100).then(
      () => pause(2),
      () => {},
    );
    await Promise.race([client.closed, answer]);
    if (client.isClosed) seen.endedByBroker++;
    if (client.received[0]?.codes[0] === 0) seen.letIn++;
    seen.answers += client.received.length;
    await client.drop();
  };
  const lane = async (): Promise<void> => {
    while (seen.connections < fuzzedConnections && broker.isAlive) await one();
  };
  const before = await broker.report();
  await Promise.all(Array.from({ length: 40 }, lane));
  expect(broker.isAlive).toBe(true);
  const { peakBytes, liveBytes, counters, received, errors } = await broker.report();
  const [grown, live] = [(peakBytes - before.residentBytes) / MiB, (liveBytes - before.liveBytes) / MiB];
  console.info(`fuzz, seed ${seed}:`, { ...seen, received, ...counters });
  console.info(`memory: peak + ${grown.toFixed(0)} MiB, still referenced + ${live.toFixed(1)} MiB`);
  expect(errors).toEqual([]);
  expect(grown).toBeLessThan(150);
  expect(live).toBeLessThan(20);
  expect(counters['clients']).toBeLessThanOrEqual(40);
  // It looked at something: connections came in, said much, and were ended.
  expect(share(seen.letIn)).toBeGreaterThan(0.15);
  expect(share(seen.answers)).toBeGreaterThan(0.3);
  expect(share(seen.endedByBroker)).toBeGreaterThan(0.2);
  expect(share(received)).toBeGreaterThan(0.01);
  const client = await RawClient.open(broker.port, { clientId: 'afterwards' });
  await client.subscribe('free/#', 1);
  client.send(publishPacket({ topic: 'free/afterwards', qos: 1, payload: 'still here' }));
  await until(() => client.received.some(({ topic }) => topic === 'free/afterwards'));
  await client.drop();
}, 240_000);

test('the same seed says the same again', () => {
  const [one, again, other] = [seed, seed, seed + 1].map((start) => {
    const fuzzer = new MqttFuzzer(start);
    return Buffer.concat(Array.from({ length: 100 }, () => fuzzer.connection()).flat()).toString('hex');
  });
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

const share = (count: number): number => count / fuzzedConnections;

describe('a flood of connections', () => {
  test('that say nothing does not keep a client out', async () => {
    await using broker = await BrokerProcess.start();
    const { peakBytes: before } = await broker.report();
    const flood = Array.from(
      { length: 1000 },
      (_, index) => new RawClient(broker.port, { from: `127.0.1.${1 + (index % 250)}` }),
    );
    const client = await RawClient.open(broker.port, { clientId: 'good' });
    await client.ping();
    await until(() => flood.filter(({ isClosed }) => !isClosed).length <= 100);
    const { peakBytes } = await broker.report();
    expect(peakBytes - before).toBeLessThan(40 * MiB);
    await client.ping();
    await Promise.all([client, ...flood].map((one) => one.drop()));
  });

  test('of clients is answered as long as there is room, and told so when there is none', async () => {
    await using broker = await BrokerProcess.start();
    const answers: number[] = [];
    const clients: RawClient[] = [];
    const lane = async (_: unknown, lane: number): Promise<void> => {
      for (let index = 0; index < 25; index++) {
        const client = new RawClient(broker.port, { from: `127.0.1.${1 + lane}` });
        clients.push(client);
        answers.push(await client.connect({ clientId: `c-${lane}-${index}` }));
      }
    };
    await Promise.all(Array.from({ length: 40 }, lane));
    const { counters } = await broker.report();
    expect(answers.filter((code) => code === 0)).toHaveLength(100);
    expect(answers.filter((code) => code === 3)).toHaveLength(900);
    expect(counters).toMatchObject({ clients: 100 });
    await Promise.all(clients.map((one) => one.drop()));
  });
});

describe('a client that sends too fast', () => {
  test('is slowed down, loses nothing, and others do not notice', async () => {
    await using bench = await BrokerBench.start({ limits: { maxMessagesPerSecond: 1000 } });
    const [fast, other] = [await bench.open(), await bench.open()];
    await pause(1000);
    const message = publishPacket({ topic: `${prefix}/ingest/pump` });
    const start = performance.now();
    fast.send(...Array.from({ length: 4000 }, () => message));
    let slowestMs = 0;
    let early = 0;
    while (bench.arrived.length < 4000) {
      const asked = performance.now();
      await other.ping();
      slowestMs = Math.max(slowestMs, performance.now() - asked);
      if (performance.now() - start < 1000) early = bench.arrived.length;
      await pause(20);
    }
    const tookMs = performance.now() - start;
    console.info(
      `4000 messages at 1000/s took ${tookMs.toFixed(0)} ms; slowest answer to another ${slowestMs.toFixed(0)} ms`,
    );
    expect(early).toBeLessThanOrEqual(2050);
    expect(tookMs).toBeGreaterThan(2900);
    expect(slowestMs).toBeLessThan(250);
    await fast.ping();
  });

  test('control: is not slowed down where the limit is far away', async () => {
    await using bench = await BrokerBench.start({ limits: { maxMessagesPerSecond: 1e6 } });
    const fast = await bench.open();
    fast.send(...Array.from({ length: 4000 }, () => publishPacket({ topic: `${prefix}/ingest/pump` })));
    const start = performance.now();
    await until(() => bench.arrived.length === 4000);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('and whose messages cannot be kept is not read any further', async () => {
    await using bench = await BrokerBench.start({ receive: () => new Promise(() => {}), limits: { ackMs: 1000 } });
    const client = await bench.open();
    const message = publishPacket({ topic: `${prefix}/ingest/pump`, qos: 1, payload: Buffer.alloc(100_000) });
    for (let index = 0; index < 100; index++) client.send(message);
    await client.closed;
    expect(bench.arrived.length).toBeGreaterThan(5);
    expect(bench.arrived.length).toBeLessThan(30);
  });
});
