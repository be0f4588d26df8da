import { describe, expect, test } from 'vitest';
import { qualities, type Sample } from '../model/reading.ts';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import { Maintenance, longestServiceMs, type KeptService } from './maintenance.ts';
import { Timekeeper } from './timekeeper.ts';

const minute = 60_000;
const device = 'gauge-1';

class Rig {
  readonly clock: FakeClock;
  readonly maintenance: Maintenance;
  readonly told: string[] = [];
  kept: readonly KeptService[];
  isDiskWell = true;

  constructor(kept: readonly KeptService[] = [], clock = new FakeClock()) {
    this.clock = clock;
    this.kept = kept;
    this.maintenance = new Maintenance({
      clock,
      timekeeper: new Timekeeper(clock, 0),
      kept,
      keep: async (services) => {
        if (!this.isDiskWell) throw new Error('EIO');
        this.kept = services;
      },
      onChange: (id, isInService) => this.told.push(`${id} ${isInService ? 'in' : 'out'}`),
    });
  }

  sample(changes: Partial<Sample> = {}): Sample {
    return { device, channel: 'rain', value: 1, quality: 'good', time: { mono: this.clock.mono() }, ...changes };
  }

  /** What becomes of a sample of now. */
  mark(changes: Partial<Sample> = {}): Sample {
    return this.maintenance.mark(this.sample(changes));
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.maintenance.tick();
  }
}

describe('a device in service', () => {
  test('gives bad values that are kept, until the time is over', async () => {
    const rig = new Rig();
    expect(rig.mark()).toEqual(rig.sample());
    const until = await rig.maintenance.begin({ device, forMs: 30 * minute, by: 'Li Wei' });
    expect(until).toBe(rig.clock.wall() + 30 * minute);
    await rig.pass(29 * minute);
    expect(rig.mark()).toEqual({ ...rig.sample(), quality: 'bad', why: ['maintenance'] });
    expect(rig.maintenance.statusOf(device)).toMatchObject({ state: 'service', until, since: until - 30 * minute });
    expect(rig.maintenance.statusOf(device)?.why).toBe(`in service until ${new Date(until).toISOString()} (Li Wei)`);
    await rig.pass(2 * minute);
    expect(rig.mark()).toEqual(rig.sample());
    expect(rig.maintenance.statusOf(device)).toBeUndefined();
    expect(rig.told).toEqual(['gauge-1 in', 'gauge-1 out']);
    expect(rig.kept).toEqual([]);
  });

  test('is not another device', async () => {
    const rig = new Rig();
    await rig.maintenance.begin({ device, forMs: minute });
    expect(rig.mark({ device: 'gauge-2' }).quality).toBe('good');
  });

  test('makes nothing better, and what is missing stays missing', async () => {
    const rig = new Rig();
    await rig.maintenance.begin({ device, forMs: minute });
    const marked = qualities.map((quality) => rig.mark({ quality, why: ['stale'] }));
    expect(marked.map(({ quality }) => quality)).toEqual(['bad', 'bad', 'bad', 'missing', 'bad']);
    for (const { why } of marked) expect(why).toEqual(['stale', 'maintenance']);
  });

  test('may leave it before its time', async () => {
    const rig = new Rig();
    await rig.maintenance.begin({ device, forMs: 30 * minute });
    await rig.pass(minute);
    expect(await rig.maintenance.end(device)).toBe(true);
    expect(await rig.maintenance.end(device)).toBe(false);
    await rig.pass(1);
    expect(rig.mark().quality).toBe('good');
    expect(rig.kept).toEqual([]);
  });

  test('that was given more time for longer than a day is kept as one of a day', async () => {
    const rig = new Rig();
    await rig.maintenance.begin({ device, forMs: longestServiceMs });
    await rig.pass(20 * 60 * minute);
    const until = await rig.maintenance.begin({ device, forMs: longestServiceMs });
    expect(rig.kept).toEqual([{ device, since: until - longestServiceMs, until }]);
  });

  test('gets another end when it is asked for again, and stays since when it was', async () => {
    const rig = new Rig();
    const first = await rig.maintenance.begin({ device, forMs: minute, by: 'Li Wei' });
    await rig.pass(30_000);
    await rig.maintenance.begin({ device, forMs: 10 * minute });
    await rig.pass(5 * minute);
    expect(rig.maintenance.statusOf(device)).toMatchObject({ since: first - minute, until: first + 9.5 * minute });
    expect(rig.maintenance.statusOf(device)?.why).toContain('(Li Wei)');
  });

  test('is in service for a day at most', async () => {
    const rig = new Rig();
    const until = await rig.maintenance.begin({ device, forMs: 7 * longestServiceMs });
    expect(until).toBe(rig.clock.wall() + longestServiceMs);
  });

  test('is not in service where that cannot be kept', async () => {
    const rig = new Rig();
    rig.isDiskWell = false;
    await expect(rig.maintenance.begin({ device, forMs: minute })).rejects.toThrow('it cannot be kept: EIO');
    expect(rig.mark().quality).toBe('good');
    expect(rig.told).toEqual(['gauge-1 in', 'gauge-1 out']);
  });
});

describe('what was measured partly in service', () => {
  test('is bad too: a mean whose minute began before the end, and one that ended after the beginning', async () => {
    const rig = new Rig();
    const before = rig.sample();
    await rig.pass(30_000);
    const startMono = rig.clock.mono() - 30_000;
    await rig.maintenance.begin({ device, forMs: minute });
    await rig.pass(30_000);
    expect(rig.mark({ time: { mono: rig.clock.mono(), startMono } }).quality).toBe('bad');
    await rig.pass(minute);
    const late = { mono: rig.clock.mono(), startMono: rig.clock.mono() - minute };
    expect(rig.mark({ time: late }).quality).toBe('bad');
    expect(rig.mark().quality).toBe('good');
    // It waited on its way while the service began.
    expect(rig.maintenance.mark(before)).toEqual(before);
  });

  test('is bad as a sum that says not where it begins: poured water that was counted while nobody looked', async () => {
    const rig = new Rig();
    rig.mark({ stat: 'sum' });
    await rig.pass(minute);
    await rig.maintenance.begin({ device, forMs: minute });
    await rig.pass(5 * minute);
    expect(rig.mark({ stat: 'sum', value: 20 })).toMatchObject({ quality: 'bad', why: ['maintenance'] });
    await rig.pass(minute);
    expect(rig.mark({ stat: 'sum' }).quality).toBe('good');
  });

  test('is bad by the time of its sender, when it comes later', async () => {
    const rig = new Rig();
    await rig.pass(minute);
    await rig.maintenance.begin({ device, forMs: minute });
    const during = rig.clock.wall() + 30_000;
    expect(rig.mark({ time: { sender: 5 } }).quality).toBe('bad');
    await rig.pass(10 * minute);
    expect(rig.mark({ time: { sender: during } }).quality).toBe('bad');
    expect(rig.mark({ time: { sender: rig.clock.wall() } }).quality).toBe('good');
  });
});

async function restarted(awayMs: number, setWall = 0): Promise<Rig> {
  const before = new Rig();
  await before.maintenance.begin({ device, forMs: 30 * minute, by: 'Li Wei' });
  await before.pass(10 * minute);
  const clock = new FakeClock();
  clock.setWall(before.clock.wall() + awayMs + setWall);
  return new Rig(before.kept, clock);
}

describe('after a restart', () => {
  test('a service goes on for what is left of it', async () => {
    const rig = await restarted(5 * minute);
    expect(rig.mark()).toMatchObject({ quality: 'bad', why: ['maintenance'] });
    await rig.pass(14 * minute);
    expect(rig.maintenance.statusOf(device)?.why).toContain('(Li Wei)');
    await rig.pass(2 * minute);
    expect(rig.maintenance.statusOf(device)).toBeUndefined();
    expect(rig.mark().quality).toBe('good');
  });

  test('that took longer than the service there is none', async () => {
    expect((await restarted(21 * minute)).maintenance.statusOf(device)).toBeUndefined();
  });

  test('with a clock that has gone back it lasts no longer than was asked for', async () => {
    const rig = await restarted(0, -40 * 86_400_000);
    await rig.pass(30 * minute + 1);
    expect(rig.maintenance.statusOf(device)).toBeUndefined();
  });
});
