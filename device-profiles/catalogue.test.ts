import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { quantities } from '../gateway/model/quantity.ts';
import { checkProfile } from '../gateway/profiles/check.ts';
import { components } from '../gateway/profiles/connect.ts';
import { catalogue, isGeneric } from './catalogue.ts';
import schema from './schema/profile.schema.json' with { type: 'json' };

const here = import.meta.dirname;
const profiles = globSync('*/*.yaml', { cwd: here }).flatMap((file) => {
  const checked = checkProfile(readFileSync(`${here}/${file}`, 'utf8'), file.slice(0, -'.yaml'.length));
  return checked.ok ? [checked.profile] : [];
});
const makers = profiles.filter(({ id }) => !isGeneric(id));

/** The values that the tag of a union may have. */
const kindsOf = (union: readonly { readonly properties: { readonly kind: object } }[]): readonly string[] =>
  union.flatMap(({ properties: { kind } }) => ('const' in kind ? [String(kind.const)] : []));

// After a profile was added or changed:
// npx vitest run --config .config/vitest.config.ts --project unit device-profiles/catalogue.test.ts -u
test('CATALOGUE.md is what the profiles say', async () => {
  await expect(catalogue(profiles)).toMatchFileSnapshot('CATALOGUE.md');
});

test('lists every profile once', () => {
  const listed = Array.from(catalogue(profiles).matchAll(/\]\((\S+)\.yaml\)/g), ([, id]) => id);
  expect(listed).toHaveLength(profiles.length);
  expect(new Set(listed)).toEqual(new Set(profiles.map(({ id }) => id)));
});

test('knows at least 24 devices of makers and standards', () => {
  expect(makers.length).toBeGreaterThanOrEqual(24);
});

test('uses every way to reach a device and every grammar', () => {
  // A device that publishes to our own topic needs no file: its profile is made from the quantity table.
  const connects = kindsOf(schema.properties.connect.oneOf).filter((kind) => kind !== 'message');
  const decodes = kindsOf(schema.properties.decode.oneOf);
  expect(connects.length).toBeGreaterThan(1);
  expect(decodes.length).toBeGreaterThan(1);
  expect(connects.filter((kind) => !profiles.some(({ connect }) => connect.kind === kind))).toEqual([]);
  expect(decodes.filter((kind) => !profiles.some(({ decode }) => decode.kind === kind))).toEqual([]);
});

test('uses every component of a board', () => {
  const used = profiles.flatMap(({ connect }) => (connect.kind === 'board' ? [connect.component] : []));
  expect(Object.keys(components).filter((name) => !used.some((component) => component === name))).toEqual([]);
});

test('a device of a maker names its sources, its wiring and what nobody has tried', () => {
  const poor = makers.filter(
    ({ sources, wiring, unverified }) => sources.length === 0 || wiring.length < 3 || unverified === undefined,
  );
  expect(poor.map(({ id }) => id)).toEqual([]);
});

test('nothing that says who is where leaves a presence sensor by default', () => {
  const allowed: readonly string[] = [
    'presence',
    'motion',
    'help_call',
    'door_open',
    'battery_level',
    'signal_quality',
  ];
  const sensors = makers.filter(({ channels }) =>
    Object.values(channels).some(({ quantity }) => quantity === 'motion' || quantity === 'help_call'),
  );
  expect(sensors.length).toBeGreaterThan(1);
  const told = sensors.flatMap(({ channels }) => Object.values(channels).map(({ quantity }) => quantity));
  expect(told.filter((quantity) => !allowed.includes(quantity))).toEqual([]);
  expect(allowed.filter((quantity) => !(quantity in quantities))).toEqual([]);
});
