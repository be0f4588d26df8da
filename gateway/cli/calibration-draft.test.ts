import { describe, expect, test } from 'vitest';
import { depthCalibration } from '../test/intake/calibrations.ts';
import { draftOf, lineText, newId, pointRows, readPoint, recordOf } from './calibration-draft.ts';

const subject = { device: 'underpass-7', channel: 'depth', quantity: 'water_depth', resolution: 0.001 } as const;
const compared = [
  { reference: 0, shown: 0.012 },
  { reference: 1, shown: 1.01 },
];

function draft(comparisons: Parameters<typeof draftOf>[1] = compared) {
  const result = draftOf(subject, comparisons);
  if (!result.ok) throw new Error(result.why.en);
  return result.draft;
}

describe('a comparison on the command line', () => {
  test.each([
    ['0 cm=1.2 cm', { reference: 0, shown: 0.012 }],
    ['100 cm = 1.01 m', { reference: 1, shown: 1.01 }],
    ['25 cm', { reference: 0.25 }],
  ])('`%s` is understood in the canonical unit', (text, expected) => {
    expect(readPoint(text, 'water_depth')).toEqual({ ok: true, ...expected });
  });

  test.each([
    ['1=1 cm', 'has no unit'],
    ['1 cm=2 °C', 'is not a length'],
    ['1 cm=2 cm=3 cm', 'one `=` is enough'],
    ['', 'not a value with a unit'],
    ['1 cm=', 'not a value with a unit'],
  ])('`%s` is answered with what is wrong', (text, what) => {
    expect(readPoint(text, 'water_depth')).toMatchObject({ ok: false, what: { en: expect.stringContaining(what) } });
  });
});

describe('a draft', () => {
  test('says how far the values lay beside, and how far they do now', () => {
    const { line, method, before, residuals } = draft();
    expect(line.gain).toBeCloseTo(1.002004, 6);
    expect(line.offset).toBeCloseTo(-0.012024, 6);
    expect(method).toBe('two_point');
    expect(before).toEqual([0.012, 0.01]);
    expect(residuals).toEqual([0, 0]);
  });

  test('of values that were calibrated already goes back to what the sensor showed', () => {
    const by = { gain: 1.1, offset: -0.05 };
    const seen = compared.map(({ reference, shown }) => ({ reference, shown: by.gain * shown + by.offset, by }));
    expect(draft(seen)).toMatchObject({ line: draft().line, points: draft().points });
    expect(draft(seen).before[1]).toBeCloseTo(0.061, 6);
  });

  test('shows itself in one line and a row for each point, in both languages', () => {
    expect(lineText({ gain: 1.002, offset: -0.012 }, 'm', 'en')).toBe('value = 1.002 × raw − 0.012 m');
    expect(lineText({ gain: 1, offset: 0 }, 'm', 'zh')).toBe('校准值 = 原始值');
    expect(pointRows(subject, draft(), 'en')).toEqual([
      ['reference', 'raw', 'off before', 'off now'],
      ['0 m', '0.012 m', '0.012 m', '0 m'],
      ['1 m', '1.01 m', '0.01 m', '0 m'],
    ]);
  });

  test('becomes a record with its paper and the next free id of the day', () => {
    const at = Date.UTC(2026, 10, 22);
    const id = newId(at, [depthCalibration({ id: 'cal-20261122-1' })]);
    const paper = { by: 'Li Wei', reference: 'steel rule 4711', validUntil: at + 1 };
    expect(recordOf(subject, draft(), { ...paper, id, at })).toMatchObject({
      kind: 'calibration',
      id: 'cal-20261122-2',
      device: 'underpass-7',
      unit: 'm',
      at,
      ...paper,
    });
  });
});
