import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LinkProxy } from '../test/link-proxy.ts';
import { Mosquitto } from '../test/mosquitto.ts';
import { describeWith } from '../test/tools.ts';
import { dialMqtt } from './mqtt-wire.ts';
import { WireError, type WireOptions, type WireSession } from './wire.ts';

const never = new AbortController().signal;

const dial = (url: string, changes: Partial<WireOptions> = {}): Promise<WireSession> =>
  dialMqtt({ url, clientId: 'wire-test', protocol: 5, ...changes }, never);

async function errorOf(dialled: Promise<WireSession>): Promise<WireError> {
  const error = await dialled.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof WireError) return error;
  throw new Error('it got through, or failed in another way', { cause: error });
}

/** A server that answers the first bytes of each connection with its own, and ends it or not. */
async function answering(answer: Buffer, thenEnd = false): Promise<Server & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => (thenEnd ? socket.end(answer) : socket.write(answer)));
    server.on('say', (more: Buffer) => socket.end(more));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const urlOf = (server: Server): string => `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;

test('nobody there is unreachable', async () => {
  await using gone = await answering(Buffer.alloc(0));
  const url = urlOf(gone);
  await gone[Symbol.asyncDispose]();
  expect((await errorOf(dial(url))).kind).toBe('unreachable');
});

test('a captive portal, which answers with a web page, is unreachable', async () => {
  await using portal = await answering(Buffer.from('HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n'));
  expect((await errorOf(dial(urlOf(portal)))).kind).toBe('unreachable');
});

test('an address that is none is refused: somebody has to change it', async () => {
  expect((await errorOf(dial('broker.example'))).kind).toBe('refused');
});

test.for([
  ['3.1.1, 1: unacceptable protocol version', [0x20, 2, 0, 1], 'version'],
  ['3.1.1, 3: server unavailable', [0x20, 2, 0, 3], 'unreachable'],
  ['3.1.1, 5: not authorized', [0x20, 2, 0, 5], 'refused'],
  ['5, 0x84: unsupported protocol version', [0x20, 3, 0, 0x84, 0], 'version'],
  ['5, 0x86: bad user name or password', [0x20, 3, 0, 0x86, 0], 'refused'],
  ['5, 0x89: server busy', [0x20, 3, 0, 0x89, 0], 'unreachable'],
  ['5, 0x97: quota exceeded', [0x20, 3, 0, 0x97, 0], 'refused'],
] as const)('CONNACK of MQTT %s', async ([, bytes, kind]) => {
  await using server = await answering(Buffer.from(bytes), true);
  expect((await errorOf(dial(urlOf(server)))).kind).toBe(kind);
  const isOld = bytes[1] === 2;
  if (isOld) expect((await errorOf(dial(urlOf(server), { protocol: 4 }))).kind).toBe(kind);
});

test('a good-bye in the same breath as the greeting is not missed', async () => {
  // CONNACK with reason 0, then DISCONNECT 0x8E: session taken over.
  await using server = await answering(Buffer.from([0x20, 3, 0, 0, 0, 0xe0, 2, 0x8e, 0]), true);
  const session = await dial(urlOf(server)).catch((error: unknown) => error);
  if (session instanceof WireError) return; // it was quicker than the greeting; that is no harm either
  const { ended } = session as WireSession;
  expect(await Promise.race([ended, wait(2000)])).toBeTypeOf('string');
});

test('a broker that will not have us any more says why, and that it is about our rights', async () => {
  const goodbyes: [number, string | undefined][] = [
    [0x8e, 'another client has our client id'],
    [0x97, 'quota exceeded'],
    [0x8b, undefined], // it is shutting down: that passes
  ];
  for (const [code, refusal] of goodbyes) {
    await using server = await answering(Buffer.from([0x20, 3, 0, 0, 0]));
    const session = await dial(urlOf(server));
    expect(session.refusal).toBeUndefined();
    server.emit('say', Buffer.from([0xe0, 2, code, 0]));
    expect(await session.ended).toContain('good-bye');
    expect(session.refusal).toBe(refusal);
  }
});

test('a subscription that is not granted is refused', async () => {
  await using server = await answering(Buffer.from([0x20, 3, 0, 0, 0]));
  server.on('connection', (socket) =>
    socket.on('data', (bytes) => {
      const isSubscribe = bytes[0] === 0x82;
      if (isSubscribe) socket.write(Buffer.from([0x90, 4, bytes[2] ?? 0, bytes[3] ?? 0, 0, 0x87]));
    }),
  );
  const session = await dial(urlOf(server));
  const error = await session.subscribe('secret/#', () => {}).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ kind: 'refused' });
  session.destroy();
  const cut = await dial(urlOf(server));
  const subscribed = cut.subscribe('more/#', () => {}).catch((thrown: unknown) => thrown);
  cut.destroy();
  expect(await subscribed).toMatchObject({ kind: 'unreachable' });
});

test('what the server states is kept: no packet larger than it takes, none retained where it cannot', async () => {
  // CONNACK: Receive Maximum 7, maximum packet size 100, retain not available.
  const properties = [0x21, 0, 7, 0x27, 0, 0, 0, 100, 0x25, 0];
  await using server = await answering(
    Buffer.from([0x20, 3 + properties.length, 0, 0, properties.length, ...properties]),
  );
  const heard: Buffer[] = [];
  server.on('connection', (socket) => socket.on('data', (bytes) => heard.push(bytes)));
  const session = await dial(urlOf(server));
  expect(session).toMatchObject({ receiveMaximum: 7, maxPacketBytes: 100 });
  expect(await session.publish('t', 'x'.repeat(100))).toMatchObject({ kind: 'refused', because: 'size' });
  void session.publish('t', 'small', true);
  await expect.poll(() => Buffer.concat(heard).includes('small')).toBe(true);
  const publish = Buffer.concat(heard).subarray(Buffer.concat(heard).indexOf(Buffer.from([0, 1, 0x74])) - 2);
  expect(publish[0]).toBe(0x32); // QoS 1, not retained
  expect(Buffer.concat(heard).includes('xxxx')).toBe(false);
  session.destroy();
  await session.ended;
});

test('giving up while it connects ends it at once', async () => {
  await using silent = await answering(Buffer.alloc(0));
  const stop = new AbortController();
  const dialled = dialMqtt({ url: urlOf(silent), clientId: 'wire-test', protocol: 5 }, stop.signal);
  setTimeout(() => stop.abort(), 50);
  expect((await errorOf(dialled)).kind).toBe('unreachable');
});

describeWith(['mosquitto'], 'the wire and a real broker', () => {
  test('good-bye waits for the acks of what was sent, and the Will is not published', async () => {
    await using mosquitto = await Mosquitto.start();
    const heard: string[] = [];
    const listener = await dial(mosquitto.url, { clientId: 'listener' });
    await listener.subscribe('#', ({ topic, payload }) => void heard.push(`${topic} ${payload.toString()}`));
    const session = await dial(mosquitto.url, { will: { topic: 'will', payload: 'gone' } });
    const ack = session.publish('last', 'words');
    await session.end();
    expect(await ack).toEqual({ kind: 'acked' });
    const cut = await dial(mosquitto.url, { will: { topic: 'will', payload: 'cut' } });
    cut.destroy();
    await expect.poll(() => heard).toEqual(['last words', 'will cut']);
    await listener.end();
  });

  test('good-bye over a dead line takes two seconds at most', async () => {
    await using mosquitto = await Mosquitto.start();
    await using link = await LinkProxy.to(mosquitto.port);
    const session = await dial(link.url);
    link.swallow();
    void session.publish('t', 'x');
    const began = performance.now();
    await session.end();
    await session.ended;
    expect(performance.now() - began).toBeLessThan(3000);
  });

  test.for([4, 5] as const)(
    'a kept session brings what came meanwhile, and not before somebody listens: MQTT %i',
    async (protocol) => {
      await using mosquitto = await Mosquitto.start();
      const kept = { clientId: 'kept', sessionSeconds: 60, protocol } as const;
      const first = await dial(mosquitto.url, kept);
      await first.subscribe('news/#', () => {});
      await first.end();
      const sender = await dial(mosquitto.url);
      for (const word of ['one', 'two', 'three']) await sender.publish('news/x', word);
      const second = await dial(mosquitto.url, kept);
      await wait(100); // the broker has sent them by now
      const heard: string[] = [];
      await second.subscribe('news/#', async ({ payload }) => {
        await wait(5);
        heard.push(payload.toString());
      });
      await expect.poll(() => heard).toEqual(['one', 'two', 'three']);
      await Promise.all([second.end(), sender.end()]);
    },
  );

  test('what a listener could not deal with is not acked, and comes again', async () => {
    await using mosquitto = await Mosquitto.start();
    const kept = { clientId: 'kept', sessionSeconds: 60 };
    const first = await dial(mosquitto.url, kept);
    await first.subscribe('news', () => {
      throw new Error('no');
    });
    const sender = await dial(mosquitto.url);
    await sender.publish('news', 'important');
    await first.ended;
    const second = await dial(mosquitto.url, kept);
    const heard: string[] = [];
    await second.subscribe('news', ({ payload }) => void heard.push(payload.toString()));
    await expect.poll(() => heard).toEqual(['important']);
    await Promise.all([second.end(), sender.end()]);
  });

  test('listeners hear what is under their filter', async () => {
    await using mosquitto = await Mosquitto.start();
    const session = await dial(mosquitto.url);
    const heard: string[] = [];
    for (const filter of ['a/+', 'b/#', 'c'])
      await session.subscribe(filter, ({ topic }) => void heard.push(`${filter}: ${topic}`));
    for (const topic of ['a/1', 'a/1/2', 'b', 'b/1/2', 'c', 'c/1']) await session.publish(topic, '');
    await expect.poll(() => heard).toEqual(['a/+: a/1', 'b/#: b', 'b/#: b/1/2', 'c: c']);
    await session.end();
  });
});
