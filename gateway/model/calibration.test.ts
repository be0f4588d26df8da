import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { depthCalibration } from '../test/intake/calibrations.ts';
import {
  calibrated,
  calibrationMethods,
  deviation,
  fitLine,
  freedomOf,
  inForce,
  uncalibrated,
  type CalibrationPoint,
  type Line,
} from './calibration.ts';
import { quantities, type QuantityName } from './quantity.ts';
import schema from './schema/calibration.schema.json' with { type: 'json' };
import { statistic } from './statistics.ts';

const line = fc.record({
  gain: fc.double({ min: 0.5, max: 2, noNaN: true }),
  offset: fc.double({ min: -100, max: 100, noNaN: true }),
});
const value = fc.double({ min: -1000, max: 1000, noNaN: true });

function fitted(name: QuantityName, points: readonly CalibrationPoint[], resolution = 0.001): Line {
  const fit = fitLine(name, points, resolution);
  if (!fit.ok) throw new Error(fit.why.en);
  return fit.line;
}

describe('a calibration', () => {
  test('and its way back lead to the same value', () => {
    fc.assert(
      fc.property(line, value, (calibration, raw) => {
        const there = calibrated('water_depth', calibration, raw);
        expect(uncalibrated('water_depth', calibration, there)).toBeCloseTo(raw, 6);
      }),
    );
  });

  test('may come before or after a mean, a least, a most, a middle and a last value', () => {
    fc.assert(
      fc.property(line, fc.array(value, { minLength: 1, maxLength: 20 }), (calibration, values) => {
        const apply = (raw: number): number => calibrated('water_depth', calibration, raw);
        for (const reduction of ['mean', 'min', 'max', 'median', 'last'] as const) {
          expect(apply(statistic(reduction, values))).toBeCloseTo(statistic(reduction, values.map(apply)), 6);
        }
      }),
    );
  });

  test('of what adds up may come before or after the sum', () => {
    const tips = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), tips, (gain, values) => {
        const apply = (raw: number): number => calibrated('rain_amount', { gain, offset: 0 }, raw);
        expect(apply(statistic('sum', values))).toBeCloseTo(statistic('sum', values.map(apply)), 6);
      }),
    );
  });

  test('of a sound level may come before or after its energy mean', () => {
    const levels = fc.array(fc.double({ min: 20, max: 120, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.double({ min: -10, max: 10, noNaN: true }), levels, (offset, values) => {
        const apply = (raw: number): number => calibrated('sound_level', { gain: 1, offset }, raw);
        expect(apply(statistic('energy_mean', values))).toBeCloseTo(statistic('energy_mean', values.map(apply)), 6);
      }),
    );
  });

  test.each([
    [350, 20, 10],
    [5, -20, 345],
    [0, 0, 0],
    [360, 0, 360],
  ])('keeps a direction on the circle: %d° and %d° are %d°', (raw, offset, expected) => {
    expect(calibrated('wind_direction', { gain: 1, offset }, raw)).toBe(expected);
  });

  test('is free as its quantity allows', () => {
    expect(freedomOf('water_depth')).toBe('line');
    expect(freedomOf('rain_amount')).toBe('gain');
    expect(freedomOf('wind_direction')).toBe('offset');
    expect(freedomOf('sound_level')).toBe('offset');
    for (const name of ['rain_count', 'vehicle_count', 'door_open', 'person_count'] as const) {
      expect(freedomOf(name)).toBe('none');
    }
    const names = Object.keys(quantities) as QuantityName[];
    const free = names.filter((name) => freedomOf(name) !== 'none');
    expect(free.length).toBeGreaterThan(40);
    expect(free.length).toBeLessThan(names.length);
  });
});

/** Two points that ask for this gain. */
const steep = (gain: number): readonly CalibrationPoint[] => [
  { reference: 0, shown: 0 },
  { reference: gain, shown: 1 },
];

describe('the line through points', () => {
  test('finds again what has bent them', () => {
    const references = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(line, references, (bend, truths) => {
        const points = truths.map((reference) => ({ reference, shown: (reference - bend.offset) / bend.gain }));
        const found = fitted('water_depth', points);
        expect(found.gain).toBeCloseTo(bend.gain, 6);
        expect(found.offset).toBeCloseTo(bend.offset, 4);
      }),
    );
  });

  test('of one point moves values and does not stretch them', () => {
    const { gain, offset } = fitted('water_depth', [{ reference: 0.1, shown: 0.112 }]);
    expect(gain).toBe(1);
    expect(offset).toBeCloseTo(-0.012, 9);
  });

  test('of a rain gauge is a gain: 100 ml more in the funnel are so much more per tip', () => {
    expect(fitted('rain_amount', [{ reference: 10, shown: 9.6 }])).toEqual({ gain: 10 / 9.6, offset: 0 });
  });

  test('of a wind vane takes the shorter way round', () => {
    expect(fitted('wind_direction', [{ reference: 2, shown: 358 }])).toEqual({ gain: 1, offset: 4 });
    expect(deviation('wind_direction', 358, 2)).toBe(-4);
  });

  test('through more than two points leaves residuals, the least that there can be', () => {
    const points = [
      { reference: 0, shown: 0 },
      { reference: 1, shown: 1.02 },
      { reference: 2, shown: 1.98 },
    ];
    const found = fitted('water_depth', points);
    const squares = (by: Line): number =>
      points.reduce((sum, { reference, shown }) => sum + (calibrated('water_depth', by, shown) - reference) ** 2, 0);
    for (const nudge of [-0.001, 0.001]) {
      expect(squares({ ...found, offset: found.offset + nudge })).toBeGreaterThan(squares(found));
    }
  });

  test.each([
    ['of a state', 'door_open', [{ reference: 1, shown: 0 }], 'cannot be calibrated'],
    ['of a count', 'vehicle_count', [{ reference: 10, shown: 9 }], 'cannot be calibrated'],
    ['without a point', 'water_depth', [], 'needs a point'],
    [
      'through points that are too near',
      'water_depth',
      [
        { reference: 0, shown: 0 },
        { reference: 0.009, shown: 0.01 },
      ],
      'at least 0.01 apart',
    ],
    [
      'through two values for one reference',
      'water_depth',
      [
        { reference: 1, shown: 0.9 },
        { reference: 1, shown: 1.1 },
      ],
      'too near',
    ],
    [
      'that falls',
      'water_depth',
      [
        { reference: 0, shown: 1 },
        { reference: 1, shown: 0 },
      ],
      'fall where the reference rises',
    ],
    ['with a reference that cannot be', 'relative_humidity', [{ reference: 130, shown: 90 }], 'impossible'],
    ['of a gauge that has not tipped', 'rain_amount', [{ reference: 10, shown: 0 }], 'too near'],
  ] as const)('%s is refused', (_name, quantity, points, why) => {
    expect(fitLine(quantity, points, 0.001)).toMatchObject({ ok: false, why: { en: expect.stringContaining(why) } });
  });

  test('that stretches more than twofold is doubted', () => {
    expect(fitLine('water_depth', steep(2.1), 0.001)).toHaveProperty('doubt');
    expect(fitLine('water_depth', steep(0.4), 0.001)).toHaveProperty('doubt');
    expect(fitLine('water_depth', steep(1.9), 0.001)).not.toHaveProperty('doubt');
  });
});

const taken = (id: string) => ({ v: 1, kind: 'void', id, at: 1, by: 'Li Wei' }) as const;

describe('of several records of one channel', () => {
  const [first, second] = [depthCalibration(), depthCalibration({ id: 'cal-2' })];

  test('the last one counts, and each channel has its own', () => {
    const other = depthCalibration({ id: 'cal-3', channel: 'distance' });
    expect([...inForce([first, other, second]).values()].map(({ id }) => id)).toEqual(['cal-2', 'cal-3']);
  });

  test('one that was taken back leaves the one before it', () => {
    expect(inForce([first, second, taken('cal-2')]).get('underpass-7/depth')?.id).toBe('cal-1');
    expect(inForce([first, second, taken('cal-1')]).get('underpass-7/depth')?.id).toBe('cal-2');
    expect(inForce([first, taken('cal-1')]).size).toBe(0);
  });
});

describe('the schema of a record', () => {
  const isSound = new Ajv2020({ strict: true, discriminator: true, strictRequired: false }).compile(schema);

  test('takes a record and its taking back, and fields that come later', () => {
    expect(isSound(depthCalibration())).toBe(true);
    expect(isSound({ ...depthCalibration(), certificate: 'CN-2026-17' })).toBe(true);
    expect(isSound({ v: 1, kind: 'void', id: 'cal-1', at: 1, by: 'Li Wei' })).toBe(true);
    for (const method of calibrationMethods) expect(isSound(depthCalibration({ method }))).toBe(true);
  });

  test.each([
    { gain: 0 },
    { gain: -1 },
    { id: 'CAL 1' },
    { points: [] },
    { by: '' },
    { validUntil: 1.5 },
    { kind: 'other' },
  ])('refuses %j', (slip) => {
    expect(isSound({ ...depthCalibration(), ...slip })).toBe(false);
  });
});
