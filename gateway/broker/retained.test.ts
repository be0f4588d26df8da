import { describe, expect, test } from 'vitest';
import { RetainedMessages, type RetainedPacket } from './retained.ts';

const limits = { maxRetained: 3, maxRetainedBytes: 1000 };
const message = (topic: string, payload: string | Buffer = 'x') =>
  ({ cmd: 'publish', topic, payload, qos: 0 }) as const;

async function found(retained: RetainedMessages, ...filters: readonly string[]): Promise<readonly RetainedPacket[]> {
  const packets: RetainedPacket[] = [];
  for await (const packet of retained.find(filters)) packets.push(packet);
  return packets;
}

const topicsIn = async (...about: Parameters<typeof found>): Promise<readonly string[]> =>
  (await found(...about)).map(({ topic }) => topic);

describe('retained messages', () => {
  test('are found by their filters, the newest of each topic', async () => {
    const retained = new RetainedMessages(limits);
    for (const topic of ['a/b', 'a/c', 'b']) retained.store(message(topic));
    retained.store(message('a/b', 'newer'));
    expect(await topicsIn(retained, 'a/+')).toEqual(['a/c', 'a/b']);
    expect(await topicsIn(retained, 'b', 'nothing')).toEqual(['b']);
    expect(await topicsIn(retained, '#', 'b')).toEqual(['a/c', 'b', 'a/b', 'b']);
    expect((await found(retained, 'a/b')).map(({ payload }) => String(payload))).toEqual(['newer']);
  });

  test('go when an empty one comes', async () => {
    const retained = new RetainedMessages(limits);
    retained.store(message('a'));
    retained.store(message('a', ''));
    expect([retained.count, retained.foreignBytes]).toEqual([0, 0]);
  });

  test('of other programs are bounded in number and bytes, and what does not fit is counted', async () => {
    const retained = new RetainedMessages(limits);
    for (const topic of ['a', 'b', 'c', 'd', 'e']) retained.store(message(topic));
    expect(await topicsIn(retained, '#')).toEqual(['a', 'b', 'c']);
    expect(retained.refused).toBe(2);
    retained.store(message('a', ''));
    retained.store(message('f', Buffer.alloc(1200)));
    expect(retained.refused).toBe(3);
    retained.store(message('f', Buffer.alloc(900)));
    expect(retained.foreignBytes).toBe(905);
    for (let index = 0; index < 1000; index++) retained.store(message('f', Buffer.alloc(900)));
    expect([retained.foreignBytes, retained.refused]).toEqual([905, 3]);
  });

  test('that no longer fit are not left as they were', async () => {
    const retained = new RetainedMessages(limits);
    retained.store(message('a', 'closed'));
    retained.store(message('a', Buffer.alloc(2000)));
    expect(await topicsIn(retained, 'a')).toEqual([]);
  });

  test('of the gateway always fit, and take no room from others', async () => {
    const retained = new RetainedMessages(limits);
    for (let index = 0; index < 20; index++)
      retained.store(message(`lamppost/1/lp/latest/d${index}`, Buffer.alloc(500)));
    expect([retained.count, retained.foreignBytes, retained.refused]).toEqual([20, 0, 0]);
    retained.store(message('a'));
    expect(retained.refused).toBe(0);
  });

  test('keep no more alive than themselves', async () => {
    const retained = new RetainedMessages(limits);
    const chunk = Buffer.alloc(65_536, 'x');
    retained.store(message('a', chunk.subarray(100, 110)));
    const sizes = (await found(retained, 'a')).map(({ payload }) => (payload as Buffer).buffer.byteLength);
    expect(sizes).toEqual([10]);
  });

  test('let others run while many are searched', async () => {
    const retained = new RetainedMessages({ maxRetained: 5000, maxRetainedBytes: 1e6 });
    for (let index = 0; index < 5000; index++) retained.store(message(`t/${index}`));
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      if (!isDone) setImmediate(count);
      turns++;
    };
    count();
    expect(await topicsIn(retained, 'nothing/+')).toEqual([]);
    isDone = true;
    expect(turns).toBeGreaterThan(5);
  });
});
