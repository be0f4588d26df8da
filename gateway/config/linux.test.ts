import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planChildren } from '../field/plan.ts';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import { loadConfig, type LoadedConfig } from './load.ts';

/** What this machine itself can be asked in `lamppost.yaml`: its header, the files of its kernel, how it is. */

const profiles = openProfiles(rootPath('device-profiles'));
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-config-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function load(devices: string): Promise<LoadedConfig> {
  const file = join(directory, 'lamppost.yaml');
  const boards = '[{ id: pi, source: { gpio: auto } }]';
  await writeFile(file, `gateway: { id: lp-demo }\nboards: ${boards}\ndevices:\n${devices}\n`);
  return loadConfig(file, profiles);
}

async function problems(devices: string): Promise<readonly string[]> {
  const loaded = await load(devices);
  return loaded.ok ? [] : loaded.problems.map(({ what, hint }) => `${what.en}; ${hint?.en ?? 'NO HINT'}`);
}

test('the header of this machine is a board in a process of its own, with devices on its pins and bus', async () => {
  const loaded = await load(`
  - { id: rain, profile: generic/tipping-bucket, source: { board: pi, pin: 17 } }
  - { id: siren, profile: generic/relay, source: { board: pi, pin: 27 } }
  - { id: air, profile: bosch/bme280, source: { board: pi } }`);
  expect(loaded.ok && planChildren({ ...loaded.settings, simulatedDirectory: '' })).toMatchObject([
    {
      kind: 'board',
      board: 'pi',
      source: { kind: 'gpio', label: 'auto' },
      devices: [{ device: 'rain', pin: 17 }, { device: 'siren', pin: 27 }, { device: 'air' }],
    },
  ]);
});

test.for([
  ['pin: 28', 'generic/relay cannot work on pin 28; one of these can: 0-27'],
  ['pin: A0', 'generic/relay cannot work on pin A0; one of these can: 0-27'],
])('a pin that a header does not have is refused: %s', async ([pin, problem]) => {
  expect(await problems(`  - { id: siren, profile: generic/relay, source: { board: pi, ${pin} } }`)).toEqual([problem]);
});

test('what needs an analog input is refused on a header, which has none', async () => {
  const device = 'profile: generic/level-transducer-0v5-4v5, settings: { fullScale: 5 m, datum: sill }';
  expect(await problems(`  - { id: level, ${device}, source: { board: pi, pin: 4 } }`)).toEqual([
    'generic/level-transducer-0v5-4v5 needs an analog input, and a Raspberry Pi has none; connect it to a node board',
  ]);
});

test('files of the kernel and the machine itself share a process with serial lines', async () => {
  const loaded = await load(`
  - { id: water-t, profile: maxim/ds18b20, source: { sysfs: 28-0316a2795bff }, every: 10s }
  - { id: box, profile: lamppost/gateway, source: gateway }`);
  const plans = loaded.ok && planChildren({ ...loaded.settings, simulatedDirectory: '' });
  expect(plans).toMatchObject([
    {
      kind: 'shared',
      works: [
        { kind: 'files', root: '/sys', id: '28-0316a2795bff', device: { device: 'water-t', everyMs: 10_000 } },
        { kind: 'machine', directory: join(directory, 'data'), device: { device: 'box', everyMs: 60_000 } },
      ],
    },
  ]);
});

test.for(['../../etc', '..', '.hidden', 'a/b', '', '28-1 '])(
  'a name that could lead out of the folder of devices is refused: %o',
  async (id) => {
    const found = await problems(`  - { id: water-t, profile: maxim/ds18b20, source: { sysfs: '${id}' } }`);
    expect(found).toHaveLength(1);
  },
);

test('what the gateway does not know of itself cannot be read from it', async () => {
  expect(await problems('  - { id: water-t, profile: maxim/ds18b20, source: gateway }')).toEqual([
    'maxim/ds18b20 is not read from `gateway`; its source is one of: sysfs',
  ]);
});
