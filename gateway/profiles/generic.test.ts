import { describe, expect, test } from 'vitest';
import { isQuantity, quantities, quantityOf } from '../model/quantity.ts';
import { genericId, genericIds, genericProfile } from './generic.ts';

const names = Object.keys(quantities).filter(isQuantity);

describe('a generic profile', () => {
  test.each(names)('is made of %s', (quantity) => {
    const profile = genericProfile(genericId(quantity));
    const row = quantityOf(quantity);
    expect(profile?.connect).toEqual({ kind: 'message' });
    expect(Object.keys(profile?.channels ?? {})).toEqual([row.channel]);
    expect(profile?.channels[row.channel]).toMatchObject({ quantity, unit: row.unit, resolution: row.resolution });
    expect(profile?.channels[row.channel]?.datum).toBe(row.datum ? 'unstated' : undefined);
    expect(profile?.channels[row.channel]?.limits).toBeUndefined();
  });

  test('has an id with hyphens', () => {
    expect(genericId('pm2_5')).toBe('generic/pm2-5');
    expect(genericIds()).toHaveLength(names.length);
  });

  test.each([
    'generic/nothing',
    'generic/water_level',
    'acme/water-level',
    'generic/',
    'water-level',
    'generic/to-string',
  ])('is not made of %s', (id) => {
    expect(genericProfile(id)).toBeUndefined();
  });
});
