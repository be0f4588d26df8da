import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { LinkProxy, type LineConditions } from './link-proxy.ts';

let echo: Server;
let open: Socket[] = [];
beforeEach(async () => {
  echo = createServer((socket) => {
    open.push(socket);
    socket.on('error', () => {}); // cut lines are what these tests are about
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterEach(() => {
  for (const socket of open) socket.destroy();
  open = [];
  echo.close();
});

const through = (conditions: Partial<LineConditions> = {}): Promise<LinkProxy> =>
  LinkProxy.to((echo.address() as AddressInfo).port, conditions);

async function call(link: LinkProxy): Promise<Socket> {
  const socket = connect(link.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  open.push(socket);
  return socket;
}

async function echoed(socket: Socket, bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  socket.write(bytes);
  for await (const part of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= bytes.length) break;
  }
  return Buffer.concat(parts);
}

/** Not `once`: that rejects on the reset that comes before. */
const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test.for([{}, { bitsPerSecond: 40e6, roundTripMs: 7 }])(
  'bytes come out as they went in, in order, and are counted: %o',
  async (how) => {
    await using link = await through(how);
    const sent = randomBytes(1_000_000);
    const got = await echoed(await call(link), sent);
    expect(digest(got)).toBe(digest(sent));
    expect(link.bytes).toEqual({ up: 1_000_000, down: 1_000_000 });
  },
);

test('a slow line takes the time that its rate asks for, a far one its round trip', async () => {
  await using slow = await through({ bitsPerSecond: 800_000 });
  const socket = await call(slow);
  let began = systemClock.mono();
  await echoed(socket, Buffer.alloc(50_000));
  expect(systemClock.mono() - began).toBeGreaterThan(480);
  expect(systemClock.mono() - began).toBeLessThan(800);
  await using far = await through({ roundTripMs: 200 });
  const other = await call(far);
  began = systemClock.mono();
  await echoed(other, Buffer.from('ping'));
  expect(systemClock.mono() - began).toBeGreaterThan(195);
  expect(systemClock.mono() - began).toBeLessThan(350);
});

test('a cut ends what is connected, on both sides, and new calls get through', async () => {
  await using link = await through();
  const socket = await call(link);
  await echoed(socket, Buffer.from('ping'));
  const ended = open.map(closed);
  link.cut();
  await Promise.all(ended);
  expect((await echoed(await call(link), Buffer.from('again'))).toString()).toBe('again');
});

test('what is swallowed is neither answered nor ended; after mending only new calls work', async () => {
  await using link = await through();
  const dead = await call(link);
  await echoed(dead, Buffer.from('ping'));
  link.swallow();
  let heard = 0;
  dead.on('data', () => heard++);
  dead.on('close', () => heard++);
  dead.write('hello?');
  await wait(200);
  link.mend();
  expect((await echoed(await call(link), Buffer.from('new'))).toString()).toBe('new');
  dead.write('hello?');
  await wait(100);
  expect(heard).toBe(0);
});

test('refused calls end at once, and are counted', async () => {
  await using link = await through();
  link.refuse();
  const socket = connect(link.port, '127.0.0.1');
  socket.on('error', () => {});
  await closed(socket);
  expect(link.attempts).toBe(1);
  link.mend();
  expect((await echoed(await call(link), Buffer.from('ping'))).toString()).toBe('ping');
});
