import { expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import { draftDevice, newSite, type NewDevice, type Site } from './new-device.ts';

const bundled = openProfiles(rootPath('device-profiles'));
const site: Site = { file: '/x/lamppost.yaml', base: '/x', text: newSite('lp-1', 'UTC'), bundled, profiles: bundled };
const noise = (id: string, serial: string, address: number): NewDevice => ({
  id,
  profile: 'sonbest/sm7901',
  source: { serial, address },
});

async function added(to: Site, device: NewDevice): Promise<Site> {
  const drafted = await draftDevice(to, device);
  if (!drafted.ok) throw new Error(drafted.problems.map(({ what }) => what.en).join('; '));
  return { ...to, text: drafted.text };
}

test('the first device on a shared line brings its bus along, and the second joins it', async () => {
  const one = await added(site, noise('noise-1', '/dev/ttyS1', 1));
  const two = await added(one, noise('noise-2', '/dev/ttyS1', 2));
  const three = await added(two, noise('noise-3', '/dev/ttyS2', 1));
  expect(three.text.match(/- id: \S+/g)).toEqual([
    '- id: rs485-1',
    '- id: rs485-2',
    '- id: noise-1',
    '- id: noise-2',
    '- id: noise-3',
  ]);
  expect(three.text).toContain('source: { bus: rs485-1, address: 2 }');
});

test.each([
  ['an address that is taken', noise('noise-2', '/dev/ttyS1', 1), '`noise-1` is there already'],
  ['an id that is taken', noise('noise-1', '/dev/ttyS1', 2), 'the id `noise-1` is taken already'],
  [
    'a port that a bus has',
    { id: 'x', profile: 'plantower/pms5003', source: { serial: '/dev/ttyS1' } },
    '/dev/ttyS1 is taken by rs485-1 already',
  ],
  ['a profile that is not there', { ...noise('x', '/dev/ttyS3', 1), profile: 'sonbest/sm7902' }, 'sonbest/sm7902'],
])('%s is refused', async (_name, device: NewDevice, why) => {
  const drafted = await draftDevice(await added(site, noise('noise-1', '/dev/ttyS1', 1)), device);
  expect(drafted).toMatchObject({ ok: false });
  expect(drafted.ok || drafted.problems[0]?.what.en).toContain(why);
});

test('a configuration that is wrong already is not added to', async () => {
  const drafted = await draftDevice({ ...site, text: 'gateway: { id: X }\n' }, noise('noise-1', '/dev/ttyS1', 1));
  expect(drafted.ok || drafted.problems[0]?.what.en).toMatch(/^lamppost.yaml is not right as it is: /);
});
