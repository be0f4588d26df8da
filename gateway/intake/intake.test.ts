import { describe, expect, test } from 'vitest';
import type { DeviceStatus } from '../model/device.ts';
import type { Sample } from '../model/reading.ts';
import { settle } from '../test/fakes/fake-clock.ts';
import { waterRule } from '../test/alarms/rules.ts';
import { IntakeRig } from '../test/intake/rig.ts';

const request = { device: 'door-4', rule: 'forced', state: 'active' } as const;

/** How a promise ended by now. */
async function fateOf(work: Promise<unknown>): Promise<unknown> {
  let fate: unknown = 'still waits';
  work.then(
    (value) => (fate = value),
    (error: unknown) => (fate = String(error)),
  );
  await settle();
  return fate;
}

describe('a flow that raises an alarm', () => {
  test('has its answer when the transition is kept', async () => {
    const rig = new IntakeRig();
    const raising = rig.intake.raise(request);
    expect(await fateOf(raising)).toBe('still waits');
    rig.store.settle();
    expect(await fateOf(raising)).toBeUndefined();
    expect(rig.store.groups).toMatchObject([{ urgency: 'now', entries: [{ kind: 'alarm', rule: 'forced' }] }]);
  });

  test('and repeats itself has its answer when the first is kept, and is stored once', async () => {
    const rig = new IntakeRig();
    const [first, repeat] = [rig.intake.raise(request), rig.intake.raise(request)];
    expect(await fateOf(repeat)).toBe('still waits');
    rig.store.settle();
    expect([await fateOf(first), await fateOf(repeat)]).toEqual([undefined, undefined]);
    expect(await fateOf(rig.intake.raise(request))).toBeUndefined();
    expect(rig.store.entries).toHaveLength(1);
  });

  test('is told when the journal cannot keep it, and so are its repeats', async () => {
    const rig = new IntakeRig();
    const first = fateOf(rig.intake.raise(request));
    await Promise.resolve();
    rig.store.settle(false);
    expect(await first).toBe('Error: the journal cannot keep it');
    expect(await fateOf(rig.intake.raise(request))).toBe('Error: the journal cannot keep it');
    const end = rig.intake.raise({ ...request, state: 'normal' });
    await settle();
    rig.store.settle();
    expect(await fateOf(end)).toBeUndefined();
  });

  test('waits for room in the journal', async () => {
    const rig = new IntakeRig();
    const room = Promise.withResolvers<void>();
    rig.store.hasRoom = room.promise;
    const raising = rig.intake.raise(request);
    await settle();
    expect(rig.store.groups).toEqual([]);
    room.resolve();
    await settle();
    rig.store.settle();
    expect(await fateOf(raising)).toBeUndefined();
  });

  test('of a device that there is not is told why', async () => {
    const rig = new IntakeRig();
    expect(await fateOf(rig.intake.raise({ ...request, device: 'nowhere' }))).toBe('there is no device nowhere');
    expect(rig.store.groups).toEqual([]);
  });
});

describe('a person who acknowledges', () => {
  test('has the answer when it is kept', async () => {
    const rig = new IntakeRig({ rules: [waterRule()] });
    expect(await fateOf(rig.intake.acknowledge('underpass-7', 'water-25cm'))).toBe(false);
    rig.intake.accept([rig.sample({ value: 0.3 })]);
    const seen = rig.intake.acknowledge('underpass-7', 'water-25cm');
    expect(await fateOf(seen)).toBe('still waits');
    rig.store.settle();
    expect(await fateOf(seen)).toBe(true);
    expect(rig.intake.openAlarms.get('underpass-7/water-25cm')).toMatchObject({ state: 'acknowledged' });
    expect(await fateOf(rig.intake.acknowledge('underpass-7', 'water-25cm'))).toBe(true);
  });
});

describe('what the core knows', () => {
  test('are the latest readings, the open alarms and where the sources stand', () => {
    const rig = new IntakeRig({ rules: [waterRule()], sourceStates: [['gauge-1', { count: 1 }]] });
    rig.intake.accept([rig.sample({ value: 0.1 }), rig.sample({ value: 0.3 })]);
    rig.intake.accept([rig.sum(1)], { states: [{ device: 'gauge-1', state: { count: 2 } }] });
    expect(rig.intake.latest.get('underpass-7')?.get('depth')?.value).toBe(0.3);
    expect([...rig.intake.openAlarms.keys()]).toEqual(['underpass-7/water-25cm']);
    expect(rig.intake.sourceStates.get('gauge-1')).toEqual({ count: 2 });
  });

  test('raises the floor of time by synced readings alone', () => {
    const rig = new IntakeRig();
    rig.intake.accept([rig.sample(), rig.sample({ time: { sender: 9e12 } })]);
    expect(rig.store.timeFloor).toBe(0);
    rig.timekeeper.hear({ isSynced: true });
    rig.intake.accept([rig.sample()]);
    expect(rig.store.timeFloor).toBe(rig.clock.wall());
  });

  test('ends alarms whose rules are gone', () => {
    const open = {
      v: 1,
      id: '6-1',
      rule: 'gone',
      device: 'underpass-7',
      channel: 'depth',
      state: 'active',
      severity: 'info',
      raisedAt: 1,
      at: 1,
      clock: 'held',
    } as const;
    const rig = new IntakeRig({ openAlarms: [open] });
    rig.intake.endOrphans();
    rig.intake.endOrphans();
    expect(rig.transitions).toMatchObject([{ rule: 'gone', channel: 'depth', state: 'normal', raisedAt: 1 }]);
    expect(rig.intake.openAlarms.size).toBe(0);
  });
});

describe('silence', () => {
  const watched = [{ device: 'underpass-7', channels: ['depth'], staleAfterMs: 10_000 }];

  test('is a missing reading, a state, and what alarms look at', async () => {
    const rig = new IntakeRig({ watched, rules: [waterRule({ blind: 'alarm', blindAfterMs: 0 })] });
    await rig.clock.advance(10_001);
    rig.intake.tickSilence();
    expect(rig.stored).toMatchObject([
      { value: null, quality: 'missing', why: ['stale'] },
      { rule: 'water-25cm-blind', state: 'active', reading: '7-1' },
    ]);
    expect(rig.statuses).toEqual([
      { device: 'underpass-7', state: 'stale', since: rig.clock.wall(), why: 'nothing came of depth' },
    ]);
    expect(Object.keys(rig.intake.statuses.get('underpass-7') ?? {})).toEqual(['state', 'since', 'why']);
  });

  test('is over when a sender says that it has no value', async () => {
    const rig = new IntakeRig({ watched });
    for (let round = 0; round < 30; round++) {
      await rig.clock.advance(1000);
      rig.intake.accept([rig.sample({ value: null, quality: 'missing', why: ['device_fault'] })]);
      rig.intake.tickSilence();
    }
    expect(rig.stored).toHaveLength(30);
    expect(rig.statuses.map(({ state }) => state)).toEqual(['online']);
  });

  test('keeps since when a device is not well while only the reason changes', async () => {
    const rig = new IntakeRig({ watched });
    rig.intake.link('underpass-7', false, 'unplugged');
    rig.intake.tickSilence();
    const since = rig.clock.wall();
    await rig.clock.advance(5000);
    rig.intake.link('underpass-7', false, 'no such port');
    rig.intake.tickSilence();
    expect(rig.statuses).toEqual([
      { device: 'underpass-7', state: 'fault', since, why: 'unplugged' },
      { device: 'underpass-7', state: 'fault', since, why: 'no such port' },
    ]);
  });
});

const vouch = (sample: Sample): Sample => ({ ...sample, quality: 'bad', why: ['maintenance'] });

describe('a device that somebody works at', () => {
  const service: DeviceStatus = { state: 'service', since: 1, until: 2, why: 'in service until then' };
  const watched = [{ device: 'underpass-7', channels: ['depth'], staleAfterMs: 10_000 }];

  test('is told to be so, however it is otherwise, and how it is again when they leave', async () => {
    let now: DeviceStatus | undefined;
    const rig = new IntakeRig({ watched, serviceOf: () => now });
    rig.intake.tickSilence();
    now = service;
    rig.intake.tellStatus('underpass-7');
    await rig.clock.advance(60_000);
    rig.intake.tickSilence();
    expect(rig.statuses.map(({ state }) => state)).toEqual(['online', 'service', 'service']);
    expect(rig.intake.statuses.get('underpass-7')).toEqual(service);
    now = undefined;
    rig.intake.tellStatus('underpass-7');
    expect(rig.statuses.at(-1)).toMatchObject({ state: 'stale', why: 'nothing came of depth' });
  });

  test('has everything that is taken of it marked, silence too', async () => {
    const rig = new IntakeRig({ watched, vouch });
    rig.intake.accept([rig.sample()]);
    await rig.clock.advance(60_000);
    rig.intake.tickSilence();
    expect(rig.stored).toMatchObject([
      { value: 0.1, quality: 'bad', why: ['maintenance'] },
      { value: null, quality: 'bad', why: ['maintenance'] },
    ]);
  });
});
