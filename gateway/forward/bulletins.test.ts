import { expect, test } from 'vitest';
import type { GatewayStatus } from '../model/delivery.ts';
import { settle } from '../test/fakes/fake-clock.ts';
import type { Sent } from '../test/fakes/fake-wire.ts';
import { aDevice, ForwardRig } from '../test/forward/rig.ts';

type Online = Extract<GatewayStatus, { state: 'online' }>;
const statusOf = (sent: Sent | undefined): Online => JSON.parse(String(sent?.payload)) as Online;
const lastStatus = (rig: ForwardRig): Online => statusOf(rig.wire.session.on('/status').at(-1));

test('the status says on connect which numbers there are, what waits, and how old it is', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  const measured = rig.clock.wall();
  await rig.clock.advance(90_000);
  await rig.start();
  const [sent] = rig.wire.session.on('/status');
  expect(sent).toMatchObject({ topic: 'city/lp-test/status', isRetained: true });
  expect(statusOf(sent)).toEqual({
    v: 1,
    gateway: 'lp-test',
    state: 'online',
    session: 'session-1',
    at: measured + 90_000,
    every: 60_000,
    epoch: 1000,
    epochs: { 1000: 10 },
    waiting: { alarm: 0, live: 0, backfill: 10, oldest: measured },
  });
});

test('the status comes once a minute, and when a backlog is gone', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  await rig.start();
  await rig.drain();
  expect(rig.said).toEqual(['status', 'backfill 1..10', 'status']);
  expect(lastStatus(rig).waiting).toEqual({ alarm: 0, live: 0, backfill: 0 });
  await rig.clock.advance(60_000);
  rig.wire.session.ackAll();
  await rig.clock.advance(60_000);
  expect(rig.said).toEqual(['status', 'backfill 1..10', 'status', 'status', 'status']);
});

test('live readings that come and go cost no statuses of their own', async () => {
  const rig = new ForwardRig();
  await rig.start();
  await rig.drain();
  for (let second = 0; second < 55; second++) {
    rig.log.readings(1);
    await rig.clock.advance(1000);
    await rig.drain();
  }
  expect(rig.wire.session.on('/status')).toHaveLength(1);
});

test('a journal that does not say how old its oldest entry is does not hold up the status', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  rig.log.timeOf = () => new Promise(() => {});
  await rig.start();
  await rig.clock.advance(1000);
  expect(lastStatus(rig).waiting).toEqual({ alarm: 0, live: 0, backfill: 10 });
});

test('an old epoch is listed until all of it and a status with its head are acked; the newest sixteen always', async () => {
  const rig = new ForwardRig();
  rig.log.readings(5);
  await rig.restart(2000);
  for (let life = 1; life <= 17; life++) {
    rig.wire.session.drop();
    if (life !== 5) rig.log.readings(1); // one life in which nothing was measured
    await rig.restart(2000 + life);
  }
  rig.log.readings(1);
  await rig.clock.advance(60_000);
  // Nothing was acked in all the time: every epoch but the empty one is there.
  expect(Object.keys(lastStatus(rig).epochs)).toHaveLength(18);
  expect(lastStatus(rig).epochs).toMatchObject({ 1000: 5, 2000: 1 });
  expect(lastStatus(rig).epochs).not.toHaveProperty('2004');
  await rig.drain();
  expect([...rig.log.upstream('city').heads]).toHaveLength(17);
  await rig.clock.advance(60_000);
  const listed = lastStatus(rig).epochs;
  expect(Object.keys(listed)).toHaveLength(15); // sixteen lives, one of them empty
  expect(listed).not.toHaveProperty('1000');
  expect(listed).not.toHaveProperty('2001');
  expect(listed).toHaveProperty('2002');
  expect(rig.ledger.report().isComplete).toBe(true);
});

test('an epoch whose status was not acked stays listed although all its entries are', async () => {
  const rig = new ForwardRig();
  rig.log.readings(5);
  rig.wire.onSent = (sent) => {
    if (!sent.topic.endsWith('/status')) rig.deliver(sent);
  };
  await rig.restart(2000);
  expect(rig.log.upstream('city').deliveredOf(1000).covers(1, 5)).toBe(true);
  expect([...rig.log.upstream('city').heads]).toEqual([]);
  rig.wire.session.ackAll();
  await settle();
  expect([...rig.log.upstream('city').heads]).toEqual([1000]);
});

test('a note about an unclean stop is sent until it is acked, once acked never again', async () => {
  const rig = new ForwardRig();
  rig.log.notes.push({ note: 3, epoch: 900, from: 42, lostAtMost: 10 });
  await rig.start();
  expect(rig.said).toEqual(['status', 'note 3']);
  await rig.reconnect();
  expect(rig.said).toEqual(['status', 'note 3']);
  expect(JSON.parse(String(rig.wire.session.on('/gap')[0]?.payload))).toEqual({
    v: 1,
    gateway: 'lp-test',
    epoch: 900,
    from: 42,
    to: null,
    why: 'unclean_stop',
    lostAtMost: 10,
    note: 3,
  });
  await rig.drain();
  await rig.reconnect();
  expect(rig.said).toEqual(['status']);
});

test('descriptions go out retained when they change, and are emptied when the device is gone', async () => {
  const rig = new ForwardRig();
  rig.devices = [aDevice('mast'), aDevice('gauge')];
  await rig.start();
  await rig.drain();
  expect(rig.said).toEqual(['status', 'device mast', 'device gauge']);
  expect(rig.wire.session.on('/device/mast')[0]).toMatchObject({ isRetained: true });
  rig.devices = [aDevice('mast', 'r2')];
  rig.forwarder.poke();
  await settle();
  expect(rig.said.slice(3)).toEqual(['status', 'device mast', 'device gauge emptied']);
  expect(rig.wire.session.sent.at(-1)).toMatchObject({ isRetained: true, payload: Buffer.alloc(0) });
  await rig.drain();
  await rig.reconnect();
  expect(rig.said).toEqual(['status']);
});

test('a description that changes while it is on its way is sent again', async () => {
  const rig = new ForwardRig();
  rig.devices = [aDevice('mast', 'r1')];
  await rig.start();
  rig.devices = [aDevice('mast', 'r2')];
  rig.forwarder.poke();
  await settle();
  expect(rig.said).toEqual(['status', 'device mast', 'status']);
  rig.wire.session.ackAll();
  await settle();
  expect(rig.said).toEqual(['status', 'device mast', 'status', 'device mast']);
  expect(String(rig.wire.session.sent.at(-1)?.payload)).toContain('r2');
});

test('a description that the upstream will not have holds up nothing, and is offered again on the next connection', async () => {
  const rig = new ForwardRig();
  rig.devices = [aDevice('mast')];
  rig.log.readings(3);
  rig.wire.onSent = (sent) => (sent.topic.includes('/device/') ? sent.refuse('size') : rig.deliver(sent));
  await rig.start();
  rig.forwarder.poke();
  await settle();
  expect(rig.wire.session.on('/device/mast')).toHaveLength(1);
  expect(rig.forwarder.view).toMatchObject({ state: 'online', acked: 3 });
  await rig.reconnect();
  expect(rig.wire.session.on('/device/mast')).toHaveLength(1);
});
