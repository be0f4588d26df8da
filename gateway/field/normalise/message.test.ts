import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { genericProfile } from '../../profiles/generic.ts';
import type { Profile } from '../../profiles/profile.ts';
import { setUp, type Setup } from '../../profiles/setup.ts';
import { maxMessageValues, normaliseMessage } from './message.ts';

function setupOf(...ids: readonly string[]): Setup {
  const profiles = ids.map((id) => genericProfile(id)).filter((profile) => profile !== undefined);
  const [first] = profiles;
  const channels: Profile['channels'] = Object.assign({}, ...profiles.map((profile) => profile.channels));
  const checked = first && setUp({ ...first, channels });
  if (!checked?.ok) throw new Error('no such profile');
  return checked.setup;
}

const pump = setupOf('generic/water-level', 'generic/air-temperature', 'generic/float-switch');
const level = (value: number) => ({ channel: 'level', value, quality: 'good' });
const whyNot = (message: unknown): string => {
  const result = normaliseMessage(pump, message);
  return result.ok ? 'accepted' : result.why;
};

describe('an ingest message', () => {
  test('gives a bare number in the canonical unit', () => {
    expect(normaliseMessage(pump, { level: 0.42 })).toEqual({ ok: true, items: [{ values: [level(0.42)] }] });
  });

  test('gives a number with its unit, the sender’s time and name', () => {
    expect(normaliseMessage(pump, { level: { value: 42, unit: 'cm' }, at: 1_763_790_000_000, ref: 'x1' })).toEqual({
      ok: true,
      items: [{ ref: 'x1', at: 1_763_790_000_000, values: [level(0.42)] }],
    });
  });

  test('keeps the channels of one entry together, and entries in order', () => {
    const message = [{ level: 1, temperature: { value: 68, unit: '°F' }, wet: true }, { level: { value: 2 } }];
    expect(normaliseMessage(pump, message)).toEqual({
      ok: true,
      items: [
        {
          values: [
            level(1),
            { channel: 'temperature', value: 20, quality: 'good' },
            { channel: 'wet', value: true, quality: 'good' },
          ],
        },
        { values: [level(2)] },
      ],
    });
  });

  test('beyond the physical limits is kept, but bad', () => {
    expect(normaliseMessage(pump, { level: 9000 })).toEqual({
      ok: true,
      items: [{ values: [{ channel: 'level', value: 9000, quality: 'bad', why: ['range'] }] }],
    });
  });

  test('may say that there is no value', () => {
    expect(normaliseMessage(pump, { level: null })).toEqual({
      ok: true,
      items: [{ values: [{ channel: 'level', value: null, quality: 'missing', why: ['device_fault'] }] }],
    });
  });

  test('with a number that JSON can write but no double can hold has no value', () => {
    expect(normaliseMessage(pump, JSON.parse('{"level":1e999}'))).toEqual({
      ok: true,
      items: [{ values: [{ channel: 'level', value: null, quality: 'bad', why: ['decode'] }] }],
    });
  });

  test('is in the unit of its channel when the profile has another one', () => {
    const { channels } = pump.profile;
    const inCentimetres = {
      ...pump,
      profile: { ...pump.profile, channels: { level: { ...channels['level'], unit: 'cm' } } },
    } as Setup;
    expect(normaliseMessage(inCentimetres, { level: 42 })).toMatchObject({ items: [{ values: [level(0.42)] }] });
  });
});

describe('a message goes to quarantine, with a reason that its sender can act on', () => {
  test.each([
    ['an unknown channel', { levle: 1 }, 'the device has no channel "levle"; did you mean `level`?'],
    ['a channel like none', { x: 1 }, 'the device has no channel "x"; it has level, temperature, wet'],
    ['a text for a number', { level: '0.42' }, 'level: "0.42" is not a number'],
    ['a number for a state', { wet: 1 }, 'wet: 1 is not a boolean'],
    ['a list for a number', { level: [1] }, 'level: [1] is not a number'],
    ['an unknown unit', { level: { value: 1, unit: 'parsec' } }, 'level: the unit "parsec" cannot become m'],
    ['another dimension', { level: { value: 1, unit: 'kPa' } }, 'level: the unit "kPa" cannot become m'],
    ['a unit that is no text', { level: { value: 1, unit: 5 } }, 'level: the unit 5 cannot become m'],
    ['a unit for a state', { wet: { value: true, unit: 'm' } }, 'wet: a boolean has no unit'],
    ['a value without a value', { level: { unit: 'm' } }, 'level: there is no "value" in it'],
    [
      'an unknown key in a value',
      { level: { value: 1, quality: 'good' } },
      'level: "quality" is not a key of {"value":…,"unit":"…"}',
    ],
    ['a time in seconds with fractions', { level: 1, at: 1.5 }, 'at is a whole number, Unix time in milliseconds'],
    ['a time as text', { level: 1, at: '2025-01-01' }, 'at is a whole number, Unix time in milliseconds'],
    ['an empty ref', { level: 1, ref: '' }, 'ref is a string of 1 to 64 characters'],
    ['a long ref', { level: 1, ref: 'x'.repeat(65) }, 'ref is a string of 1 to 64 characters'],
    ['nothing', {}, 'there is no channel in it'],
    ['no channel', { at: 5 }, 'there is no channel in it'],
    ['an empty array', [], 'the array is empty'],
    ['a bare number', 0.42, '0.42 is not an object such as {"level":0.42}'],
    ['null', null, 'null is not an object such as {"level":0.42}'],
    ['one bad entry among good ones', [{ level: 1 }, { level: 'x' }], 'entry 1: level: "x" is not a number'],
    ['an array in an array', [[{ level: 1 }]], 'entry 0: [{"level":1}] is not an object such as {"level":0.42}'],
    ['a name of every object', { toString: 1 }, 'the device has no channel "toString"; it has level, temperature, wet'],
    [
      'a prototype',
      JSON.parse('{"__proto__":1}'),
      'the device has no channel "__proto__"; it has level, temperature, wet',
    ],
  ])('for %s', (_name, message, why) => {
    expect(whyNot(message)).toBe(why);
  });

  test('for more values than one message may carry', () => {
    const entry = { level: 1, temperature: 1 };
    expect(whyNot(Array.from({ length: maxMessageValues / 2 }, () => entry))).toBe('accepted');
    expect(whyNot(Array.from({ length: maxMessageValues / 2 + 1 }, () => entry))).toBe(
      'a message carries at most 1000 values',
    );
    expect(whyNot(Array.from({ length: maxMessageValues + 1 }, () => ({})))).toBe(
      'a message carries at most 1000 values',
    );
  });

  test('never by a throw', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({ value: fc.jsonValue(), unit: fc.jsonValue() }, { requiredKeys: [] }),
    );
    const entry = fc.dictionary(fc.constantFrom('level', 'wet', 'at', 'ref', 'temperature'), value);
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), entry, fc.array(entry)), (message) => {
        expect(typeof normaliseMessage(pump, message).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});

test('a message of a calibrated channel gives what is true, and names the calibration', () => {
  const calibrations = new Map([['level', { id: 'cal-1', gain: 2, offset: 0.5, validUntil: 0 }]]);
  const result = normaliseMessage({ ...pump, calibrations }, { level: { value: 10, unit: 'cm' }, temperature: 20 });
  expect(result).toMatchObject({
    items: [
      {
        values: [
          { channel: 'level', value: 0.7, calibration: 'cal-1' },
          { channel: 'temperature', value: 20 },
        ],
      },
    ],
  });
});
