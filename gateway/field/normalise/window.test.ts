import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Quality, Reason, Sample, Value } from '../../model/reading.ts';
import type { Reduction } from '../../model/statistics.ts';
import { genericProfile } from '../../profiles/generic.ts';
import type { Channel, Profile } from '../../profiles/profile.ts';
import { setUp } from '../../profiles/setup.ts';
import type { NormalisedValue } from './normalise.ts';
import { maxTaken, Window } from './window.ts';

function profileOf(id: string): Profile {
  const profile = genericProfile(id);
  if (!profile) throw new Error(`no ${id}`);
  return profile;
}

/** A window of ten seconds over one channel, called `c`, of a quantity. */
function windowOf(id: string, about: Partial<Channel> = {}, reduce?: Reduction): Window {
  const profile = profileOf(id);
  const [channel] = Object.values(profile.channels);
  if (!channel) throw new Error(`no channel in ${id}`);
  const checked = setUp({ ...profile, channels: { c: { ...channel, ...about } } });
  if (!checked.ok) throw new Error('no setup');
  const { setup } = checked;
  return new Window({ device: 'mast', setup, everyMs: 10_000, startMono: 100_000, ...(reduce ? { reduce } : {}) });
}

const taken = (value: Value, quality: Quality = 'good', ...why: readonly Reason[]): readonly NormalisedValue[] => [
  { channel: 'c', value, quality, ...(why.length > 0 ? { why } : {}) },
];

/** The samples of one period with these values, one a second. */
function periodOf(window: Window, ...values: readonly (readonly NormalisedValue[])[]): readonly Sample[] {
  for (const [second, value] of values.entries()) window.add(value, 101_000 + second * 1000);
  return window.tick(110_000);
}

const whole = { mono: 110_000, startMono: 100_000 };

describe('a period', () => {
  test('with one value gives it at its own time', () => {
    expect(periodOf(windowOf('generic/air-temperature'), taken(21.4))).toEqual([
      { device: 'mast', channel: 'c', value: 21.4, quality: 'good', time: { mono: 101_000 } },
    ]);
  });

  test('with more gives the statistic of the quantity over the period', () => {
    expect(periodOf(windowOf('generic/air-temperature'), taken(20), taken(21), taken(25))).toEqual([
      { device: 'mast', channel: 'c', value: 22, quality: 'good', stat: 'mean', n: 3, time: whole },
    ]);
    expect(periodOf(windowOf('generic/wind-direction'), taken(350), taken(20))).toMatchObject([
      { value: 5, stat: 'circular_mean' },
    ]);
    expect(periodOf(windowOf('generic/sound-level'), taken(60), taken(70))).toMatchObject([
      { value: 67.4, stat: 'energy_mean' },
    ]);
    expect(periodOf(windowOf('generic/wind-gust'), taken(3), taken(9), taken(4))).toMatchObject([
      { value: 9, stat: 'max' },
    ]);
    expect(periodOf(windowOf('generic/energy'), taken(100), taken(101))).toMatchObject([{ value: 101, stat: 'last' }]);
  });

  test('gives the statistic that the site asks for', () => {
    const values = [taken(1.2), taken(9.9), taken(1.1)];
    expect(periodOf(windowOf('generic/water-level', {}, 'median'), ...values)).toMatchObject([
      { value: 1.2, stat: 'median' },
    ]);
    expect(periodOf(windowOf('generic/water-level', {}, 'last'), ...values)).toMatchObject([
      { value: 1.1, stat: 'last' },
    ]);
  });

  test('has a plain mean where weights are wanted but there are none', () => {
    expect(periodOf(windowOf('generic/vehicle-speed'), taken(40), taken(60))).toMatchObject([
      { value: 50, stat: 'mean' },
    ]);
  });

  test('rounds to the resolution of the channel', () => {
    expect(periodOf(windowOf('generic/air-temperature'), taken(1), taken(1), taken(2))).toMatchObject([
      { value: 1.33 },
    ]);
  });

  test('without values gives nothing', () => {
    expect(periodOf(windowOf('generic/air-temperature'))).toEqual([]);
  });

  test('keeps bad values out of its statistic', () => {
    const samples = periodOf(
      windowOf('generic/water-level'),
      taken(1),
      taken(9999, 'bad', 'range'),
      taken(null, 'bad', 'decode'),
      taken(2),
    );
    expect(samples).toMatchObject([{ value: 1.5, quality: 'good', n: 2 }]);
    expect(samples[0]).not.toHaveProperty('why');
  });

  test('of bad values only gives none, with all their reasons and the worst quality', () => {
    expect(
      periodOf(windowOf('generic/water-level'), taken(9999, 'bad', 'range'), taken(null, 'missing', 'stale')),
    ).toEqual([
      {
        device: 'mast',
        channel: 'c',
        value: null,
        quality: 'missing',
        why: ['range', 'stale'],
        stat: 'mean',
        n: 0,
        time: whole,
      },
    ]);
  });

  test('of one bad value shows it as it is', () => {
    expect(periodOf(windowOf('generic/water-level'), taken(9999, 'bad', 'range'))).toMatchObject([
      { value: 9999, quality: 'bad', why: ['range'], time: { mono: 101_000 } },
    ]);
  });

  test('is no better than the least of what it was made of', () => {
    expect(periodOf(windowOf('generic/water-level'), taken(1), taken(2, 'unchecked'))).toMatchObject([
      { quality: 'unchecked' },
    ]);
    expect(periodOf(windowOf('generic/water-level'), taken(1), taken(2, 'suspect', 'warm_up'), taken(3))).toMatchObject(
      [{ value: 2, quality: 'suspect', why: ['warm_up'] }],
    );
  });

  test('of opposite winds has no direction', () => {
    expect(periodOf(windowOf('generic/wind-direction'), taken(0), taken(180))).toMatchObject([
      { value: null, quality: 'bad', why: ['decode'], n: 2 },
    ]);
  });

  test('of states is the last one, or whether it was ever or always on', () => {
    const values = [taken(false), taken(true), taken(false)];
    expect(periodOf(windowOf('generic/motion'), ...values)).toMatchObject([{ value: false, stat: 'last', n: 3 }]);
    expect(periodOf(windowOf('generic/motion', {}, 'max'), ...values)).toMatchObject([{ value: true, stat: 'max' }]);
    expect(periodOf(windowOf('generic/motion', {}, 'min'), ...values)).toMatchObject([{ value: false, stat: 'min' }]);
    expect(periodOf(windowOf('generic/motion', {}, 'mean'), ...values)).toMatchObject([{ value: false, stat: 'last' }]);
  });
});

const rain = (): Window => windowOf('generic/rain-amount', { stat: 'sum' });

describe('rain, summed since the last reading', () => {
  test('is added up, and its intervals follow each other without a gap', () => {
    const window = rain();
    expect(periodOf(window, taken(0.2), taken(0.4))).toEqual([
      { device: 'mast', channel: 'c', value: 0.6, quality: 'good', stat: 'sum', n: 2, time: { mono: 102_000 } },
    ]);
    window.add(taken(0.2), 115_000);
    expect(window.tick(120_000)).toMatchObject([
      { value: 0.2, n: 1, stat: 'sum', time: { mono: 115_000, startMono: 102_000 } },
    ]);
    window.add(taken(0), 145_000);
    expect(window.tick(150_000)).toMatchObject([{ value: 0, time: { mono: 145_000, startMono: 115_000 } }]);
  });

  test('that lost a part is suspect', () => {
    expect(periodOf(rain(), taken(0.2), taken(4000, 'bad', 'range'))).toMatchObject([
      { value: 0.2, quality: 'suspect', why: ['range'], n: 1 },
    ]);
  });

  test('loses no drop, however it is cut into periods', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 25_000 })), { minLength: 1 }), (showers) => {
        const window = rain();
        let mono = 100_000;
        const samples: Sample[] = [];
        for (const [tips, later] of showers) {
          mono += later;
          samples.push(...window.add(taken(tips / 5), mono));
        }
        samples.push(...window.flush(mono));
        const tips = samples.reduce((sum, { value }) => sum + Math.round(Number(value) * 5), 0);
        expect(tips).toBe(showers.reduce((sum, [count]) => sum + count, 0));
        for (const [index, sample] of samples.entries()) {
          const before = samples[index - 1]?.time;
          const startOf = 'startMono' in sample.time ? sample.time.startMono : undefined;
          expect(startOf).toBe(before && 'mono' in before ? before.mono : undefined);
        }
      }),
    );
  });
});

describe('periods', () => {
  test('end when a later value comes, and stay on their grid', () => {
    const window = windowOf('generic/air-temperature');
    window.add(taken(20), 101_000);
    window.add(taken(22), 102_000);
    expect(window.add(taken(30), 137_000)).toMatchObject([{ value: 21, time: whole }]);
    expect(window.dueMono).toBe(140_000);
    expect(window.tick(139_999)).toEqual([]);
    expect(window.tick(140_000)).toMatchObject([{ value: 30, time: { mono: 137_000 } }]);
  });

  test('end early when the process does', () => {
    const window = windowOf('generic/air-temperature');
    window.add(taken(20), 101_000);
    window.add(taken(22), 102_000);
    expect(window.flush(104_000)).toMatchObject([{ value: 21, time: { mono: 104_000, startMono: 100_000 } }]);
    expect(window.flush(104_000)).toEqual([]);
    expect(window.flush(111_000)).toEqual([]);
  });

  test('end early when a sensor floods, and nothing is lost', () => {
    const window = windowOf('generic/rain-amount', { stat: 'sum' });
    const samples = Array.from({ length: maxTaken + 5 }, (_, index) =>
      window.add(taken(1), 100_001 + index / 1000),
    ).flat();
    expect(samples).toMatchObject([{ value: maxTaken, n: maxTaken }]);
    expect(window.flush(109_000)).toMatchObject([{ value: 5 }]);
  });

  test('give each sample once, and every value is in one of them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 40 }), (steps) => {
        const window = windowOf('generic/water-level');
        let mono = 100_000;
        const samples: Sample[] = [];
        for (const step of steps) {
          mono += step;
          samples.push(...window.add(taken(1), mono));
        }
        samples.push(...window.tick(mono + 10_000));
        expect(samples.reduce((sum, { n = 1 }) => sum + n, 0)).toBe(steps.length);
        const ends = samples.map(({ time }) => ('mono' in time ? time.mono : 0));
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
      }),
    );
  });
});

const calibratedBy = (calibration: string, value: number): readonly NormalisedValue[] =>
  taken(value).map((one) => ({ ...one, calibration }));

describe('values of a calibrated channel', () => {
  test('give a statistic that names the calibration', () => {
    expect(
      periodOf(windowOf('generic/air-temperature'), calibratedBy('cal-1', 20), calibratedBy('cal-1', 22)),
    ).toMatchObject([{ value: 21, n: 2, calibration: 'cal-1' }]);
  });

  test('are never mixed with those of another one: the period ends there and goes on', () => {
    const window = windowOf('generic/air-temperature');
    window.add(calibratedBy('cal-1', 20), 101_000);
    window.add(calibratedBy('cal-1', 22), 102_000);
    expect(window.add(calibratedBy('cal-2', 30), 103_000)).toMatchObject([
      { value: 21, n: 2, calibration: 'cal-1', time: { mono: 103_000, startMono: 100_000 } },
    ]);
    window.add(calibratedBy('cal-2', 32), 104_000);
    expect(window.tick(110_000)).toMatchObject([
      { value: 31, n: 2, calibration: 'cal-2', time: { mono: 110_000, startMono: 103_000 } },
    ]);
  });
});
