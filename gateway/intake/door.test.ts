import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlarmTransition } from '../model/alarm.ts';
import { qualities, reasons } from '../model/reading.ts';
import alarmSchema from '../model/schema/alarm.schema.json' with { type: 'json' };
import readingSchema from '../model/schema/reading.schema.json' with { type: 'json' };
import { compileTest } from '../platform/validate.ts';
import { waterRule } from '../test/alarms/rules.ts';
import { IntakeRig, isSound } from '../test/intake/rig.ts';

const isSoundAlarm = compileTest(alarmSchema);
const hour = 3_600_000;

/** The keys of what is stored, as they stand in its JSON. */
const keysOf = (rig: IntakeRig): string[][] => rig.stored.map((entry) => Object.keys(entry));

describe('a reading', () => {
  test('has the fields of the contract in its order, and no others', () => {
    const rig = new IntakeRig();
    rig.timekeeper.hear({ isSynced: true, errorMs: 20 });
    const time = { mono: rig.clock.mono(), startMono: rig.clock.mono() - 1000 };
    rig.intake.accept([
      rig.sample({ quality: 'suspect', why: ['warm_up'], time, stat: 'median', n: 3, calibration: 'c-1' }),
    ]);
    expect(keysOf(rig)).toEqual([Object.keys(readingSchema.properties)]);
    expect(rig.stored).toEqual([
      {
        id: '7-1',
        device: 'underpass-7',
        channel: 'depth',
        quantity: 'water_depth',
        value: 0.1,
        unit: 'm',
        quality: 'suspect',
        why: ['warm_up'],
        at: rig.clock.wall(),
        start: rig.clock.wall() - 1000,
        stat: 'median',
        n: 3,
        clock: 'synced',
        clockErrorMs: 20,
        calibration: 'c-1',
      },
    ]);
  });

  test('of one good instant has none of the optional ones', () => {
    const rig = new IntakeRig();
    rig.intake.accept([rig.sample({ why: [] })]);
    expect(keysOf(rig)).toEqual([['id', 'device', 'channel', 'quantity', 'value', 'unit', 'quality', 'at', 'clock']]);
  });

  test('that is good has no reasons, whatever its maker says', () => {
    const rig = new IntakeRig();
    rig.intake.accept([rig.sample({ why: ['flat'] })]);
    expect(rig.stored[0]).not.toHaveProperty('why');
  });

  test('of a sender keeps the sender’s time', () => {
    const rig = new IntakeRig();
    rig.timekeeper.hear({ isSynced: true, errorMs: 20 });
    rig.intake.accept([rig.sample({ time: { sender: 5 } })]);
    expect(rig.stored[0]).toMatchObject({ at: 5, clock: 'sender', quality: 'good' });
    expect(rig.stored[0]).not.toHaveProperty('clockErrorMs');
  });

  test.each([
    ['good', undefined, 'suspect', ['clock']],
    ['unchecked', undefined, 'suspect', ['clock']],
    ['suspect', ['flat'], 'suspect', ['flat', 'clock']],
    ['bad', ['range'], 'bad', ['range', 'clock']],
    ['missing', ['device_fault'], 'missing', ['clock', 'device_fault']],
    ['suspect', ['clock'], 'suspect', ['clock']],
  ] as const)('that is %s, %j from a sender ahead of us is stamped by us, %s, %j', (quality, why, worse, reasons) => {
    const rig = new IntakeRig();
    rig.timekeeper.hear({ isSynced: true, errorMs: 20 });
    const sender = rig.clock.wall() + 60_001;
    rig.intake.accept([rig.sample({ quality, time: { sender }, ...(why ? { why } : {}) })]);
    expect(rig.stored[0]).toMatchObject({
      at: rig.clock.wall(),
      quality: worse,
      why: reasons,
      clock: 'synced',
      clockErrorMs: 20,
    });
  });

  test('of zero is a measurement', () => {
    const rig = new IntakeRig();
    rig.intake.accept([rig.sample({ value: 0 })]);
    expect(rig.stored[0]).toMatchObject({ value: 0, quality: 'good' });
  });

  test('follows the schema whatever a sample is like, or is rejected', () => {
    let [taken, rejected] = [0, 0];
    const time = fc.oneof(
      fc.record({ mono: fc.double({ min: 0, max: 1e9, noNaN: true }) }),
      fc.record({ sender: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) }),
    );
    const sample = fc.record(
      {
        device: fc.constantFrom('underpass-7', 'door-4', 'nowhere', '__proto__'),
        channel: fc.constantFrom('depth', 'open', 'note', 'constructor', 'toString'),
        value: fc.oneof(fc.double(), fc.boolean(), fc.string({ maxLength: 2000, size: 'max' }), fc.constant(null)),
        quality: fc.constantFrom(...qualities),
        why: fc.array(fc.constantFrom(...reasons), { maxLength: 3 }),
        time,
        stat: fc.constantFrom('sum' as const, 'mean' as const),
        n: fc.integer({ min: -1, max: 3 }),
      },
      { requiredKeys: ['device', 'channel', 'value', 'quality', 'time'] },
    );
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 5 }), fc.boolean(), (samples, isSynced) => {
        const rig = new IntakeRig();
        rig.timekeeper.hear({ isSynced });
        rig.intake.accept(samples);
        expect(rig.store.entries.length + rig.rejected.length).toBe(samples.length);
        for (const [index, entry] of rig.store.entries.entries()) {
          expect(entry.seq).toBe(index + 1);
          expect(entry.kind === 'reading' && isSound(entry.reading)).toBe(true);
          expect(isSound(JSON.parse(entry.json))).toBe(true);
        }
        taken += rig.store.entries.length;
        rejected += rig.rejected.length;
      }),
    );
    expect(Math.min(taken, rejected)).toBeGreaterThan(10);
  });
});

describe('samples that cannot be readings', () => {
  test.each([
    ['of an unknown device', { device: 'nowhere' }, 'nowhere: unknown channel depth'],
    ['of an unknown channel', { channel: 'dept' }, 'underpass-7: unknown channel dept'],
    ['of a channel that every object has', { channel: 'toString' }, 'underpass-7: unknown channel toString'],
    ['not a number', { value: Number.NaN }, 'underpass-7: does not follow the schema of a reading'],
    ['no value, but good', { value: null }, 'underpass-7: does not follow the schema of a reading'],
    ['a long text', { value: 'x'.repeat(1025) }, 'underpass-7: does not follow the schema of a reading'],
  ])('are rejected and take no number: %s', (_name, changes, why) => {
    const rig = new IntakeRig();
    rig.intake.accept([rig.sample(changes), rig.sample()]);
    expect(rig.rejected).toEqual([why]);
    expect(rig.store.entries.map(({ seq }) => seq)).toEqual([1]);
  });

  test('settle who waits for them, when they are in quarantine', async () => {
    const rig = new IntakeRig();
    const told: boolean[] = [];
    const quarantine = Promise.withResolvers<boolean>();
    rig.rejections = quarantine.promise;
    const awaited = { onKept: (kept: boolean) => told.push(kept), urgency: 'ack' } as const;
    rig.intake.accept([rig.sample({ channel: 'dept' })], { keys: [{ device: 'underpass-7', key: 'k' }] }, awaited);
    expect([rig.store.groups, told]).toEqual([[], []]);
    quarantine.resolve(true);
    await rig.clock.advance(0);
    expect(told).toEqual([true]);
  });

  test.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ])('among others: kept %s, in quarantine %s, so %s', async (kept, isThere, expected) => {
    const rig = new IntakeRig();
    const told: boolean[] = [];
    rig.rejections = Promise.resolve(isThere);
    rig.intake.accept(
      [rig.sample(), rig.sample({ channel: 'dept' })],
      {},
      {
        onKept: (all) => told.push(all),
        urgency: 'ack',
      },
    );
    rig.store.settle(kept);
    await rig.clock.advance(0);
    expect(told).toEqual([expected]);
  });

  test('leave no hole between two sums', () => {
    const rig = new IntakeRig();
    const first = rig.clock.wall();
    rig.intake.accept([rig.sum(1)]);
    rig.intake.accept([rig.sum(Number.NaN, { time: { mono: rig.clock.mono() + 1000 } })]);
    rig.intake.accept([rig.sum(2, { time: { mono: rig.clock.mono() + 2000 } })]);
    expect(rig.rejected).toHaveLength(1);
    expect(rig.stored[1]).toMatchObject({ value: 2, start: first, at: first + 2000 });
  });
});

describe('sums', () => {
  test('follow each other without a gap, also when their source begins anew', async () => {
    const rig = new IntakeRig();
    for (const startMono of [undefined, rig.clock.mono() + 1000, undefined]) {
      await rig.clock.advance(1000);
      const time = { mono: rig.clock.mono(), ...(startMono === undefined ? {} : { startMono }) };
      rig.intake.accept([rig.sum(1, { time })]);
    }
    const [first, second, third] = rig.stored;
    expect(first).not.toHaveProperty('start');
    expect([second?.['start'], third?.['start']]).toEqual([first?.['at'], second?.['at']]);
  });

  test('follow each other over restarts, and over readings that say missing', () => {
    const before = new IntakeRig();
    before.intake.accept([before.sum(1)]);
    const at = Number(before.stored[0]?.['at']);
    const after = new IntakeRig({ sumEnds: [['gauge-1/rain_amount', at]] });
    after.intake.accept([after.sum(0, { value: null, quality: 'missing', stat: 'last', n: 0 })]);
    after.intake.accept([after.sum(3, { time: { mono: after.clock.mono() + 9000 } })]);
    expect(after.stored[1]).toMatchObject({ start: at, at: after.clock.wall() + 9000 });
  });

  test('do not begin after they end when the clock was behind before a restart', () => {
    const rig = new IntakeRig({ sumEnds: [['gauge-1/rain_amount', Date.UTC(2031, 0)]] });
    rig.intake.accept([rig.sum(1)]);
    expect(rig.stored[0]).not.toHaveProperty('start');
  });

  test('touch exactly while the clock is kept right in small steps', async () => {
    const rig = new IntakeRig();
    rig.timekeeper.hear({ isSynced: true });
    const startMono = rig.clock.mono();
    rig.intake.accept([rig.sum(1)]);
    await rig.clock.advance(10_000);
    rig.clock.setWall(rig.clock.wall() - 7);
    rig.timekeeper.hear({ isSynced: true });
    rig.intake.accept([rig.sum(1, { time: { mono: rig.clock.mono(), startMono } })]);
    expect(rig.stored[1]?.['start']).toBe(rig.stored[0]?.['at']);
  });

  test.each([true, false])(
    'keep their true length when the clock is set in between (source tells: %s)',
    async (tells) => {
      const rig = new IntakeRig();
      const startMono = rig.clock.mono();
      rig.intake.accept([rig.sum(1)]);
      await rig.clock.advance(10_000);
      rig.clock.setWall(rig.clock.wall() + 5 * hour);
      rig.timekeeper.hear({ isSynced: true });
      rig.intake.accept([rig.sum(1, { time: { mono: rig.clock.mono(), ...(tells ? { startMono } : {}) } })]);
      const { start, at } = rig.stored[1] ?? {};
      expect(Number(at) - Number(start)).toBe(10_000);
    },
  );
});

/** `raisedAt` and `at` of the transitions, from the first `raisedAt`. */
const times = ({ transitions }: IntakeRig): number[][] => {
  const origin = transitions[0]?.raisedAt ?? 0;
  return transitions.map(({ raisedAt, at }) => [raisedAt - origin, at - origin]);
};

describe('a transition', () => {
  const rules = [waterRule()];

  test('stands in the group right behind the reading that caused it, and makes it urgent', () => {
    const rig = new IntakeRig({ rules });
    rig.intake.accept([rig.sample({ value: 0.1 }), rig.sample({ value: 0.3 }), rig.sample({ value: 0.1 })]);
    expect(rig.store.groups.map(({ urgency }) => urgency)).toEqual(['now']);
    expect(rig.store.entries.map(({ kind, seq }) => `${seq} ${kind}`)).toEqual([
      '1 reading',
      '2 reading',
      '3 alarm',
      '4 reading',
      '5 alarm',
    ]);
    expect(rig.stored[2]).toMatchObject({ id: '7-3', state: 'active', reading: '7-2' });
    expect(rig.stored[4]).toMatchObject({ id: '7-5', state: 'normal', reading: '7-4' });
  });

  test('has the fields of the contract in its order', () => {
    const rig = new IntakeRig({ rules: [waterRule({ text: { en: 'Water', zh: '积水' } })] });
    rig.timekeeper.hear({ isSynced: true });
    rig.intake.accept([rig.sample({ value: 0.27 })]);
    const [, transition] = rig.stored;
    expect(Object.keys(transition ?? {})).toEqual(Object.keys(alarmSchema.properties));
    expect(isSoundAlarm(transition)).toBe(true);
    expect(transition).toMatchObject({ raisedAt: rig.clock.wall(), at: rig.clock.wall(), clock: 'synced' });
  });

  test('has our own time, whatever the sender’s reading says', () => {
    const rig = new IntakeRig({ rules });
    rig.intake.accept([rig.sample({ value: 0.3, time: { sender: 5 } })]);
    expect(rig.stored[1]).toMatchObject({ raisedAt: rig.clock.wall(), at: rig.clock.wall(), clock: 'held' });
  });

  test('of a timer stands alone', async () => {
    const rig = new IntakeRig({ rules: [waterRule({ forMs: 1000 })] });
    rig.intake.accept([rig.sample({ value: 0.3 })]);
    await rig.clock.advance(1000);
    rig.intake.tickAlarms();
    expect(rig.store.groups.map(({ entries }) => entries.length)).toEqual([1, 1]);
    expect(rig.stored[1]).toMatchObject({ state: 'active', reading: '7-1', at: rig.clock.wall() });
  });

  test('never goes back behind the one before it, though the clock is put back', async () => {
    const rig = new IntakeRig({ rules });
    rig.timekeeper.hear({ isSynced: true });
    rig.intake.accept([rig.sample({ value: 0.3 })]);
    await rig.clock.advance(1000);
    void rig.intake.acknowledge('underpass-7', 'water-25cm');
    rig.clock.setWall(rig.clock.wall() - hour);
    rig.timekeeper.hear({ isSynced: true });
    rig.intake.accept([rig.sample({ value: 0.1 })]);
    expect(times(rig)).toEqual([
      [0, 0],
      [0, 1000],
      [0, 1000],
    ]);
  });

  test('keeps when the alarm was raised while the clock is kept right', async () => {
    const rig = new IntakeRig({ rules });
    rig.timekeeper.hear({ isSynced: true });
    rig.intake.accept([rig.sample({ value: 0.3 })]);
    await rig.clock.advance(1000);
    rig.clock.setWall(rig.clock.wall() + 3);
    rig.timekeeper.hear({ isSynced: true });
    rig.intake.accept([rig.sample({ value: 0.1 })]);
    expect(times(rig)).toEqual([
      [0, 0],
      [0, 1003],
    ]);
  });

  test.each([
    ['ahead', 5 * hour],
    ['back', -5 * hour],
  ])('after the clock was set %s says when the alarm was raised by the right clock', async (_name, jump) => {
    const rig = new IntakeRig({ rules });
    rig.intake.accept([rig.sample({ value: 0.3 })]);
    await rig.clock.advance(1000);
    rig.clock.setWall(rig.clock.wall() + jump);
    rig.timekeeper.hear({ isSynced: true });
    rig.intake.accept([rig.sample({ value: 0.1 })]);
    expect(times(rig)).toEqual([
      [0, 0],
      [jump, jump + 1000],
    ]);
  });

  test('of an alarm from before a restart keeps when it was raised', () => {
    const open: AlarmTransition = {
      v: 1,
      id: '6-9',
      rule: 'water-25cm',
      device: 'underpass-7',
      channel: 'depth',
      state: 'active',
      severity: 'critical',
      raisedAt: 12_345,
      at: 12_345,
      clock: 'synced',
    };
    const rig = new IntakeRig({ rules, openAlarms: [open] });
    rig.intake.accept([rig.sample({ value: 0.3 })]);
    expect(rig.transitions).toEqual([]);
    rig.intake.accept([rig.sample({ value: 0.1 })]);
    expect(rig.transitions).toMatchObject([{ state: 'normal', raisedAt: 12_345, at: rig.clock.wall() }]);
    expect(rig.intake.openAlarms.size).toBe(0);
  });
});
