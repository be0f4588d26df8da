import { expect, test } from 'vitest';
import { WireError } from '../platform/wire.ts';
import { settle } from '../test/fakes/fake-clock.ts';
import { ForwardRig, summaryOf } from '../test/forward/rig.ts';

const unreachable = (): WireError => new WireError('unreachable', 'nobody there');
const refused = (): WireError => new WireError('refused', 'bad user name or password');

test('each connection is a new client with the same id and a Will of its own', async () => {
  const rig = new ForwardRig();
  await rig.start();
  await rig.drain();
  await rig.reconnect();
  const [first, second] = rig.wire.dials;
  expect(first?.clientId).toBe('lamppost-lp-test-city');
  expect(second?.clientId).toBe(first?.clientId);
  expect(JSON.parse(String(first?.will?.payload))).toEqual({
    v: 1,
    gateway: 'lp-test',
    state: 'offline',
    session: 'session-1',
  });
  expect(second?.will?.topic).toBe('city/lp-test/status');
  expect(second?.will?.payload).not.toBe(first?.will?.payload);
});

test('an ack that does not come within five seconds means a dead link: it is dropped and everything sent again', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  await rig.start();
  await rig.clock.advance(5000);
  expect(rig.wire.session.left).toBeUndefined();
  await rig.clock.advance(1500);
  expect(rig.wire.sessions[0]?.left).toBe('destroyed');
  expect(rig.wire.sessions).toHaveLength(2);
  expect(rig.said).toEqual(['status', 'backfill 1..10']);
});

test('a dead link is given up even when its socket never says that it closed', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  await rig.start();
  rig.wire.session.destroy = () => {};
  await rig.clock.advance(7000);
  expect(rig.wire.sessions).toHaveLength(2);
});

test('after each time-out the next connection waits twice as long for acks, up to two minutes', async () => {
  const rig = new ForwardRig();
  rig.random = 0;
  rig.log.readings(10);
  await rig.start();
  const lives: number[] = [];
  for (let count = 1, since = rig.clock.mono(); count < 9; count = rig.wire.sessions.length) {
    await rig.clock.advance(1000);
    if (rig.wire.sessions.length === count) continue;
    lives.push(Math.floor((rig.clock.mono() - since) / 1000));
    since = rig.clock.mono();
  }
  expect(lives).toEqual([6, 11, 21, 41, 81, 121, 121, 121]);
  // One ack, and patience is no longer needed.
  rig.wire.session.ackAll();
  await settle();
  rig.log.readings(1);
  await settle();
  rig.wire.session.sent.at(-1)?.ack();
});

test('an ack that arrives after its connection ended changes nothing', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  await rig.start();
  const late = rig.wire.session.sent.slice();
  await rig.reconnect();
  expect(rig.said).toEqual(['status', 'backfill 1..10']);
  const before = rig.log.progress.length;
  for (const sent of late) sent.ack();
  await settle();
  expect(rig.log.progress).toHaveLength(before);
  expect(rig.forwarder.view).toMatchObject({ acked: 0, waiting: { backfill: 10 } });
  rig.log.readings(1);
  await settle();
  // The range is still on its way on the new connection, and is not sent there twice.
  expect(rig.said).toEqual(['status', 'backfill 1..10', 'live 11']);
});

test('stopping says offline and good-bye, and what is acked until then counts', async () => {
  const rig = new ForwardRig();
  rig.log.readings(3);
  await rig.start();
  const { session } = rig.wire;
  session.end = async () => {
    session.ackAll();
    await settle();
    session.left ??= 'good-bye';
  };
  await rig.forwarder.stop();
  expect(rig.said).toEqual(['status', 'backfill 1..3', 'status offline']);
  expect(session.sent.at(-1)).toMatchObject({ isRetained: true });
  expect(session.left).toBe('good-bye');
  expect(rig.forwarder.view).toMatchObject({ state: 'stopped', acked: 3 });
});

test.for([
  ['connecting', 'hang'],
  ['waiting', unreachable()],
  ['refused', refused()],
  ['reading', undefined],
] as const)('stopping is quick while it is %s', async ([, answer]) => {
  const rig = new ForwardRig();
  rig.log.readings(3);
  if (answer) rig.wire.answers.push(answer);
  else rig.log.beforeRead = () => new Promise(() => {});
  await rig.start();
  await rig.forwarder.stop();
  expect(rig.forwarder.view.state).toBe('stopped');
  const dials = rig.wire.dials.length;
  await rig.clock.advance(120_000);
  expect(rig.wire.dials).toHaveLength(dials);
});

test('a read error of the journal is survived: other lanes and alarms go on, and it is tried again', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  let failures = 0;
  rig.log.beforeRead = async (_epoch, from) => {
    if (from > 10 || ++failures > 2) return;
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  await rig.start();
  rig.log.readings(2);
  rig.log.alarm();
  await settle();
  expect(rig.said).toEqual(['status', 'alarm 13', 'live 11..12']);
  await rig.drain();
  expect(rig.forwarder.view.waiting.backfill).toBe(10);
  await rig.clock.advance(5000);
  expect(failures).toBe(2);
  await rig.clock.advance(5000);
  await rig.drain();
  expect(rig.said.filter((said) => said !== 'status').at(-1)).toBe('backfill 1..10');
  expect(rig.ledger.report().isComplete).toBe(true);
});

test('an alarm that cannot be read is tried again, and nothing spins meanwhile', async () => {
  const rig = new ForwardRig();
  rig.log.beforeRead = async () => {
    throw new Error('EIO');
  };
  rig.log.alarm();
  await rig.start();
  await rig.clock.advance(20_000);
  expect(rig.log.reads).toBeLessThan(12);
  rig.log.beforeRead = async () => {};
  await rig.clock.advance(5000);
  expect(rig.said.filter((said) => said !== 'status')).toEqual(['alarm 1']);
});

test('with nothing to do it does nothing', async () => {
  const rig = new ForwardRig();
  await rig.start();
  await rig.drain();
  const { reads } = rig.log;
  await rig.clock.advance(50_000);
  expect(rig.log.reads).toBe(reads);
  expect(rig.said).toEqual(['status']);
  rig.log.readings(1);
  await settle();
  expect(rig.wire.session.sent.map(summaryOf).at(-1)).toBe('live 1');
});
