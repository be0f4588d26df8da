import { describe, expect, test } from 'vitest';
import { settle } from '../test/fakes/fake-clock.ts';
import { messageOf, PublisherRig } from '../test/intake/publisher.ts';
import type { IngestMessage } from './ingest.ts';

/** Sends one message; the result says how its sender fares by now: waits, acked, or the error. */
function send(rig: PublisherRig, content: unknown, changes: Partial<IngestMessage> = {}): () => Promise<string> {
  let fate = 'waits';
  rig.ingest.take(messageOf(content, changes)).then(
    () => (fate = 'acked'),
    (error: unknown) => (fate = String(error)),
  );
  return async () => {
    await settle();
    return fate;
  };
}

describe('a message', () => {
  test('is acked when it is durable, not before', async () => {
    const rig = new PublisherRig();
    const fate = send(rig, { level: 0.42 });
    expect(await fate()).toBe('waits');
    rig.commit();
    expect(await fate()).toBe('acked');
    expect(rig.stored).toMatchObject([{ device: 'pump-house', channel: 'level', value: 0.42, time: { mono: 1000 } }]);
  });

  test('has its sender’s time where it says one', async () => {
    const rig = new PublisherRig();
    send(rig, [{ level: 1, at: 77 }, { level: 2 }]);
    await settle();
    rig.commit();
    expect(rig.stored.map(({ time }) => time)).toEqual([{ sender: 77 }, { mono: 1000 }]);
  });

  test('is kept all of it together, in its order', async () => {
    const rig = new PublisherRig();
    send(rig, [{ a: 1, b: 2, ref: 'x' }, { a: 3, at: 5 }, { b: 4 }]);
    await settle();
    expect(rig.held).toHaveLength(1);
    expect(rig.held[0]?.awaited.urgency).toBe('ack');
    rig.commit();
    expect(rig.values).toEqual(['a=1', 'b=2', 'a=3', 'b=4']);
  });

  test('that the journal cannot keep is not acked', async () => {
    const rig = new PublisherRig();
    const [first, repeat] = [send(rig, { level: 1, ref: 'x' }), send(rig, { level: 1, ref: 'x' })];
    await settle();
    rig.commit(false);
    expect([await first(), await repeat()]).toEqual([
      'Error: the journal cannot keep it',
      'Error: the journal cannot keep it',
    ]);
    const again = send(rig, { level: 1, ref: 'x' });
    await settle();
    rig.commit();
    expect([await again(), rig.values]).toEqual(['acked', ['level=1']]);
  });

  test('of QoS 0 waits for nobody, and is stored all the same', async () => {
    const rig = new PublisherRig();
    const fate = send(rig, { level: 1 }, { qos: 0, packetId: undefined });
    expect(await fate()).toBe('acked');
    expect(rig.held[0]?.awaited.urgency).toBe('routine');
    rig.commit(false);
    await settle();
  });
});

describe('a repeat', () => {
  test.each<[string, readonly [unknown, Partial<IngestMessage>?], readonly [unknown, Partial<IngestMessage>?]]>([
    ['the same ref, whatever it says', [{ level: 1, ref: 'x' }], [{ level: 2, at: 9, ref: 'x' }, { packetId: 9 }]],
    ['the same channel, sender’s time and value', [{ level: 1, at: 5 }], [{ level: 1, at: 5 }, { client: 'other' }]],
    ['the same packet sent again', [{ level: 1 }], [{ level: 1 }, { isRepeat: true }]],
    [
      'the same packet of several entries sent again',
      [[{ level: 1 }, { level: 1 }]],
      [[{ level: 1 }, { level: 1 }], { isRepeat: true }],
    ],
  ])('is stored once, and acked when the first is durable: %s', async (_name, first, again) => {
    const rig = new PublisherRig();
    const firstFate = send(rig, ...first);
    const repeatFate = send(rig, ...again);
    expect([await firstFate(), await repeatFate()]).toEqual(['waits', 'waits']);
    expect(rig.held).toHaveLength(1);
    const [{ samples: { length } } = { samples: [] }] = rig.held;
    rig.commit();
    expect([await firstFate(), await repeatFate()]).toEqual(['acked', 'acked']);
    const late = send(rig, ...again);
    expect([await late(), rig.held.length, rig.stored.length]).toEqual(['acked', 0, length]);
  });

  test.each<[string, readonly [unknown, Partial<IngestMessage>?], readonly [unknown, Partial<IngestMessage>?]]>([
    ['another ref', [{ level: 1, ref: 'x' }], [{ level: 1, ref: 'y' }]],
    ['another device', [{ level: 1, ref: 'x' }], [{ level: 1, ref: 'x' }, { device: 'other' }]],
    ['another value', [{ level: 1, at: 5 }], [{ level: 2, at: 5 }]],
    ['another time', [{ level: 1, at: 5 }], [{ level: 1, at: 6 }]],
    ['another channel', [{ level: 1, at: 5 }], [{ depth: 1, at: 5 }]],
    ['a new packet that looks the same', [{ level: 1 }], [{ level: 1 }]],
    ['another packet', [{ level: 1 }], [{ level: 1 }, { isRepeat: true, packetId: 2 }]],
    ['another client’s packet', [{ level: 1 }], [{ level: 1 }, { isRepeat: true, client: 'other' }]],
    ['the packet with another payload', [{ level: 1 }], [{ level: 2 }, { isRepeat: true }]],
    [
      'a packet without a number',
      [{ level: 1 }, { packetId: undefined }],
      [{ level: 1 }, { packetId: undefined, isRepeat: true }],
    ],
  ])('it is not: %s', async (_name, first, again) => {
    const rig = new PublisherRig();
    send(rig, ...first);
    await settle();
    rig.commit();
    const fate = send(rig, ...again);
    expect([await fate(), rig.held.length]).toEqual(['waits', 1]);
    rig.commit();
    expect([await fate(), rig.stored.length]).toEqual(['acked', 2]);
  });

  test('of a packet of several entries whose first was lost brings all of them', async () => {
    const rig = new PublisherRig();
    send(rig, [{ level: 1 }, { level: 2 }, { level: 3 }], { isRepeat: true });
    await settle();
    rig.commit();
    expect(rig.values).toEqual(['level=1', 'level=2', 'level=3']);
  });

  test('within one message is stored once', async () => {
    const rig = new PublisherRig();
    const fate = send(rig, [
      { a: 1, ref: 'x' },
      { a: 1, ref: 'x' },
      { a: 2, at: 5 },
      { b: 2, a: 2, at: 5 },
      { a: 3 },
      { a: 3 },
    ]);
    await settle();
    rig.commit();
    expect([await fate(), rig.values]).toEqual(['acked', ['a=1', 'a=2', 'b=2', 'a=3', 'a=3']]);
  });

  test('among new entries does not keep them away, and is waited for', async () => {
    const rig = new PublisherRig();
    const first = send(rig, { a: 1, ref: 'x' });
    await settle();
    const mixed = send(rig, [
      { a: 1, ref: 'x' },
      { a: 2, ref: 'y' },
    ]);
    expect(await mixed()).toBe('waits');
    const [oldest, newer] = rig.held.splice(0);
    newer?.awaited.onKept(true);
    expect([await first(), await mixed()]).toEqual(['waits', 'waits']);
    oldest?.awaited.onKept(true);
    expect([await first(), await mixed()]).toEqual(['acked', 'acked']);
    expect([oldest?.samples.length, newer?.samples.length]).toEqual([1, 1]);
  });

  test('of a message of QoS 0 waits until that is durable', async () => {
    const rig = new PublisherRig();
    send(rig, { a: 1, ref: 'x' }, { qos: 0, packetId: undefined });
    const repeat = send(rig, { a: 1, ref: 'x' });
    expect(await repeat()).toBe('waits');
    rig.commit();
    expect([await repeat(), rig.values]).toEqual(['acked', ['a=1']]);
  });
});

describe('a message that cannot be accepted', () => {
  test.each([
    ['no JSON', Buffer.from('level=1'), undefined],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), undefined],
    ['for nobody', { level: 1, ref: 'x1' }, 'x1'],
    ['several for nobody', [{ level: 1 }, { level: 2, ref: 'x2' }, { level: 3, ref: 'x3' }], 'x2'],
    ['for nobody with a very long name', { level: 1, ref: 'x'.repeat(1000) }, 'x'.repeat(64)],
    ['for nobody with a name that is none', { level: 1, ref: 5 }, undefined],
    ['nested deeper than a stack', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)), undefined],
  ])('is in quarantine with its sender’s name for it, and acked then: %s', async (_name, content, ref) => {
    const done = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    const rig = new PublisherRig({
      parse: (_device, value) => ({ ok: false, why: JSON.stringify(value).slice(0, 20) }),
      quarantine: async (device, _payload, why, ref) => {
        seen.push({ device, hasReason: why.length > 5, ref });
        await done.promise;
      },
    });
    const fate = send(rig, content);
    expect(await fate()).toBe('waits');
    done.resolve();
    expect(await fate()).toBe('acked');
    expect(seen).toEqual([{ device: 'pump-house', hasReason: true, ref }]);
    expect(rig.held).toEqual([]);
  });

  test('is not acked when the quarantine is full', async () => {
    const rig = new PublisherRig({ quarantine: () => Promise.reject(new Error('too much for the quarantine')) });
    expect(await send(rig, Buffer.from('x'))()).toBe('Error: too much for the quarantine');
  });

  test('may begin with a byte order mark and be one all the same', async () => {
    const rig = new PublisherRig();
    send(rig, Buffer.from('\ufeff{"level":1}'));
    await settle();
    rig.commit();
    expect(rig.values).toEqual(['level=1']);
  });
});

test('messages wait for room in the journal and go in one by one, as they came', async () => {
  let [isFull, most] = [true, 0];
  let waiting: (() => void)[] = [];
  const rig = new PublisherRig({
    whenRoom: async () => {
      while (isFull) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    accept: (samples, attachments, awaited) => {
      expect(isFull).toBe(false);
      isFull = true;
      most = Math.max(most, rig.held.push({ samples, ...attachments, awaited }));
    },
  });
  const fates = Array.from({ length: 50 }, (_, index) => send(rig, { a: index }));
  await settle();
  expect(rig.held).toEqual([]);
  for (let round = 0; round < 50; round++) {
    isFull = false;
    const wake = waiting;
    waiting = [];
    for (const resolve of wake) resolve();
    await settle();
    rig.commit();
  }
  expect(rig.values).toEqual(Array.from({ length: 50 }, (_, index) => `a=${index}`));
  expect(most).toBe(1);
  expect(await Promise.all(fates.map((fate) => fate()))).toEqual(Array.from({ length: 50 }, () => 'acked'));
});
