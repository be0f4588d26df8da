import { expect, test } from 'vitest';
import { WireError } from '../platform/wire.ts';
import { settle } from '../test/fakes/fake-clock.ts';
import { contentOf, ForwardRig } from '../test/forward/rig.ts';

const unreachable = (): WireError => new WireError('unreachable', 'nobody there');
const refused = (): WireError => new WireError('refused', 'bad user name or password');

test('a link that is down is tried after half a second, then ever more rarely, at most every half minute', async () => {
  const rig = new ForwardRig();
  rig.wire.answers.push(...Array.from({ length: 12 }, unreachable));
  await rig.start();
  const waits: number[] = [];
  for (let last = rig.clock.mono(), dials = 1; dials < 12;) {
    await rig.clock.advance(100);
    if (rig.wire.dials.length === dials) continue;
    dials = rig.wire.dials.length;
    waits.push(rig.clock.mono() - last);
    last = rig.clock.mono();
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
});

test('the waits are spread over their whole length, so that gateways do not come back in step', async () => {
  const rig = new ForwardRig();
  rig.random = 0.01;
  rig.wire.answers.push(unreachable());
  await rig.start();
  expect(rig.forwarder.view).toMatchObject({ state: 'waiting', why: 'nobody there' });
  await rig.clock.advance(5);
  expect(rig.wire.dials).toHaveLength(2);
});

test('a connection that brought something makes the next wait short again; one that brought nothing does not', async () => {
  const rig = new ForwardRig();
  rig.wire.answers.push(unreachable(), unreachable(), unreachable());
  rig.log.readings(5);
  await rig.start();
  await rig.clock.advance(3500);
  expect(rig.wire.sessions).toHaveLength(1);
  rig.wire.session.drop();
  await settle();
  await rig.clock.advance(3900);
  expect(rig.wire.sessions).toHaveLength(1);
  await rig.clock.advance(100);
  expect(rig.wire.sessions).toHaveLength(2);
  await rig.drain();
  await rig.reconnect();
  expect(rig.wire.sessions).toHaveLength(3);
});

test('a broker that greets us and hangs up at once is not hammered; a connection that lasted is a good one', async () => {
  const rig = new ForwardRig();
  await rig.start();
  for (const pause of [500, 1000, 2000, 4000]) {
    rig.wire.session.ackAll(); // the status
    await settle();
    rig.wire.session.drop();
    await settle();
    const before = rig.wire.sessions.length;
    await rig.clock.advance(pause - 100);
    expect(rig.wire.sessions).toHaveLength(before);
    await rig.clock.advance(100);
    expect(rig.wire.sessions).toHaveLength(before + 1);
  }
  rig.wire.session.ackAll();
  await rig.clock.advance(30_000);
  await rig.reconnect();
  expect(rig.wire.sessions).toHaveLength(6);
});

test('an upstream that refuses our password is asked again once a minute, and everything waits', async () => {
  const rig = new ForwardRig();
  rig.random = 0;
  rig.log.readings(3);
  rig.wire.answers.push(refused(), refused());
  await rig.start();
  expect(rig.forwarder.view).toMatchObject({ state: 'refused', why: 'bad user name or password' });
  await rig.clock.advance(59_900);
  expect(rig.wire.dials).toHaveLength(1);
  await rig.clock.advance(60_100);
  expect(rig.wire.dials).toHaveLength(3);
  expect(rig.forwarder.view.state).toBe('online');
  await rig.drain();
  expect(rig.ledger.report().isComplete).toBe(true);
});

test('a refused publish stops everything for a minute, throws nothing away, and is said aloud once', async () => {
  const rig = new ForwardRig();
  rig.random = 0;
  rig.log.readings(3);
  rig.log.alarm();
  rig.wire.onSent = (sent) => sent.refuse('denied', 'Not authorized');
  await rig.start();
  expect(rig.forwarder.view).toMatchObject({ state: 'refused', why: 'Not authorized', acked: 0 });
  const before = rig.wire.sent.length;
  rig.log.alarm('active', 'critical', 'another');
  await rig.clock.advance(59_900);
  expect(rig.wire.sent).toHaveLength(before);
  await rig.clock.advance(60_000);
  expect(rig.events.filter(({ level }) => level === 'error')).toHaveLength(1);
  rig.wire.onSent = (sent) => rig.deliver(sent);
  await rig.clock.advance(60_000);
  await rig.drain();
  expect(rig.ledger.report()).toMatchObject({ isComplete: true });
  expect(rig.wire.session.on('/gap')).toEqual([]);
  expect(rig.forwarder.view.state).toBe('online');
});

test('a gap that is refused is a matter of rights: it is not split, and not sent without end', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  rig.log.lose(2, 5);
  rig.wire.onSent = (sent) => (contentOf(sent).kind === 'gap' ? sent.refuse('content') : sent.ack());
  await rig.start();
  expect(rig.forwarder.view.state).toBe('refused');
  expect(rig.wire.session.on('/gap')).toHaveLength(1);
});

test('a broker that says good-bye because of our rights is left alone for a minute', async () => {
  const rig = new ForwardRig();
  rig.random = 0;
  await rig.start();
  await rig.drain();
  rig.wire.session.drop('good-bye', 'another client has our client id');
  await settle();
  expect(rig.forwarder.view).toMatchObject({ state: 'refused', why: 'another client has our client id' });
  await rig.clock.advance(59_000);
  expect(rig.wire.sessions).toHaveLength(1);
  await rig.clock.advance(1000);
  expect(rig.wire.sessions).toHaveLength(2);
});

test('MQTT 5 is tried first on every connection, 3.1.1 at once where it is refused', async () => {
  const rig = new ForwardRig();
  rig.wire.answers.push(new WireError('version', 'Unsupported Protocol Version'));
  await rig.start();
  expect(rig.wire.dials.map(({ protocol }) => protocol)).toEqual([5, 4]);
  expect(rig.forwarder.view).toMatchObject({ state: 'online', protocol: 4 });
  expect(rig.events.some(({ level, event }) => level === 'warn' && event.includes('3.1.1'))).toBe(true);
  await rig.drain();
  await rig.reconnect();
  expect(rig.wire.dials.map(({ protocol }) => protocol)).toEqual([5, 4, 5]);
  expect(rig.forwarder.view.protocol).toBe(5);
});

test('an upstream that speaks no version of ours is refused, not hammered', async () => {
  const rig = new ForwardRig();
  rig.wire.answers.push(...Array.from({ length: 4 }, () => new WireError('version', 'no')));
  await rig.start();
  expect(rig.wire.dials).toHaveLength(2);
  expect(rig.forwarder.view.state).toBe('refused');
});
