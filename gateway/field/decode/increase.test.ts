import { expect, test } from 'vitest';
import type { Decode, FieldValue, RegisterField } from '../../profiles/grammar.ts';
import { storedTotals, withIncreases } from './increase.ts';

function grammar(type: RegisterField['type'] = 'u16'): Decode {
  const field = { table: 'holding', at: 0, type, words: 'big', shift: 0, mask: 0xffff_ffff } as const;
  return {
    kind: 'registers',
    reads: [{ table: 'holding', first: 0, count: 2, isDestructive: false }],
    fields: {
      tips: { ...field, isIncrease: true, invalid: new Map([[65_535, 'device_fault']]) },
      total: { ...field, isIncrease: false, invalid: new Map() },
    },
  };
}

test.each<readonly [string, number | undefined, number, FieldValue | undefined]>([
  ['the first reading has none', undefined, 536, undefined],
  ['more rain', 536, 538, 2],
  ['no rain is a measurement', 538, 538, 0],
  ['the end of the type is passed', 65_530, 3, 9],
  ['a device that began anew is in doubt', 536, 3, { value: 3, why: ['device_fault'] }],
  ['a code is no total', 536, 65_535, { why: ['device_fault'] }],
])('%s', (_name, before, now, expected) => {
  const totals = before === undefined ? {} : { tips: before };
  const { fields } = withIncreases(grammar(), { tips: now, total: now }, totals);
  expect(fields).toEqual({ ...(expected === undefined ? {} : { tips: expected }), total: now });
});

test('a code does not make the total forgotten', () => {
  const { totals } = withIncreases(grammar(), { tips: 65_535 }, { tips: 536 });
  expect(totals).toEqual({ tips: 536 });
});

test('a total of 32 bits that falls from the end of 16 began anew', () => {
  const { fields } = withIncreases(grammar('u32'), { tips: 3 }, { tips: 65_530 });
  expect(fields).toEqual({ tips: { value: 3, why: ['device_fault'] } });
});

test('what was stored is taken as far as it is totals', () => {
  expect(storedTotals(undefined)).toEqual({});
  expect(storedTotals({ tips: 7, other: 'x' })).toEqual({ tips: 7 });
});
