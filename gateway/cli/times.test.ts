import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTime, stamp } from './times.ts';

const now = Date.parse('2026-11-22T02:30:00Z');
const timeZone = 'Asia/Shanghai';
const at = (text: string, zone = timeZone): string | undefined => {
  const read = readTime(text, { now, timeZone: zone });
  return read.ok ? new Date(read.at).toISOString() : undefined;
};

describe('a moment as people write it', () => {
  test.each([
    ['2h', '2026-11-22T00:30:00.000Z'],
    ['1d', '2026-11-21T02:30:00.000Z'],
    ['30min', '2026-11-22T02:00:00.000Z'],
    ['30m', '2026-11-22T02:00:00.000Z'],
    ['90 s', '2026-11-22T02:28:30.000Z'],
    ['2026-11-22T10:00', '2026-11-22T02:00:00.000Z'],
    ['2026-11-22 10:00', '2026-11-22T02:00:00.000Z'],
    ['2026-11-22', '2026-11-21T16:00:00.000Z'],
    ['2026-11-22T10:00:05Z', '2026-11-22T10:00:05.000Z'],
    ['2026-11-22T10:00+01:00', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22T10:00-0330', '2026-11-22T13:30:00.000Z'],
    ['08:15', '2026-11-22T00:15:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  test.each(['', 'yesterday', '2', '2 cm', '-1h', '2026-13-01', '2026-11-31', '25:00', '10:75', 'T', 'Z', '2026'])(
    '%j is none, and the answer shows how to write one',
    (text) => {
      const read = readTime(text, { now, timeZone });
      expect(read.ok).toBe(false);
      expect(read.ok ? '' : read.what.en).toContain('write `2h`');
    },
  );

  test('is meant where the gateway is, on both sides of a change of the clocks', () => {
    expect(at('2026-03-29T01:30', 'Europe/Berlin')).toBe('2026-03-29T00:30:00.000Z');
    expect(at('2026-03-29T03:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    expect(at('2026-10-25T04:00', 'Europe/Berlin')).toBe('2026-10-25T03:00:00.000Z');
  });

  test('a time that was shown can be given back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2050, 0) }).map((ms) => Math.floor(ms / 1000) * 1000),
        fc.constantFrom('Asia/Shanghai', 'UTC', 'Asia/Kathmandu', 'America/Caracas'),
        (moment, zone) => {
          expect(readTime(stamp(moment, zone), { now, timeZone: zone })).toEqual({ ok: true, at: moment });
        },
      ),
      { numRuns: 200 },
    );
  });
});
