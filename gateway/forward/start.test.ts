import { expect, test } from 'vitest';
import { Journal } from '../journal/journal.ts';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import { FaultDisk } from '../test/fakes/fault-disk.ts';
import { addAlarm, addReadings } from '../test/forward/fill.ts';
import { contentOf, ForwardRig } from '../test/forward/rig.ts';
import { testOptions } from '../test/journal/history.ts';

test('start: now makes one gap per epoch of what is older, alarms included, and sends what comes', async () => {
  const rig = new ForwardRig({ start: 'now' });
  rig.log.readings(1); // came after the upstream began
  await rig.forwarder.stop();
  const other = new ForwardRig({ start: 'now', upstream: 'water' }, rig.log);
  expect(other.log.upstream('water').before.get(1000)).toBe(1);
  rig.log.readings(4);
  rig.log.alarm();
  await other.start();
  await other.drain();
  expect(other.said.filter((said) => said !== 'status')).toEqual(['alarm 6', 'gap 1 before_start', 'backfill 2..5']);
  expect(other.ledger.report().isComplete).toBe(true);
});

test('alarms from before the start are part of the gap and not sent, however open they are', async () => {
  const old = new ForwardRig();
  old.log.readings(3);
  old.log.alarm('active', 'critical');
  old.log.restart(2000);
  old.log.alarm('acknowledged', 'critical');
  const rig = new ForwardRig({ start: 'now', upstream: 'water' }, old.log);
  old.log.readings(2);
  await rig.start();
  await rig.drain();
  const said = rig.said.filter((one) => one !== 'status');
  expect(said).toEqual(['gap 1..4 before_start', 'gap 1 before_start', 'backfill 2..3']);
  expect(rig.forwarder.view.acked).toBe(2);
  expect(rig.ledger.report().isComplete).toBe(true);
});

test('what came since the start is not forgotten when the core restarts before the first connection', async () => {
  const rig = new ForwardRig({ start: 'now' });
  rig.log.readings(5);
  await rig.restart(2000);
  rig.log.readings(2);
  await rig.drain();
  expect(rig.said.filter((one) => one !== 'status')).toEqual(['backfill 1..5', 'live 1..2']);
});

const open = (disk: FaultDisk, clock: FakeClock, seed: number): Promise<Journal> =>
  Journal.open(testOptions(disk, clock, seed));

test('a real journal with open alarms begins with start: now as well as one without', async () => {
  const disk = new FaultDisk();
  const clock = new FakeClock();
  const first = await open(disk, clock, 3);
  addReadings(first, 5, clock.wall());
  addAlarm(first, clock.wall());
  await first.close();
  const journal = await open(disk, clock, 4);
  // Whoever only asks what an upstream has must not make it look as if it had begun.
  journal.upstream('city').deliveredOf(journal.epoch);
  const rig = new ForwardRig({ start: 'now', log: journal });
  addReadings(journal, 3, clock.wall());
  addAlarm(journal, clock.wall());
  await journal.settled();
  await rig.start();
  await rig.drain();
  expect(rig.said.filter((one) => one !== 'status')).toEqual(['alarm 4', 'gap 1..6 before_start', 'backfill 1..3']);
  await journal.close();
});

test('progress is kept by the journal: after a kill only what was acked since the last commit is sent again', async () => {
  const disk = new FaultDisk();
  const clock = new FakeClock();
  const journal = await open(disk, clock, 5);
  const rig = new ForwardRig({ log: journal });
  addReadings(journal, 600, clock.wall());
  await journal.settled();
  await rig.start();
  await rig.drain();
  expect(journal.upstream('city').deliveredOf(journal.epoch).ranges).toEqual([[1, 600]]);
  await journal.settled(); // the acks ride in this commit
  addReadings(journal, 10, clock.wall());
  await journal.settled();
  await rig.drain();
  expect(journal.upstream('city').deliveredOf(journal.epoch).ranges).toEqual([[1, 610]]);
  // A kill: these last acks are lost with the process.
  const after = new ForwardRig({ log: await open(new FaultDisk(disk.imageAfterKill()), clock, 6) });
  await after.start();
  await after.drain();
  expect(after.said.filter((one) => one !== 'status')).toEqual(['note 1', 'backfill 601..610']);
  for (const sent of after.wire.sent) rig.ledger.accept(contentOf(sent));
  expect(rig.ledger.report()).toMatchObject({ isComplete: true, gateways: [{ duplicates: 10 }] });
});
