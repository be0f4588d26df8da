import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { settle } from '../test/fakes/fake-clock.ts';
import { fakeSocket, type FakeSocket } from '../test/fakes/fake-socket.ts';
import { Outbox, OutboxPool } from './outbox.ts';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Box extends FakeSocket {
  readonly overflows: () => number;
}

function box(pool = new OutboxPool(1e9), mostBytes = 10_000): Box {
  const fake = fakeSocket();
  let count = 0;
  Outbox.takeOver(fake.socket, {
    mostBytes,
    pool,
    onOverflow: () => {
      count++;
      fake.socket.destroy();
    },
  });
  return { ...fake, overflows: () => count };
}

const sent = ({ written }: FakeSocket): string => Buffer.concat(written).toString();

describe('what is written to a client', () => {
  test('in one turn leaves in one write, in order', async () => {
    const client = box();
    for (const part of ['a', Buffer.from('b'), Buffer.from([0xe6, 0xb0, 0xb4]), '位', '', Buffer.alloc(0), 'c'])
      expect(client.socket.write(part)).toBe(true);
    expect(client.written).toHaveLength(0);
    await settle();
    expect(client.written).toHaveLength(1);
    expect(sent(client)).toBe('ab水位c');
  });

  test('keeps its order while the client reads slowly, and leaves in few writes', async () => {
    const client = box();
    client.setReading(false);
    let expected = '';
    for (let index = 0; index < 1000; index++) {
      const part = `${index},`;
      expected += part;
      client.socket.write(index % 2 ? part : Buffer.from(part));
      if (index % 100 === 0) await settle();
    }
    client.setReading(true);
    await settle();
    expect(sent(client)).toBe(expected);
    expect(client.written.length).toBeLessThan(6);
  });

  test('never waits, and is the end of a client that does not read', async () => {
    const pool = new OutboxPool(1e9);
    const client = box(pool, 10_000);
    client.setReading(false);
    for (let index = 0; index < 100; index++) {
      expect(client.socket.write(Buffer.alloc(100))).toBe(true);
      await settle();
    }
    expect([client.overflows(), pool.bytes]).toEqual([0, 10_000]);
    client.socket.write('x');
    expect(client.overflows()).toBe(1);
    for (let index = 0; index < 100; index++) client.socket.write(Buffer.alloc(1000));
    expect([client.overflows(), pool.bytes]).toEqual([1, 0]);
  });

  test('does not keep alive the bytes that it was cut from', async () => {
    const client = box(new OutboxPool(1e9), 1e6);
    client.setReading(false);
    client.socket.write('first');
    await settle();
    const chunks: WeakRef<ArrayBufferLike>[] = [];
    for (let index = 0; index < 2000; index++) {
      const chunk = Buffer.alloc(65_536);
      chunks.push(new WeakRef(chunk.buffer));
      client.socket.write(chunk.subarray(0, 10));
    }
    await settle();
    collectGarbage();
    // In lots of 512 they were joined in memory of their own; at most the last lot is still cut from the chunks.
    expect(chunks.filter((chunk) => chunk.deref() !== undefined).length).toBeLessThan(600);
    client.setReading(true);
    await settle();
    expect(sent(client)).toHaveLength(5 + 2000 * 10);
  });

  test('is flushed before the connection is ended, and nothing comes after', async () => {
    const client = box();
    client.setReading(false);
    client.socket.write('a');
    await settle();
    client.socket.write('b');
    client.socket.end();
    client.socket.write('c');
    client.setReading(true);
    await settle();
    await settle();
    expect(sent(client)).toBe('ab');
    expect(client.socket.writableFinished).toBe(true);
  });

  test('is forgotten when the connection ends', async () => {
    const pool = new OutboxPool(1e9);
    const clients = Array.from({ length: 50 }, () => box(pool));
    for (const client of clients) {
      client.setReading(false);
      client.socket.write('under way');
    }
    await settle();
    for (const client of clients) client.socket.write('waits');
    expect(pool.bytes).toBe(50 * 14);
    for (const client of clients) client.socket.destroy();
    await settle();
    expect(pool.bytes).toBe(0);
    await settle();
    expect(pool.bytes).toBe(0);
  });
});

describe('what waits for all clients', () => {
  test('is bounded: the one for which most waits goes', async () => {
    const pool = new OutboxPool(10_000);
    const [small, large, other] = [box(pool), box(pool), box(pool)];
    for (const client of [small, large, other]) client.setReading(false);
    small.socket.write(Buffer.alloc(1000));
    large.socket.write(Buffer.alloc(6000));
    await settle();
    other.socket.write(Buffer.alloc(2000));
    expect([small, large, other].map((client) => client.overflows())).toEqual([0, 0, 0]);
    small.socket.write(Buffer.alloc(1500));
    expect([small, large, other].map((client) => client.overflows())).toEqual([0, 1, 0]);
    expect(pool.bytes).toBe(4500);
  });
});
