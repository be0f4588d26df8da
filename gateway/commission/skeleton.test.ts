import { describe, expect, test } from 'vitest';
import { checkProfile } from '../profiles/check.ts';
import { dryRun } from './dry-run.ts';
import { skeleton, skeletonKinds, type SkeletonOrder } from './skeleton.ts';

const order: SkeletonOrder = { id: 'acme/x-1', kind: 'frame', line: '9600 8N1', quantity: 'water_distance' };

function profileOf(wanted: Partial<SkeletonOrder>) {
  const { text, problems } = skeleton({ ...order, ...wanted });
  expect(problems).toEqual([]);
  const checked = checkProfile(text, order.id);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return { profile: checked.profile, text };
}

describe.each(skeletonKinds)('a new profile of kind %s', (kind) => {
  test.each(['water_distance', 'water_depth', 'rain_amount', 'air_temperature', 'door_open'] as const)(
    'for %s passes its own examples',
    (quantity) => {
      const { profile, text } = profileOf({ kind, quantity });
      expect(profile.examples.map((example) => dryRun(profile, example).passed)).toEqual([true, true]);
      expect(text).toContain('?');
      expect(text).not.toContain('undefined');
    },
  );
});

test('the checksum of the example is found', () => {
  expect(profileOf({ example: 'FF 86 02 20 00 00 00 00 58' }).profile.decode).toMatchObject({
    length: 9,
    checksum: { kind: 'negated-sum8', first: 1, last: 7, at: 8 },
  });
  expect(profileOf({ example: '01 02 03 04 99' }).profile.decode).not.toHaveProperty('checksum');
});

test('the number in a line of text becomes its field', () => {
  const { profile } = profileOf({ kind: 'line', example: 'dist=12.5 m' });
  expect(profile.decode).toMatchObject({ template: 'dist={raw:f} m' });
});

test('the registers of an example answer are those that are asked for', () => {
  const { profile } = profileOf({ kind: 'modbus', example: '07 04 04 00 01 00 02 2D F5' });
  expect(profile.connect).toMatchObject({ address: 7 });
  expect(profile.decode).toMatchObject({ reads: [{ table: 'input', first: 0, count: 2 }] });
});
