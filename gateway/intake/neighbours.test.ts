import { expect, test } from 'vitest';
import type { Sample } from '../model/reading.ts';
import { Neighbours, type Neighbour, type NeighbourMessage } from './neighbours.ts';

const sample = (value: number): Sample => ({
  device: 'door',
  channel: 'on',
  value,
  quality: 'good',
  time: { mono: 1 },
});

/** Says what its payload says: a number is a sample, `up` and `down` are words, everything else is rejected. */
function neighbour(id: string, topics: readonly string[], due: Sample[] = []): Neighbour {
  return {
    id,
    topics: new Set(topics),
    hear: (_topic, payload) => {
      const text = Buffer.from(payload).toString();
      if (text === 'up' || text === 'down') return { samples: [], isUp: text === 'up' };
      if (text === 'deep') throw new RangeError('Maximum call stack size exceeded');
      const number = Number(text);
      return Number.isFinite(number) ? { samples: [sample(number)], isUp: true } : { samples: [], rejected: 'what?' };
    },
    tick: () => due.splice(0),
  };
}

function start(isKept = true) {
  const calls: string[] = [];
  const clock = { mono: 0 };
  const due: Sample[] = [];
  const room = { whenRoom: async (): Promise<void> => {} };
  const neighbours = new Neighbours({
    devices: [neighbour('a', ['t/1', 't/2'], due), neighbour('b', ['t/2'])],
    packets: {
      take: async (device, samples, key, mayRepeat) => {
        calls.push(`kept ${device} ${samples[0]?.value} ${key?.replaceAll('\0', ' ')} ${mayRepeat}`);
        return isKept;
      },
    },
    accept: (samples) => void calls.push(`accepted ${samples[0]?.value}`),
    whenRoom: () => room.whenRoom(),
    link: (device, isUp) => void calls.push(`${device} ${isUp ? 'up' : 'down'}`),
    quarantine: async (device, payload, why) => void calls.push(`${device} ${payload.toString()}: ${why}`),
    mono: () => clock.mono,
  });
  const take = async (payload: string, changes: Partial<NeighbourMessage> = {}): Promise<void> =>
    neighbours.take({
      topic: 't/1',
      payload: Buffer.from(payload),
      client: 'z2m',
      packetId: undefined,
      isRepeat: false,
      qos: 0,
      ...changes,
    });
  return { calls, clock, due, room, neighbours, take };
}

test('a message goes to each device that is read from its topic, and to no other', async () => {
  const { calls, take } = start();
  await take('5');
  await take('6', { topic: 't/2' });
  await take('7', { topic: 't/3' });
  expect(calls).toEqual(['a up', 'accepted 5', 'b up', 'accepted 6', 'accepted 6']);
});

test('a message of QoS 1 waits until it is kept, and is told as a repeat only where its client says so', async () => {
  const { calls, take } = start();
  await take('5', { qos: 1, packetId: 9 });
  await take('5', { qos: 1, packetId: 9, isRepeat: true });
  expect(calls.slice(1)).toEqual(['kept a 5 z2m 9 t/1 5 false', 'kept a 5 z2m 9 t/1 5 true']);
});

test('a message that the journal cannot keep is not acked', async () => {
  await expect(start(false).take('5', { qos: 1, packetId: 9 })).rejects.toThrow('the journal cannot keep it');
});

test('a message does not overtake the one before it on its topic', async () => {
  const room = Promise.withResolvers<boolean>();
  const order: string[] = [];
  const neighbours = new Neighbours({
    devices: [neighbour('a', ['t/1', 't/2'])],
    packets: { take: () => room.promise },
    accept: () => {},
    whenRoom: async () => {},
    link: () => {},
    quarantine: async () => {},
    mono: () => 0,
  });
  const take = (topic: string, payload: string): Promise<unknown> =>
    neighbours
      .take({ topic, payload: Buffer.from(payload), client: 'c', packetId: 1, isRepeat: false, qos: 1 })
      .then(() => order.push(`${topic} ${payload}`));
  const all = [take('t/1', '5'), take('t/1', 'up'), take('t/2', 'up')];
  await all[2];
  expect(order).toEqual(['t/2 up']);
  room.resolve(true);
  await Promise.all(all);
  expect(order).toEqual(['t/2 up', 't/1 5', 't/1 up']);
});

test('a word is told when it changes', async () => {
  const { calls, take } = start();
  for (const word of ['up', 'up', 'down', 'down', 'up']) await take(word);
  expect(calls).toEqual(['a up', 'a down', 'a up']);
});

test('what nobody understands goes into quarantine, of a flood one each second', async () => {
  const { calls, clock, take } = start();
  for (let count = 0; count < 100; count++) {
    await take('x');
    clock.mono += 25;
  }
  expect(calls).toEqual(['a x: what?', 'a x: what?', 'a x: what?']);
});

test('a message nested deeper than the stack goes into quarantine, and its sender need not repeat it', async () => {
  const { calls, take } = start();
  await take('deep', { qos: 1, packetId: 9 });
  expect(calls).toEqual(['a deep: it cannot be read: Maximum call stack size exceeded']);
});

test('what falls due later is taken then', () => {
  const { calls, due, neighbours } = start();
  due.push(sample(0));
  neighbours.tick();
  expect(calls).toEqual(['accepted 0']);
});

test('what fell due before a repeat is not thrown away with it', async () => {
  const { calls, due, take } = start();
  due.push(sample(3));
  await take('5', { qos: 1, packetId: 9, isRepeat: true });
  expect(calls).toEqual(['accepted 3', 'a up', 'kept a 5 z2m 9 t/1 5 true']);
});

test('a flood of QoS 0 waits for room in the journal', async () => {
  const { calls, room, take } = start();
  const gate = Promise.withResolvers<void>();
  room.whenRoom = () => gate.promise;
  const taken = Promise.all([take('5'), take('6')]);
  await Promise.resolve();
  expect(calls).toEqual(['a up']);
  gate.resolve();
  await taken;
  expect(calls).toEqual(['a up', 'accepted 5', 'accepted 6']);
});
