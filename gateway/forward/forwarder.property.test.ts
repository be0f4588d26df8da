import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { steps } from '../test/forward/steps.ts';
import { World } from '../test/forward/world.ts';

test(
  'whatever happens, everything arrives, the ledger proves it, and nothing overtakes an alarm',
  { timeout: 3_600_000 },
  async () => {
    let messages = 0;
    let alarms = 0;
    let duplicates = 0;
    const schedules = fc.tuple(
      fc.array(steps, { minLength: 10, maxLength: 80, size: 'max' }),
      fc.constantFrom(1, 2, 4, 20, 65_535),
    );
    await fc.assert(
      fc.asyncProperty(schedules, async ([schedule, receiveMaximum]) => {
        const world = new World(receiveMaximum);
        await world.rig.start();
        for (const one of schedule) await world.take(one);
        await world.finish();
        expect(world.faults).toEqual([]);
        expect(world.overtaken).toEqual([]);
        expect(world.unproven).toEqual([]);
        const report = world.rig.ledger.report();
        expect(report.violations).toBe(0);
        messages += world.sent.length;
        alarms += world.raised.length;
        duplicates += report.gateways[0]?.duplicates ?? 0;
      }),
      {
        numRuns: Number(process.env['LAMPPOST_RUNS'] ?? 100),
        seed: Number(process.env['LAMPPOST_SEED'] ?? 20_261_122),
      },
    );
    // It looked: there were alarms among a lot of traffic, and acks were lost.
    expect(messages).toBeGreaterThan(3000);
    expect(alarms).toBeGreaterThan(300);
    expect(duplicates).toBeGreaterThan(100);
  },
);

test('control: a broker that acks what it throws away is found out', async () => {
  const world = new World(20);
  await world.rig.start();
  for (let round = 0; round < 5; round++) {
    await world.take({ do: 'readings', count: 50, bytes: 150 });
    if (round === 2) world.rig.wire.session.ackAll();
  }
  await world.finish();
  expect(world.faults).toEqual([]);
  expect(world.unproven).toHaveLength(1);
});

test('control: a forwarder that does not know alarms from readings is found out', async () => {
  const world = new World(20);
  world.rig.log.hidesAlarms = true;
  await world.rig.start();
  await world.take({ do: 'readings', count: 200, bytes: 400 });
  await world.take({ do: 'alarm', state: 'active', rule: 1, isCritical: true });
  await world.finish();
  expect(world.unproven).toEqual([]);
  expect(world.overtaken.length).toBeGreaterThan(0);
});
