import { expect, test } from 'vitest';
import { settle } from '../test/fakes/fake-clock.ts';
import { ForwardRig } from '../test/forward/rig.ts';
import { throughLink } from '../test/forward/slow-link.ts';
import { SendWindow } from './window.ts';

test('starts at 16 KiB and grows by what is acked, as long as acks are quick', () => {
  const window = new SendWindow();
  expect(window.bytes).toBe(16 * 1024);
  window.acked(8192, 0, 100);
  window.acked(8192, 0, 200);
  expect(window.bytes).toBe(32 * 1024);
  for (let round = 0; round < 1000; round++) window.acked(65_536, round, round + 300);
  expect(window.bytes).toBe(4 * 1024 * 1024);
});

test('an ack that is over a second later than the quickest halves it, once for all that was on its way', () => {
  const window = new SendWindow();
  window.acked(0, 0, 100);
  for (let message = 0; message < 5; message++) window.acked(4096, 200, 1400 + message);
  expect(window.bytes).toBe(8 * 1024);
  window.acked(4096, 1500, 2900);
  expect(window.bytes).toBe(4 * 1024);
});

test('a link whose round trip is long by nature is not taken for a full one', () => {
  const window = new SendWindow();
  for (let round = 0; round < 5; round++) window.acked(8192, round * 2000, round * 2000 + 1800);
  expect(window.bytes).toBe(16 * 1024 + 5 * 8192);
});

test('the ack timer is eight round trips, five seconds at least, and a time-out doubles it up to two minutes', () => {
  const window = new SendWindow();
  expect(window.ackTimerMs).toBe(5000);
  window.acked(0, 0, 3000);
  expect(window.ackTimerMs).toBe(24_000);
  window.timedOut(0);
  expect(window.ackTimerMs).toBe(48_000);
  for (let time = 0; time < 10; time++) window.timedOut(time);
  expect(window.ackTimerMs).toBe(120_000);
  window.acked(0, 0, 3000);
  expect(window.ackTimerMs).toBe(24_000);
});

test('what was learnt outlives the connection, but a new one begins with no more than a small window', () => {
  const window = new SendWindow();
  for (let round = 0; round < 100; round++) window.acked(65_536, 0, 100);
  window.connected();
  expect(window.bytes).toBe(16 * 1024);
  expect(window.srttMs).toBeCloseTo(100);
  window.timedOut(0);
  window.connected();
  expect(window.bytes).toBe(8 * 1024);
});

test.for([
  { bitsPerSecond: 64_000, roundTripMs: 300, factor: 1.3 },
  { bitsPerSecond: 64_000, roundTripMs: 1500, factor: 2 },
  { bitsPerSecond: 1_000_000, roundTripMs: 100, factor: 1.3 },
  { bitsPerSecond: 3_000_000, roundTripMs: 400, factor: 1.3 },
])(
  'a backlog takes little longer than the line needs for it, and an alarm in its midst is acked soon: $bitsPerSecond bit/s, $roundTripMs ms',
  { timeout: 20_000 },
  async (link) => {
    const rig = new ForwardRig();
    const perSecond = link.bitsPerSecond / 8 / 200;
    const total = Math.ceil(perSecond * 25);
    rig.log.readings(total);
    const seen = throughLink(rig, link);
    await rig.start();
    const began = rig.clock.mono();
    for (let alarm = 0; alarm < 6; alarm++) {
      await rig.clock.advance(1500 + alarm * 700);
      rig.log.alarm('active', 'critical', `rule-${alarm}`);
    }
    for (let step = 0; step < 800 && rig.forwarder.view.waiting.backfill > 0; step++) await rig.clock.advance(100);
    const tookMs = rig.clock.mono() - began;
    expect(rig.forwarder.view.waiting.backfill).toBe(0);
    const idealMs = (seen.bytes * 8000) / link.bitsPerSecond;
    expect(tookMs / idealMs).toBeLessThan(link.factor);
    const alarms = [...seen.tookMs].filter(([{ topic }]) => topic.endsWith('/alarm')).map(([, took]) => took);
    expect(alarms).toHaveLength(6);
    expect(Math.max(...alarms)).toBeLessThan(3000 + link.roundTripMs);
    expect(rig.ledger.report()).toMatchObject({ violations: 0 });
    expect(rig.forwarder.view.state).toBe('online');
  },
);

test('a trickle that was acked for hours does not open the window: the first alarm in a flood is still quick', async () => {
  const rig = new ForwardRig();
  const seen = throughLink(rig, { bitsPerSecond: 64_000, roundTripMs: 300 });
  await rig.start();
  for (let second = 0; second < 3000; second++) {
    rig.log.readings(3);
    await rig.clock.advance(1000);
  }
  rig.log.readings(20_000);
  await rig.clock.advance(1000);
  rig.log.alarm();
  await rig.clock.advance(3000);
  const alarm = [...seen.tookMs].find(([{ topic }]) => topic.endsWith('/alarm'));
  expect(alarm?.[1]).toBeLessThan(3000);
});

test('a broker that hangs up on what is too large and says nothing gets less at a time', async () => {
  const rig = new ForwardRig();
  rig.log.readings(4000, 250);
  rig.wire.onSent = (sent, session) => {
    if (sent.payload.length > 6000) session.drop('hung up');
    else if (session.left === undefined) rig.deliver(sent);
  };
  await rig.start();
  for (let step = 0; step < 400 && rig.forwarder.view.waiting.backfill > 0; step++) {
    await rig.clock.advance(500);
    await settle();
  }
  expect(rig.ledger.report()).toMatchObject({ isComplete: true });
  expect(rig.wire.sessions.length).toBeLessThan(8);
});
