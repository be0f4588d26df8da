import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import { Timekeeper } from './timekeeper.ts';

const noon = Date.UTC(2026, 10, 22, 12);
const hour = 3_600_000;
const day = 24 * hour;

function keeperAt(wall: number, floor = noon): { clock: FakeClock; keeper: Timekeeper } {
  const clock = new FakeClock(wall);
  return { clock, keeper: new Timekeeper(clock, floor) };
}

describe('without a witness', () => {
  test('time is held and starts from the wall clock', () => {
    const { clock, keeper } = keeperAt(noon + hour);
    expect(keeper.stamp({ mono: clock.mono() })).toEqual({ at: noon + hour, clock: 'held' });
  });

  test.each([
    ['1970', 0],
    ['an hour before the last synced stamp', noon - hour],
  ])('time is unset and starts from the floor when the wall clock says %s', (_name, wall) => {
    const { clock, keeper } = keeperAt(wall);
    expect(keeper.stamp({ mono: clock.mono() })).toEqual({ at: noon, clock: 'unset' });
  });

  test('somebody who sets the wall clock does not move it', async () => {
    const { clock, keeper } = keeperAt(noon + hour);
    clock.setWall(0);
    await clock.advance(5000);
    clock.setWall(noon + 400 * day);
    keeper.hear({ isSynced: false });
    expect([keeper.now(), keeper.state]).toEqual([noon + hour + 5000, 'held']);
  });
});

describe('with a witness', () => {
  test('time is synced, and says how well where that is known', () => {
    const { clock, keeper } = keeperAt(0);
    clock.setWall(noon + day);
    keeper.hear({ isSynced: true, errorMs: 20 });
    expect(keeper.stamp({ mono: clock.mono() })).toEqual({ at: noon + day, clock: 'synced', clockErrorMs: 20 });
  });

  test.each([
    ['ahead', day],
    ['back', -2 * day],
  ])('a jump of the wall clock %s is followed when the witness is heard next, not before', async (_name, jump) => {
    const { clock, keeper } = keeperAt(noon + day);
    keeper.hear({ isSynced: true });
    clock.setWall(noon + day + jump);
    await clock.advance(1000);
    expect(keeper.now()).toBe(noon + day + 1000);
    keeper.hear({ isSynced: true });
    expect(keeper.now()).toBe(noon + day + jump + 1000);
  });

  test('that is gone, time is held and goes on; it forgets how well it was known', async () => {
    const { clock, keeper } = keeperAt(noon);
    keeper.hear({ isSynced: true, errorMs: 20 });
    await clock.advance(1000);
    clock.setWall(0);
    keeper.hear({ isSynced: false });
    expect(keeper.stamp({ mono: clock.mono() })).toEqual({ at: noon + 1000, clock: 'held' });
  });

  test('that is gone after it moved time back, time is no earlier than the last synced stamp', () => {
    const { clock, keeper } = keeperAt(noon);
    keeper.hear({ isSynced: true });
    expect(keeper.stamp({ mono: clock.mono() }).at).toBe(noon);
    clock.setWall(noon - hour);
    keeper.hear({ isSynced: true });
    keeper.hear({ isSynced: false });
    expect(keeper.now()).toBe(noon);
  });
});

describe('the time of a sample', () => {
  test('of the past is of the past, with its interval', async () => {
    const { clock, keeper } = keeperAt(noon);
    const [startMono, mono] = [clock.mono(), clock.mono() + 500.4];
    await clock.advance(10_000);
    expect(keeper.stamp({ startMono, mono })).toEqual({ start: noon, at: noon + 500, clock: 'held' });
  });

  test.each([
    ['long ago', -30 * day],
    ['now', 0],
    ['60 s ahead', 60_000],
  ])('is the sender’s own when that is %s', (_name, ahead) => {
    const { keeper } = keeperAt(noon);
    keeper.hear({ isSynced: true });
    expect(keeper.stamp({ sender: noon + ahead })).toEqual({ at: noon + ahead, clock: 'sender' });
  });

  test('is ours when the sender’s lies more than 60 s ahead of a synced clock', () => {
    const { keeper } = keeperAt(noon);
    keeper.hear({ isSynced: true, errorMs: 5 });
    expect(keeper.stamp({ sender: noon + 60_001 })).toEqual({ at: noon, clock: 'synced', clockErrorMs: 5 });
  });

  test.each([noon + hour, 0])('is the sender’s own however far ahead of a clock that nobody vouches for', (wall) => {
    const { keeper } = keeperAt(wall);
    expect(keeper.stamp({ sender: noon + day })).toEqual({ at: noon + day, clock: 'sender' });
  });
});

test('whatever happens to the clock, time without a witness runs on evenly and never before the last synced stamp', () => {
  let [held, synced] = [0, 0];
  const step = fc.oneof(
    fc.record({ kind: fc.constant('jump' as const), ms: fc.integer({ min: -day, max: day }) }),
    fc.record({ kind: fc.constant('witness' as const), isSynced: fc.boolean() }),
    fc.record({ kind: fc.constant('stamp' as const) }),
  );
  const starts = fc.integer({ min: -day, max: day });
  fc.assert(
    fc.property(starts, fc.array(step, { size: 'max', maxLength: 40 }), (start, steps) => {
      const clock = new FakeClock(noon + start);
      const keeper = new Timekeeper(clock, noon);
      let lastSynced = noon;
      let before = { state: keeper.state, now: keeper.now() };
      for (const one of steps) {
        if (one.kind === 'jump') clock.setWall(clock.wall() + one.ms);
        else if (one.kind === 'witness') keeper.hear(one);
        else {
          const { at, clock: state } = keeper.stamp({ mono: clock.mono() });
          if (state === 'synced') lastSynced = at;
        }
        if (keeper.state === 'synced') synced++;
        else {
          held++;
          expect(keeper.now()).toBeGreaterThanOrEqual(lastSynced);
          if (before.state === keeper.state) expect(keeper.now()).toBe(before.now);
        }
        before = { state: keeper.state, now: keeper.now() };
      }
    }),
  );
  expect(Math.min(held, synced)).toBeGreaterThan(200);
});

const told = (clock: FakeClock, offMs = 0, at = noon + 30 * day) => ({
  utcMs: at + clock.mono() + offMs,
  mono: clock.mono(),
  errorMs: 500,
});

describe('with a receiver of satellites', () => {
  test('two moments that agree set the clock, and how far it may be off is said', async () => {
    const { clock, keeper } = keeperAt(0);
    expect(keeper.hearTime(told(clock))).toBe(false);
    expect(keeper.state).toBe('unset');
    await clock.advance(10_000);
    expect(keeper.hearTime(told(clock, 200))).toBe(true);
    expect(keeper.stamp({ mono: clock.mono() })).toEqual({
      at: noon + 30 * day + clock.mono() + 200,
      clock: 'synced',
      clockErrorMs: 500,
    });
  });

  test('what it is off by less than its error does not move us, what it is off by more does', async () => {
    const { clock, keeper } = keeperAt(0);
    for (const offMs of [0, 0, 300, -300]) {
      keeper.hearTime(told(clock, offMs));
      expect(keeper.now() === noon + 30 * day + clock.mono() || keeper.state === 'unset').toBe(true);
      await clock.advance(10_000);
    }
    keeper.hearTime(told(clock, 700));
    expect(keeper.now()).toBe(noon + 30 * day + clock.mono() + 700);
  });

  test('one broken sentence, one from before the floor, and one against a time service count for nothing', async () => {
    const { clock, keeper } = keeperAt(noon + hour);
    for (const told1 of [told(clock), told(clock, 0, noon + 90 * day), told(clock)])
      expect(keeper.hearTime(told1)).toBe(false);
    for (let count = 0; count < 3; count++) expect(keeper.hearTime(told(clock, 0, noon - 1024 * 7 * day))).toBe(false);
    expect(keeper.state).toBe('held');
    keeper.hear({ isSynced: true });
    for (let count = 0; count < 3; count++) expect(keeper.hearTime(told(clock))).toBe(false);
    expect(keeper.now()).toBe(noon + hour);
  });

  test('the clock stays synced without a time service while it is heard, and is held when it falls silent', async () => {
    const { clock, keeper } = keeperAt(noon + hour);
    for (let count = 0; count < 10; count++) {
      keeper.hearTime(told(clock));
      keeper.hear({ isSynced: false });
      expect(keeper.state).toBe(count === 0 ? 'held' : 'synced');
      await clock.advance(60_000);
    }
    await clock.advance(180_000);
    keeper.hear({ isSynced: false });
    expect(keeper.state).toBe('held');
    expect(keeper.now()).toBe(noon + 30 * day + clock.mono());
  });
});
