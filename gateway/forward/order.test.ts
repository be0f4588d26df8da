import { expect, test } from 'vitest';
import { settle } from '../test/fakes/fake-clock.ts';
import { aDevice, ForwardRig, gateway, summaryOf } from '../test/forward/rig.ts';

test('alarms go ahead of the status, notes, descriptions and all readings', async () => {
  const rig = new ForwardRig();
  rig.devices = [aDevice('mast')];
  rig.log.notes.push({ note: 1, epoch: 7, from: 4 });
  rig.log.readings(3);
  rig.log.alarm();
  await rig.start();
  expect(rig.said).toEqual(['alarm 4', 'status', 'note 1', 'device mast', 'backfill 1..3']);
});

test('the last word on each open alarm goes first, the most severe ahead, then the rest as it happened', async () => {
  const rig = new ForwardRig();
  rig.log.alarm('active', 'warning', 'noise');
  rig.log.alarm('active', 'critical', 'water');
  rig.log.alarm('normal', 'critical', 'water');
  rig.log.alarm('active', 'info', 'door');
  rig.log.alarm('acknowledged', 'warning', 'noise');
  rig.log.alarm('active', 'critical', 'water');
  await rig.start();
  expect(rig.said.slice(0, 6)).toEqual(['alarm 6', 'alarm 5', 'alarm 4', 'alarm 1', 'alarm 2', 'alarm 3']);
});

test('alarms of an earlier life go ahead of those of this one, where none is open', async () => {
  const rig = new ForwardRig();
  for (const state of ['active', 'normal'] as const) rig.log.alarm(state);
  await rig.restart(2000);
  await rig.drain();
  rig.log.alarm('active', 'info', 'late');
  rig.log.alarm('normal', 'info', 'late');
  await settle();
  expect(rig.wire.sent.map(summaryOf).filter((said) => said.startsWith('alarm'))).toEqual([
    'alarm 1',
    'alarm 2',
    'alarm 1',
    'alarm 2',
  ]);
});

test('known gaps go ahead of live readings, and live readings ahead of the past', async () => {
  const rig = new ForwardRig();
  rig.log.readings(50);
  rig.log.lose(11, 20);
  rig.wire.onSent = (sent) => {
    // While the first gap is on its way, something is measured.
    if (summaryOf(sent).startsWith('gap')) rig.log.readings(5);
  };
  await rig.start();
  await rig.drain();
  const said = rig.said.filter((one) => one !== 'status');
  expect(said).toEqual(['gap 11..20 budget', 'live 51..55', 'backfill 1..10', 'backfill 21..50']);
  expect(rig.ledger.report().isComplete).toBe(true);
});

test('the past goes oldest first, over all the lives of the gateway', async () => {
  const rig = new ForwardRig();
  rig.log.readings(4);
  await rig.restart(2000);
  rig.wire.session.drop();
  rig.log.readings(4);
  await rig.restart(3000);
  rig.log.readings(2);
  await rig.drain();
  expect(rig.said.filter((one) => one !== 'status')).toEqual(['backfill 1..4', 'backfill 1..4', 'live 1..2']);
  const [first, second] = rig.ledger.report().gateways[0]?.epochs ?? [];
  expect([first?.epoch, second?.epoch]).toEqual([1000, 2000]);
});

test('batches end before an alarm transition and go on after it', async () => {
  const rig = new ForwardRig();
  rig.log.readings(30);
  rig.log.alarm();
  rig.log.readings(20);
  await rig.start();
  await rig.drain();
  expect(rig.said.filter((one) => one !== 'status')).toEqual(['alarm 31', 'backfill 1..30', 'backfill 32..51']);
});

test('an alarm is on the wire at once, however full the window is and whatever is still being read', async () => {
  const rig = new ForwardRig();
  rig.log.readings(2000);
  await rig.start();
  expect(rig.wire.session.on('/backfill').length).toBeGreaterThan(0);
  rig.log.beforeRead = (_epoch, from) => (from === 2001 ? Promise.resolve() : new Promise(() => {}));
  await rig.drain();
  const before = rig.wire.session.sent.length;
  rig.log.alarm();
  await settle();
  expect(rig.said.slice(before)).toEqual(['alarm 2001']);
});

test('an alarm whose entry can never be read holds up other alarms not at all, and readings for a second', async () => {
  const rig = new ForwardRig();
  rig.log.alarm('active', 'critical', 'stuck');
  rig.log.readings(3);
  rig.log.beforeRead = (_epoch, from) => (from === 1 ? new Promise(() => {}) : Promise.resolve());
  await rig.start();
  rig.log.alarm('active', 'info', 'other');
  await settle();
  expect(rig.said).toEqual(['alarm 5']);
  await rig.clock.advance(2000);
  expect(rig.said).toEqual(['alarm 5', 'status', 'backfill 2..4']);
});

test('live readings that fall ten seconds behind become backfill, so that the newest go first', async () => {
  const rig = new ForwardRig();
  await rig.start();
  await rig.drain();
  rig.log.readings(100, 400);
  await settle();
  const sent = rig.wire.session.on('/live').length;
  expect(sent).toBeGreaterThan(0);
  for (let second = 0; second < 4; second++) {
    // The link is slow: one message a second is acked.
    rig.log.readings(5, 400);
    await rig.clock.advance(1000);
    rig.wire.session.waiting[0]?.ack();
  }
  expect(rig.wire.session.on('/backfill')).toEqual([]);
  for (let second = 0; second < 20 && rig.wire.session.on('/backfill').length === 0; second++) {
    await rig.clock.advance(1000);
    rig.log.readings(5, 400);
    rig.wire.session.waiting[0]?.ack();
    await settle();
  }
  expect(rig.forwarder.view.waiting.backfill).toBeGreaterThan(0);
  const { length } = rig.wire.session.sent;
  rig.log.readings(1);
  await rig.drain();
  const next = rig.wire.session.sent.slice(length).map(summaryOf);
  expect(next[0]).toMatch(/^live/);
  expect(next.some((one) => one.startsWith('backfill'))).toBe(true);
});

test('waiting counts each entry in one lane, and says whose it is', async () => {
  const rig = new ForwardRig();
  rig.log.readings(10);
  rig.log.alarm();
  await rig.start();
  rig.log.readings(4);
  rig.log.alarm();
  await settle();
  expect(rig.forwarder.view.waiting).toEqual({ alarm: 2, live: 4, backfill: 10 });
  await rig.drain();
  expect(rig.forwarder.view.waiting).toEqual({ alarm: 0, live: 0, backfill: 0 });
  expect(rig.forwarder.view).toMatchObject({ upstream: 'city', state: 'online', acked: 16 });
  expect(rig.ledger.report().gateways[0]?.gateway).toBe(gateway);
});
