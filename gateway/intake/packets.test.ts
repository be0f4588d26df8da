import { expect, test } from 'vitest';
import type { Sample } from '../model/reading.ts';
import { settle } from '../test/fakes/fake-clock.ts';
import type { Awaited } from './door.ts';
import { Packets } from './packets.ts';

const samples: readonly Sample[] = [{ device: 'a', channel: 'c', value: 1, quality: 'good', time: { sender: 1 } }];

function start(): { packets: Packets; commit: (isKept?: boolean) => Promise<void>; stored: number } {
  const waiting: { readonly awaited: Awaited; readonly keys: readonly string[] }[] = [];
  const seen = new Set<string>();
  const rig = {
    stored: 0,
    packets: new Packets({
      accept: (_samples, { keys = [] }, awaited) =>
        void waiting.push({ awaited, keys: keys.map(({ device, key }) => `${device} ${key}`) }),
      hasSeen: ({ device, key }) => seen.has(`${device} ${key}`),
      whenRoom: async () => {},
      digest: (text) => text,
    }),
    commit: async (isKept = true) => {
      await settle();
      for (const { awaited, keys } of waiting.splice(0)) {
        if (isKept) rig.stored++;
        if (isKept) for (const key of keys) seen.add(key);
        awaited.onKept(isKept);
      }
    },
  };
  return rig;
}

test('a packet is kept when it is durable, and a repeat is kept once, whenever it comes', async () => {
  const rig = start();
  const first = rig.packets.take('a', samples, 'k');
  const again = rig.packets.take('a', samples, 'k');
  await rig.commit();
  expect([await first, await again, await rig.packets.take('a', samples, 'k'), rig.stored]).toEqual([
    true,
    true,
    true,
    1,
  ]);
});

test('a packet that the journal could not keep is tried again when it is sent again', async () => {
  const rig = start();
  const first = rig.packets.take('a', samples, 'k');
  await rig.commit(false);
  expect(await first).toBe(false);
  const again = rig.packets.take('a', samples, 'k');
  await rig.commit();
  expect([await again, rig.stored]).toEqual([true, 1]);
});

test('packets of other devices, with other keys or with none are others', async () => {
  const rig = start();
  const all = [
    rig.packets.take('a', samples, 'k'),
    rig.packets.take('b', samples, 'k'),
    rig.packets.take('a', samples, 'l'),
    rig.packets.take('a', samples, undefined),
    rig.packets.take('a', samples, undefined),
  ];
  await rig.commit();
  expect([await Promise.all(all), rig.stored]).toEqual([[true, true, true, true, true], 5]);
});
