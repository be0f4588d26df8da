import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { maxBatchBytes, maxBatchReadings, type Encoding } from '../model/delivery.ts';
import { settle } from '../test/fakes/fake-clock.ts';
import { seeded } from '../test/fakes/fault-disk.ts';
import type { Sent } from '../test/fakes/fake-wire.ts';
import { contentOf, ForwardRig, summaryOf } from '../test/forward/rig.ts';

const chance = seeded(20_261_122);
const noise = (): string => String.fromCharCode(...Array.from({ length: 200 }, () => 93 + chance() * 33));

const batches = (rig: ForwardRig): readonly Sent[] => rig.wire.sent.filter((sent) => contentOf(sent).kind === 'batch');
const readingsIn = (sent: Sent): number => {
  const content = contentOf(sent);
  return content.kind === 'batch' ? content.batch.readings.length : 0;
};

test.for<[Encoding, number]>([
  ['json', 40],
  ['json', 1100],
  ['gzip', 200],
  ['zstd', 200],
  ['zstd', 1100],
])('no batch is over 64 KiB as sent or 500 readings: %s, readings of %i bytes', async ([encoding, bytes]) => {
  const rig = new ForwardRig({ encoding });
  rig.log.readings(7000, bytes);
  await rig.start();
  await rig.drain();
  const sizes = batches(rig).map(({ payload }) => payload.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(maxBatchBytes);
  expect(Math.max(...batches(rig).map(readingsIn))).toBeLessThanOrEqual(maxBatchReadings);
  // It looked: some batches are as large as they may be, one way or the other.
  expect(Math.max(...sizes) > 0.8 * maxBatchBytes || Math.max(...batches(rig).map(readingsIn)) === 500).toBe(true);
  expect(rig.ledger.report()).toMatchObject({ isComplete: true, violations: 0 });
});

test('a batch that packs worse than those before it is still no larger than allowed', async () => {
  const rig = new ForwardRig({ encoding: 'zstd' });
  rig.log.readings(5000, 300);
  await rig.start();
  await rig.drain();
  // Noise does not pack, and the last batches promised a ratio of ten and more.
  rig.log.readings(2000, 300, noise);
  await settle();
  await rig.drain();
  expect(Math.max(...batches(rig).map(({ payload }) => payload.length))).toBeLessThanOrEqual(maxBatchBytes);
  expect(rig.ledger.report()).toMatchObject({ isComplete: true, violations: 0 });
});

test.for([
  ['gzip', gunzipSync],
  ['zstd', zstdDecompressSync],
] as const)('a batch packed with %s is one frame, on a topic that says so', async ([encoding, unpack]) => {
  const rig = new ForwardRig({ encoding });
  rig.log.readings(20);
  await rig.start();
  const [sent] = batches(rig);
  expect(sent?.topic).toBe(`city/lp-test/backfill/${encoding}`);
  expect(JSON.parse(String(sent && unpack(sent.payload)))).toMatchObject({ from: 1, to: 20, lane: 'backfill' });
  expect(rig.wire.session.on('/status').length).toBe(1);
});

test('consecutive frames of the journal travel together', async () => {
  const rig = new ForwardRig();
  rig.log.readings(40, 100); // the journal in memory stores seven a frame
  await rig.start();
  expect(rig.said).toEqual(['status', 'backfill 1..40']);
});

test('an entry larger than the window still goes, alone', async () => {
  const rig = new ForwardRig();
  rig.log.readings(3, 20_000);
  await rig.start();
  await rig.drain();
  expect(rig.said.filter((said) => said !== 'status')).toEqual(['backfill 1', 'backfill 2', 'backfill 3']);
});

test('what is in flight never exceeds the window, alarms left out', async () => {
  const rig = new ForwardRig();
  rig.log.readings(3000, 250);
  await rig.start();
  let looked = 0;
  let window = 16 * 1024;
  while (rig.wire.session.waiting.length > 0) {
    const bytes = rig.wire.session.waiting.reduce((sum, { payload }) => sum + payload.length, 0);
    expect(bytes).toBeLessThanOrEqual(window);
    const [first] = rig.wire.session.waiting;
    window += (first?.payload.length ?? 0) + 100;
    first?.ack();
    await settle();
    looked++;
  }
  expect(looked).toBeGreaterThan(15);
});

test.for([2, 3, 20])('the Receive Maximum %i is kept, and its last slot is for alarms', async (receiveMaximum) => {
  const rig = new ForwardRig();
  rig.wire.limits = { receiveMaximum };
  rig.log.readings(6000, 1000);
  await rig.start();
  let most = 0;
  for (let round = 0; round < 400 && rig.wire.session.waiting.length > 0; round++) {
    most = Math.max(most, rig.wire.session.waiting.length);
    expect(rig.wire.session.waiting.length).toBeLessThan(receiveMaximum);
    rig.wire.session.waiting[0]?.ack();
    rig.log.readings(5, 1000);
    await settle();
  }
  expect(most).toBe(receiveMaximum - 1);
  for (let alarm = 0; alarm < 5; alarm++) rig.log.alarm('active', 'critical', `rule-${alarm}`);
  await settle();
  expect(rig.wire.session.waiting.length).toBe(receiveMaximum);
  expect(rig.wire.session.on('/alarm').length).toBeGreaterThan(0);
});

test('a storm of alarms is bounded on the wire, and nothing else goes meanwhile', async () => {
  const rig = new ForwardRig();
  await rig.start();
  await rig.drain();
  const before = rig.wire.session.sent.length;
  for (let alarm = 0; alarm < 2000; alarm++)
    rig.log.alarm(alarm % 2 ? 'normal' : 'active', 'warning', `rule-${alarm % 7}`);
  rig.log.readings(10);
  await settle();
  expect(rig.said.slice(before)).toHaveLength(64);
  await rig.drain();
  expect(rig.said.slice(before, before + 2000).every((said) => said.startsWith('alarm'))).toBe(true);
  expect(rig.said.at(-2) === 'live 2001..2010' || rig.said.at(-1) === 'live 2001..2010').toBe(true);
});

test('what is refused for its size is split until it fits, and what follows is small from the start', async () => {
  const rig = new ForwardRig();
  const limit = 3000;
  let refusals = 0;
  rig.log.readings(400, 250);
  rig.wire.onSent = (sent) => {
    if (sent.payload.length <= limit) rig.deliver(sent);
    else {
      refusals++;
      sent.refuse('size');
    }
  };
  await rig.start();
  await settle();
  await rig.drain();
  expect(rig.ledger.report()).toMatchObject({ isComplete: true, violations: 0 });
  expect(refusals).toBeGreaterThan(0);
  expect(refusals).toBeLessThan(8);
  expect(rig.wire.sessions).toHaveLength(1);
});

test.for(['size', 'content'] as const)(
  'one entry refused for its %s is found, and a gap stands for it',
  async (because) => {
    const rig = new ForwardRig();
    const culprits = new Set([137, 400]);
    let refusals = 0;
    rig.log.readings(500, 150);
    rig.wire.onSent = (sent) => {
      const content = contentOf(sent);
      if (content.kind === 'batch' && content.batch.readings.some(({ id }) => culprits.has(Number(id.split('-')[1])))) {
        refusals++;
        sent.refuse(because);
      } else {
        rig.deliver(sent);
      }
    };
    await rig.start();
    for (let round = 0; round < 60; round++) await settle();
    const gaps = rig.wire.session.on('/gap').map(summaryOf);
    expect(gaps).toEqual(['gap 137 refused', 'gap 400 refused']);
    expect(refusals).toBeLessThan(30);
    expect(rig.ledger.report()).toMatchObject({ isComplete: true, violations: 0 });
    expect(rig.ledger.report().gateways[0]?.epochs[0]).toMatchObject({ entries: 498 });
  },
);

test('an alarm refused for its content becomes a gap too, and is remembered as refused', async () => {
  const rig = new ForwardRig();
  rig.log.alarm();
  rig.wire.onSent = (sent) => (contentOf(sent).kind === 'batch' ? sent.refuse('content') : sent.ack());
  await rig.start();
  expect(rig.said).toContain('gap 1 refused');
  expect(rig.log.upstream('city').refused.get(1000)?.ranges).toEqual([[1, 1]]);
  expect(rig.forwarder.view.state).toBe('online');
});

test('a broker that takes no large packets is not sent any', async () => {
  const rig = new ForwardRig();
  rig.wire.limits = { maxPacketBytes: 2048 };
  rig.log.readings(200, 250);
  await rig.start();
  await rig.drain();
  for (const { topic, payload } of rig.wire.sent) expect(topic.length + payload.length).toBeLessThan(2048);
  expect(rig.ledger.report().isComplete).toBe(true);
});
