import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';
import { mostWaitingSamples, type FromChild } from './protocol.ts';

type Samples = Extract<FromChild, { kind: 'samples' }>;

const batchOf = (count: number): Samples => ({
  kind: 'samples',
  device: 'd',
  samples: Array.from({ length: count }, () => ({
    device: 'd',
    channel: 'c',
    value: 1,
    quality: 'good',
    time: { mono: 1 },
  })),
});

function start(credits: number): { outbox: Outbox; sent: number[]; full: boolean[] } {
  const sent: number[] = [];
  const full: boolean[] = [];
  const outbox = new Outbox({
    credits,
    send: (message) => void (message.kind === 'samples' && sent.push(message.samples.length)),
    onFull: (isFull) => void full.push(isFull),
  });
  return { outbox, sent, full };
}

test('samples pass while there are credits, and wait in order for more', () => {
  const { outbox, sent } = start(3);
  for (const count of [2, 1, 1, 4]) outbox.add(batchOf(count));
  expect(sent).toEqual([2, 1]);
  outbox.grant(1);
  expect(sent).toEqual([2, 1, 1]);
  outbox.grant(1);
  expect(sent).toEqual([2, 1, 1, 4]);
});

test('a flood stops the ports, and they go on when the core has caught up', () => {
  const { outbox, full } = start(0);
  for (let count = 0; count < mostWaitingSamples; count++) outbox.add(batchOf(1));
  expect(full).toEqual([true]);
  outbox.grant(mostWaitingSamples);
  expect(full).toEqual([true, false]);
});
