import { describe, expect, test } from 'vitest';
import { whatAndHint } from '../platform/problem.ts';
import { genericProfile } from './generic.ts';
import { nameAsFormula } from './formula.ts';
import type { Profile } from './profile.ts';
import { setUp, type CheckedSetup } from './setup.ts';

const level = genericProfile('generic/water-level');
const distance = genericProfile('generic/water-distance');
if (!level || !distance) throw new Error('the quantity table has lost a row');

const mounted: Profile = {
  ...distance,
  settings: {
    height: {
      unit: 'mm',
      min: 30,
      max: 4500,
      ask: { en: 'How high?', zh: '多高？' },
      beyond: { en: 'out of sight', zh: '看不见' },
    },
    offset: { unit: 'mm', default: 5, ask: { en: 'Offset?', zh: '偏移？' } },
  },
  channels: {
    depth: {
      quantity: 'water_depth',
      name: level.name,
      value: nameAsFormula('height'),
      needs: ['height'],
      unit: 'mm',
      resolution: 0.001,
    },
  },
};

const told = (checked: CheckedSetup): readonly string[] =>
  checked.ok
    ? []
    : checked.problems.map((problem) => `${problem.pointer} (${problem.part}): ${whatAndHint(problem).en}`);

describe('settings', () => {
  test('are taken in any unit and come in that of the profile', () => {
    const checked = setUp(mounted, { height: '3.2 m', datum: ' road surface ' });
    expect(checked.ok && checked.setup.settings).toEqual({ height: 3200, offset: 5 });
    expect(checked.ok && checked.setup.datums).toEqual({ depth: 'road surface' });
  });

  test.each([
    ['a missing one asks its question', { datum: 'road' }, ' (key): the setting `height` is missing; How high?'],
    [
      'one that cannot work says why',
      { height: '5 m', datum: 'road' },
      '/height (value): height 5000 mm is more than 4500 mm; out of sight',
    ],
    [
      'one that is too small too',
      { height: '2 cm', datum: 'road' },
      '/height (value): height 20 mm is less than 30 mm; out of sight',
    ],
    [
      'a bare number has no unit',
      { height: 3200, datum: 'road' },
      '/height (value): 3200 has no unit; write for example `3200 mm`',
    ],
    [
      'an unknown one is told',
      { heigth: '1 m', datum: 'road' },
      '/heigth (key): unknown key `heigth`; did you mean `height`?',
    ],
    [
      'a height needs a datum',
      { height: '1 m' },
      ' (key): the setting `datum` is missing (depth); say what the height is measured from, such as `datum: road surface`',
    ],
    [
      'a datum is words',
      { height: '1 m', datum: 5 },
      '/datum (value): the datum is a text; say what the height is measured from, such as `datum: road surface`',
    ],
    [
      'a name of every object is no setting',
      { height: '1 m', datum: 'road', toString: '1 m' },
      '/toString (key): unknown key `toString`; allowed here: height, offset, datum',
    ],
  ])('%s', (_name, written, expected) => {
    expect(told(setUp(mounted, written))).toContain(expected);
  });

  test('a generic height is of an unstated datum until the site says it', () => {
    const without = setUp(level);
    const stated = setUp(level, { datum: 'quay' });
    expect(without.ok && without.setup.datums).toEqual({ level: 'unstated' });
    expect(stated.ok && stated.setup.datums).toEqual({ level: 'quay' });
  });

  test('a datum means nothing where the profile has fixed it or none is needed', () => {
    expect(told(setUp(distance, { datum: 'quay' }))).toEqual(['/datum (key): unknown key `datum`; remove it']);
    const depth = { ...mounted.channels['depth'], datum: 'road' };
    const fixed = { ...mounted, channels: { depth } } as Profile;
    expect(setUp(fixed, { height: '1 m' })).toMatchObject({ ok: true, setup: { datums: { depth: 'road' } } });
    expect(told(setUp(fixed, { height: '1 m', datum: 'quay' }))).toHaveLength(1);
  });
});
