import { describe, expect, test } from 'vitest';
import { Sessions, type Owner, type QueuedPacket } from './sessions.ts';

const limits = { maxSessions: 3, sessionMs: 1000, maxQueued: 5, maxQueuedBytes: 10_000 };
const local: Owner = { name: undefined, mayReceive: () => true };
const user = (name: string): Owner => ({ name, mayReceive: (topic) => topic.startsWith(name) });

let counter = 0;
const message = (topic: string, payload = 'x', qos: 1 | 2 = 1): QueuedPacket => ({
  cmd: 'publish',
  brokerId: 'b',
  brokerCounter: ++counter,
  topic,
  payload: Buffer.from(payload),
  qos,
  retain: false,
  dup: false,
});

function sessionsWith(id: string, owner: Owner, ...filters: readonly string[]): Sessions {
  const sessions = new Sessions(limits);
  sessions.subscribe(
    id,
    owner,
    filters.map((topic) => ({ topic, qos: 1 })),
  );
  return sessions;
}

const payloadsOf = (sessions: Sessions, id: string): readonly string[] =>
  sessions.owed(id).map((queued) => (queued.cmd === 'publish' ? String(queued.payload) : queued.cmd));

describe('a session', () => {
  test('keeps messages in order until they are acked', () => {
    const sessions = sessionsWith('c', local, 'a/#');
    const packets = ['1', '2', '3'].map((payload) => message('a/b', payload));
    for (const packet of packets) sessions.enqueue('c', packet);
    expect([...sessions.subscribersOf('a/b')]).toEqual([['c', 1]]);
    sessions.sent('c', packets[1]?.brokerCounter ?? 0, 77);
    sessions.acked('c', 77);
    sessions.acked('c', 78);
    expect(payloadsOf(sessions, 'c')).toEqual(['1', '3']);
  });

  test('marks as a repeat what was sent before, under the same packet identifier', () => {
    const sessions = sessionsWith('c', local, 'a');
    const [first, second] = [message('a', '1'), message('a', '2')];
    sessions.enqueue('c', first);
    sessions.enqueue('c', second);
    sessions.sent('c', first.brokerCounter, 9);
    expect(sessions.owed('c')).toMatchObject([{ messageId: 9, dup: true }, { dup: false }]);
  });

  test('owes only the release once the client has a QoS 2 message', () => {
    const sessions = sessionsWith('c', local, 'a');
    const packet = message('a', 'x', 2);
    sessions.enqueue('c', packet);
    sessions.sent('c', packet.brokerCounter, 5);
    sessions.received('c', 5);
    expect(sessions.owed('c')).toEqual([{ cmd: 'pubrel', messageId: 5 }]);
    sessions.acked('c', 5);
    expect(sessions.owed('c')).toEqual([]);
  });

  test('gets a message once, however many of its subscriptions it belongs to', () => {
    const sessions = sessionsWith('c', local, 'a/#', 'a/+', '#');
    const packet = message('a/b');
    for (const id of sessions.subscribersOf('a/b').keys()) sessions.enqueue(id, packet);
    expect(sessions.owed('c')).toHaveLength(1);
  });

  test('of a client that stays away loses its oldest messages, and says so', () => {
    const sessions = sessionsWith('c', local, 'a');
    for (let index = 0; index < 1000; index++) sessions.enqueue('c', message('a', String(index)));
    expect(payloadsOf(sessions, 'c')).toEqual(['995', '996', '997', '998', '999']);
    expect(sessions.dropped).toBe(995);
    for (let index = 0; index < 5; index++) sessions.enqueue('c', message('a', 'y'.repeat(4000)));
    expect(payloadsOf(sessions, 'c').map((payload) => payload.length)).toEqual([4000, 4000]);
  });

  test('does not queue what its user may not receive', () => {
    const sessions = sessionsWith('c', user('pump'), '#');
    sessions.enqueue('c', message('mast/x'));
    sessions.enqueue('c', message('pump/x'));
    expect(sessions.owed('c')).toHaveLength(1);
  });

  test('goes on with its owner, and ends when somebody else comes with its client id', () => {
    const sessions = sessionsWith('c', user('pump'), 'pump/#');
    sessions.claim('c', user('pump'));
    expect(sessions.subscriptionsOf('c')).toHaveLength(1);
    expect(sessions.ownerOf('c')?.name).toBe('pump');
    sessions.claim('c', user('mast'));
    expect(sessions.subscriptionsOf('c')).toEqual([]);
    expect([...sessions.subscribersOf('pump/x')]).toEqual([]);
  });

  test('ends when its client stays away too long, not before and not while it is there', () => {
    const sessions = sessionsWith('c', local, 'a');
    sessions.expire(1e9);
    sessions.leave('c', 5000);
    sessions.expire(5999);
    expect(sessions.count).toBe(1);
    sessions.claim('c', local);
    sessions.expire(1e9);
    expect(sessions.count).toBe(1);
    sessions.leave('c', 5000);
    sessions.expire(6000);
    expect(sessions.count).toBe(0);
  });

  test('of the client that is away longest makes room for a new one', () => {
    const sessions = new Sessions(limits);
    for (const id of ['one', 'two', 'three']) sessions.subscribe(id, local, [{ topic: id, qos: 1 }]);
    sessions.leave('two', 1);
    sessions.leave('three', 2);
    sessions.subscribe('four', local, [{ topic: 'four', qos: 1 }]);
    expect(sessions.count).toBe(3);
    expect(sessions.subscriptionsOf('two')).toEqual([]);
    for (let index = 0; index < 100; index++) {
      sessions.subscribe(`n${index}`, local, [{ topic: 'n', qos: 1 }]);
      sessions.leave(`n${index}`, 10 + index);
    }
    expect(sessions.count).toBe(3);
  });

  test('forgets a filter of QoS 0 for absent clients, and knows the highest QoS of several', () => {
    const sessions = new Sessions(limits);
    sessions.subscribe('c', local, [
      { topic: 'a', qos: 1 },
      { topic: '+', qos: 2 },
    ]);
    expect(sessions.subscribersOf('a').get('c')).toBe(2);
    sessions.subscribe('c', local, [
      { topic: 'a', qos: 0 },
      { topic: '+', qos: 0 },
    ]);
    expect(sessions.subscribersOf('a').size).toBe(0);
    sessions.unsubscribe('c', ['a']);
    expect(sessions.subscriptionsOf('c')).toEqual([{ topic: '+', qos: 0 }]);
  });

  test('remembers which QoS 2 messages have begun to come', () => {
    const sessions = new Sessions(limits);
    sessions.beginReceipt('c', local, 3);
    expect(sessions.unreleasedOf('c').has(3)).toBe(true);
    sessions.endReceipt('c', 3);
    sessions.endReceipt('nobody', 3);
    expect(sessions.unreleasedOf('c').has(3)).toBe(false);
  });
});
