import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { qualities, reasons, type Sample, type SampleTime } from '../model/reading.ts';
import { worstQuality } from '../model/statistics.ts';
import { parseFormula } from '../profiles/formula.ts';
import type { ChannelChecks } from '../profiles/checks.ts';
import { gateOf, sampleAt, word } from '../test/quality-rig.ts';
import { WindowExtremes } from './extremes.ts';
import type { QualityGate } from './gate.ts';

const minute = 60_000;

/** Every test there is, with limits that random values often break. */
const checks: ChannelChecks = {
  range: { suspect: [-5, 5], bad: [-8, 8], seasons: [{ from: '12-01', to: '03-01', suspect: [-1, 1] }] },
  saturated: { most: 7 },
  spike: { suspect: 1, bad: 4 },
  rate: { suspect: 2, bad: 6, perMs: minute },
  flat: { afterMs: 10 * minute, badMs: 20 * minute, within: 0.5 },
  attenuated: { overMs: 15 * minute, least: 1, bad: 0.1 },
};
const names = ['a', 'b'];
const holds = parseFormula('a <= b');

const build = (withCross: boolean): QualityGate =>
  gateOf({
    channels: { a: 'voltage', b: 'wind_direction' },
    checks: { a: checks, b: checks },
    crossChecks: withCross && holds.ok ? [{ holds: holds.formula, doubts: names }] : [],
    dayOf: (time) => ('sender' in time ? '01-15' : undefined),
  });

const moment = fc.integer({ min: 0, max: 60 * minute });
const time: fc.Arbitrary<SampleTime> = fc.oneof(
  { weight: 4, arbitrary: moment.map((mono) => ({ mono })) },
  { weight: 1, arbitrary: moment.map((sender) => ({ sender })) },
);
const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(null, true, 'words') },
);
const sample: fc.Arbitrary<Sample> = fc.record({
  device: fc.constantFrom('mast', 'mast', 'mast', 'stranger'),
  channel: fc.constantFrom('a', 'b', 'unknown'),
  value,
  quality: fc.constantFrom(...qualities, 'good'),
  time,
});
const samples = fc.array(sample, { maxLength: 60, size: 'max' });

describe('whatever comes', () => {
  test('the same samples come out, in their order, and nothing but the quality is worse', () => {
    let looked = 0;
    fc.assert(
      fc.property(samples, (given) => {
        const judged = build(true).judge(given);
        expect(judged).toHaveLength(given.length);
        for (const [index, before] of given.entries()) {
          const after = judged[index];
          if (!after) throw new Error('a sample is gone');
          const { quality, why = [], ...rest } = after;
          const { quality: was, ...same } = before;
          expect(rest).toEqual(same);
          expect(worstQuality([was, quality])).toBe(quality);
          expect(reasons.filter((reason) => why.includes(reason))).toEqual(why);
          if (quality === 'good') expect(why).toEqual([]);
          looked++;
        }
      }),
    );
    expect(looked).toBeGreaterThan(1000);
  });

  test('it does not matter how samples come together', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 60 }), (given, size) => {
        const [whole, parted] = [build(false), build(false)];
        const parts: Sample[] = [];
        for (let first = 0; first < given.length; first += size)
          parts.push(...parted.judge(given.slice(first, first + size)));
        expect(parts).toEqual(whole.judge(given));
      }),
    );
  });

  test('channels do not know each other, but for cross-checks', () => {
    fc.assert(
      fc.property(samples, (given) => {
        const together = build(false).judge(given);
        for (const name of names) {
          const mine = (one: Sample): boolean => one.channel === name;
          expect(build(false).judge(given.filter(mine))).toEqual(together.filter(mine));
        }
      }),
    );
  });

  test('up to eight late values change nothing for those that come in time', () => {
    const series = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(
        series,
        fc.integer({ min: 1, max: 8 }),
        fc.double({ min: -10, max: 10, noNaN: true }),
        (all, n, odd) => {
          const inTime = all.map((one, index) => sampleAt(1000 + index * 30, one, { channel: 'a' }));
          const late = Array.from({ length: n }, () => sampleAt(5, odd, { channel: 'a' }));
          const [first, ...others] = inTime;
          if (!first) return;
          const disturbed = build(false).judge([first, ...late, ...others]);
          expect([disturbed[0], ...disturbed.slice(1 + n)]).toEqual(build(false).judge(inTime));
        },
      ),
    );
  });
});

test('a constant good series stays good, whatever the limits, where nothing looks for stillness', () => {
  const limit = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(limit, limit, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (suspect, per, constant) => {
      const gate = gateOf({
        channels: { c: 'voltage' },
        checks: { c: { spike: { suspect }, rate: { suspect, perMs: per } } },
      });
      const words = Array.from({ length: 20 }, (_, index) =>
        gate
          .judge([sampleAt(index, constant)])
          .map(word)
          .join(),
      );
      expect(words.slice(0, 3)).toEqual(Array(3).fill('unchecked'));
      expect(words.slice(3)).toEqual(Array(17).fill('good'));
    }),
  );
});

test('a window is never longer in memory than 34 parts, however fast and however long', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 200, maxLength: 2000 }), (steps) => {
      const window = new WindowExtremes(minute);
      let [at, largest] = [0, 0];
      for (const step of steps) {
        at += step;
        window.add(at % 7, at);
        largest = Math.max(largest, window.size);
      }
      expect(largest).toBeLessThanOrEqual(34);
    }),
  );
});

test('a window says what a plain list of its values says, up to one part more of the past', () => {
  const step = fc.integer({ min: 1, max: 10_000 });
  let compared = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.integer({ min: 0, max: 9 })), { minLength: 50, maxLength: 200 }), (rows) => {
      const window = new WindowExtremes(2 * minute);
      const all: { readonly at: number; readonly value: number }[] = [];
      let at = 0;
      for (const [later, value] of rows) {
        at += later;
        all.push({ at, value });
        window.add(value, at);
        const { range } = window;
        if (range === undefined) continue;
        const over = (ms: number): number => {
          const values = all.filter((one) => one.at >= at - ms).map((one) => one.value);
          return Math.max(...values) - Math.min(...values);
        };
        expect(range).toBeGreaterThanOrEqual(over(2 * minute));
        expect(range).toBeLessThanOrEqual(over(2 * minute + (2 * minute) / 32 + 10_000));
        compared++;
      }
    }),
  );
  expect(compared).toBeGreaterThan(1000);
});
