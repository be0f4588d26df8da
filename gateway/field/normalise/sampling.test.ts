import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Quality, Sample } from '../../model/reading.ts';
import { genericProfile } from '../../profiles/generic.ts';
import type { Channel } from '../../profiles/profile.ts';
import { setUp, type Setup } from '../../profiles/setup.ts';
import type { NormalisedValue } from './normalise.ts';
import { Sampling, type SamplingPlan } from './sampling.ts';

function setupOf(id: string, about: Partial<Channel> = {}): Setup {
  const profile = genericProfile(id);
  const [channel] = Object.values(profile?.channels ?? {});
  if (!profile || !channel) throw new Error(`no ${id}`);
  const checked = setUp({ ...profile, channels: { c: { ...channel, ...about } } });
  if (!checked.ok) throw new Error('no setup');
  return checked.setup;
}

const level = setupOf('generic/water-level');
const rain = setupOf('generic/rain-amount', { stat: 'sum' });
const startMono = 1000;

const sampling = (more: Partial<SamplingPlan> = {}): Sampling =>
  new Sampling({ device: 'd', setup: level, everyMs: 60_000, ...more }, startMono);

const of = (value: number | null, quality: Quality = 'good'): readonly NormalisedValue[] => [
  { channel: 'c', value, quality },
];

const endOf = ({ time }: Sample): number => ('mono' in time ? time.mono : Number.NaN);
const startOf = ({ time }: Sample): number | undefined => ('mono' in time ? time.startMono : undefined);
const values = (samples: readonly Sample[]): readonly Sample['value'][] => samples.map(({ value }) => value);

/** Values each half second from second 1 on; what is published, with the moment of its publication. */
function published(course: Sampling, at: (second: number) => number, seconds: number): readonly Sample[] {
  const samples: Sample[] = [];
  for (let second = 1; second <= seconds; second += 0.5) {
    const mono = startMono + second * 1000;
    samples.push(...course.tick(mono), ...course.add(of(at(second)), mono));
  }
  return samples;
}

describe('a burst', () => {
  const burst = { everyMs: 1000, holdMs: 10_000, channels: { c: { near: 0.1 } } } as const;
  const alarmLimits = { c: [{ kind: 'above', limit: 0.5, clear: 0.4 }] } as const;

  test('begins when an alarm limit is near and ends after its hold; edges stay on both grids', () => {
    const course = sampling({ burst, alarmLimits });
    const samples = published(course, (second) => (second >= 70.5 && second < 75 ? 0.41 : 0.1), 200);
    const edges = samples.map((sample) => (endOf(sample) - startMono) / 1000);
    expect(edges.slice(0, 4)).toEqual([60, 71, 72, 73]);
    // The last near value came at 74.5 s, and 10 s later it was over.
    expect(edges.slice(-3)).toEqual([85, 120, 180]);
    for (const [index, sample] of samples.entries())
      expect(startOf(sample)).toBe(samples[index - 1] ? endOf(samples[index - 1] as Sample) : startMono);
  });

  test('asks the device faster while it lasts', () => {
    const course = sampling({ burst, alarmLimits, sampleMs: 20_000 });
    expect(course.askMs).toBe(20_000);
    course.add(of(0.45), startMono + 500);
    expect(course.askMs).toBe(1000);
    course.tick(startMono + 10_400);
    expect(course.askMs).toBe(1000);
    course.tick(startMono + 10_600);
    expect(course.askMs).toBe(20_000);
  });

  test.each([
    ['just not near', 0.4, 'good', 60_000],
    ['near', 0.401, 'good', 1000],
    ['passed', 9, 'good', 1000],
    ['doubted', 0.45, 'suspect', 1000],
    ['bad', 0.45, 'bad', 60_000],
  ] as const)('with a limit that is %s asks each … ms', (_what, value, quality, askMs) => {
    const course = sampling({ burst, alarmLimits });
    course.add(of(value, quality), startMono + 500);
    expect(course.askMs).toBe(askMs);
  });

  test('near a limit from above, where low is dangerous', () => {
    const limits = { c: [{ kind: 'below', limit: 0.2, clear: 0.3 }] } as const;
    const course = sampling({ burst, alarmLimits: limits });
    course.add(of(0.31), startMono + 500);
    expect(course.askMs).toBe(60_000);
    course.add(of(0.29), startMono + 600);
    expect(course.askMs).toBe(1000);
  });

  const rising = { everyMs: 1000, holdMs: 10_000, channels: { c: { risingPerMs: 0.02 / 60_000 } } } as const;

  test('begins when the channel rises faster than the site said over one period, and noise does not begin it', () => {
    const noisy = sampling({ burst: rising });
    published(noisy, (second) => 0.1 + (Math.floor(second * 2) % 2) * 0.05, 300);
    expect(noisy.askMs).toBe(60_000);
    const slow = sampling({ burst: rising });
    published(slow, (second) => (second / 60) * 0.019, 300);
    expect(slow.askMs).toBe(60_000);
    const fast = sampling({ burst: rising });
    published(fast, (second) => (second / 60) * 0.025, 125);
    expect(fast.askMs).toBe(1000);
  });

  test('ends when the channel has stopped rising', () => {
    const course = sampling({ burst: rising });
    published(course, (second) => Math.min(0.2, (second / 60) * 0.05), 260);
    expect(course.askMs).toBe(1000);
    published(course, () => 0.2, 400);
    expect(course.askMs).toBe(60_000);
  });

  test('of a sum looks at how fast it grows', () => {
    const plan = { setup: rain, everyMs: 60_000 };
    const calm = sampling({ ...plan, burst: { ...rising, channels: { c: { risingPerMs: 0.5 / 60_000 } } } });
    published(calm, () => 0.002, 300); // 0.24 mm a minute
    expect(calm.askMs).toBe(60_000);
    const storm = sampling({ ...plan, burst: { ...rising, channels: { c: { risingPerMs: 0.5 / 60_000 } } } });
    published(storm, () => 0.01, 300); // 1.2 mm a minute
    expect(storm.askMs).toBe(1000);
  });
});

/** Pauses between values, and the values. */
const courses = fc.array(
  fc.record({
    pauseMs: fc.integer({ min: 1, max: 40_000 }),
    tips: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 10, maxLength: 60 },
);
const lengths = fc.record({
  everyMs: fc.integer({ min: 1, max: 60 }).map((s) => s * 1000),
  burstMs: fc.integer({ min: 1, max: 60_000 }),
  holdMs: fc.integer({ min: 1, max: 60_000 }),
});

describe('whatever the periods and bursts', () => {
  test('sums lose nothing and count nothing twice, and follow each other without gap or overlap', () => {
    let changes = 0;
    fc.assert(
      fc.property(courses, lengths, (course, { everyMs, burstMs, holdMs }) => {
        const channels = { c: { risingPerMs: 1e-5 } };
        const burst = { everyMs: burstMs, holdMs, channels };
        const subject = new Sampling(
          { device: 'd', setup: rain, everyMs, burst, deadBand: { bands: {}, mostMs: 600_000 } },
          startMono,
        );
        let mono = startMono;
        const samples: Sample[] = [];
        for (const { pauseMs, tips } of course) {
          mono += pauseMs;
          samples.push(...subject.add(of(tips), mono));
          if (subject.askMs !== everyMs) changes++;
        }
        samples.push(...subject.endPeriod(mono + 1));
        const total = samples.reduce((sum, { value }) => sum + Number(value), 0);
        expect(total).toBe(course.reduce((sum, { tips }) => sum + tips, 0));
        for (const [index, sample] of samples.entries()) {
          const before = samples[index - 1];
          if (before) expect(startOf(sample)).toBe(endOf(before));
        }
      }),
    );
    expect(changes).toBeGreaterThan(100);
  });

  test('each value is in one period, and periods are in order and do not overlap', () => {
    fc.assert(
      fc.property(courses, lengths, (course, { everyMs, burstMs, holdMs }) => {
        const limits = { c: [{ kind: 'above', limit: 8, clear: 8 }] } as const;
        const burst = { everyMs: burstMs, holdMs, channels: { c: { near: 3 } } };
        const plan: SamplingPlan = { device: 'd', setup: level, everyMs, burst, alarmLimits: limits };
        const subject = new Sampling(plan, startMono);
        let mono = startMono;
        const samples: Sample[] = [];
        for (const { pauseMs, tips } of course) {
          mono += pauseMs;
          samples.push(...subject.tick(mono), ...subject.add(of(tips), mono));
        }
        samples.push(...subject.endPeriod(mono + 1));
        expect(samples.reduce((sum, { n = 1 }) => sum + n, 0)).toBe(course.length);
        let lastEnd = startMono;
        for (const sample of samples) {
          expect(startOf(sample) ?? endOf(sample)).toBeGreaterThanOrEqual(lastEnd);
          expect(endOf(sample)).toBeGreaterThanOrEqual(startOf(sample) ?? 0);
          lastEnd = endOf(sample);
        }
      }),
    );
  });
});

describe('a dead band', () => {
  const deadBand = { bands: { c: 0.005 }, mostMs: 600_000 } as const;

  test('keeps back what lies within it around the last published value', () => {
    const subject = sampling({ everyMs: 1000, deadBand });
    const samples = [1, 1.004, 0.996, 1.006, 1.002, 1.001, 0.999].flatMap((value, second) =>
      subject.add(of(value), startMono + 500 + second * 1000),
    );
    expect(values([...samples, ...subject.tick(startMono + 8000)])).toEqual([1, 1.006, 0.999]);
  });

  test('holds also where each period ends with the one answer in it', () => {
    const subject = sampling({ everyMs: 1000, deadBand });
    const samples = [1, 1.001, 1.006, 1.005].flatMap((value, second) => {
      const mono = startMono + 500 + second * 1000;
      return [...subject.add(of(value), mono), ...subject.endPeriod(mono)];
    });
    expect(values(samples)).toEqual([1, 1.006]);
  });

  test('publishes a change of quality, however small the value changes', () => {
    const subject = sampling({ everyMs: 1000, deadBand });
    const samples = [of(1), of(1), of(1, 'suspect'), of(1), of(null, 'bad')].flatMap((value, second) =>
      subject.add(value, startMono + 500 + second * 1000),
    );
    const all = [...samples, ...subject.tick(startMono + 8000)];
    expect(all.map(({ quality }) => quality)).toEqual(['good', 'suspect', 'good', 'bad']);
  });

  test('never hides that an alarm limit is passed, in either direction', () => {
    const alarmLimits = { c: [{ kind: 'above', limit: 1.002, clear: 0.999 }] } as const;
    const subject = sampling({ everyMs: 1000, deadBand, alarmLimits });
    const samples = [1, 1.001, 1.003, 1.004, 1.001, 0.998].flatMap((value, second) =>
      subject.add(of(value), startMono + 500 + second * 1000),
    );
    expect(values([...samples, ...subject.tick(startMono + 8000)])).toEqual([1, 1.003, 1.001, 0.998]);
  });

  test('publishes zeros of a sum: no rain is a measurement', () => {
    const subject = sampling({ setup: rain, everyMs: 1000, deadBand: { bands: {}, mostMs: 600_000 } });
    const samples = [0, 0, 0, 0].flatMap((value, second) => subject.add(of(value), startMono + 500 + second * 1000));
    expect(values(samples)).toEqual([0, 0, 0]);
  });

  test('publishes a state when it changes, and so often however seldom it does', () => {
    const door = setupOf('generic/door-open');
    const subject = sampling({ setup: door, everyMs: 1000, deadBand: { bands: { c: 0 }, mostMs: 5000 } });
    const states = [false, false, true, true, true, true, true, true, true, true];
    const samples = states.flatMap((value, second) => {
      const mono = startMono + 500 + second * 1000;
      return [...subject.tick(mono), ...subject.add([{ channel: 'c', value, quality: 'good' }], mono)];
    });
    expect(values(samples)).toEqual([false, true, true]);
  });

  test('hides no change larger than itself, and no channel is silent for longer than it may be', () => {
    const steps = fc.array(fc.record({ change: fc.integer({ min: -12, max: 12 }), isTold: fc.boolean() }), {
      minLength: 20,
      maxLength: 200,
    });
    let kept = 0;
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 8 }), (course, most, band) => {
        const plan = { bands: { c: band / 1000 }, mostMs: most * 1000 };
        const subject = sampling({ everyMs: 1000, deadBand: plan });
        let value = 1000;
        let shown = Number.NaN;
        let saidMono = startMono;
        let hasBegun = false;
        let lastEnd = 0;
        for (const [second, { change, isTold }] of course.entries()) {
          value += change;
          const mono = startMono + 500 + second * 1000;
          const samples = [...(isTold ? subject.add(of(value / 1000), mono) : []), ...subject.tick(mono + 500)];
          for (const sample of samples) {
            expect(endOf(sample)).toBeGreaterThan(lastEnd);
            lastEnd = endOf(sample);
            shown = Number(sample.value);
            saidMono = mono + 500;
            hasBegun = true;
          }
          if (isTold) {
            expect(Math.abs(value / 1000 - shown)).toBeLessThanOrEqual(band / 1000 + 1e-9);
            if (samples.length === 0) kept++;
            if (hasBegun) expect(mono + 500 - saidMono).toBeLessThan(plan.mostMs);
          }
        }
      }),
    );
    expect(kept).toBeGreaterThan(100);
  });
});
