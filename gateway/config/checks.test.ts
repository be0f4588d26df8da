import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { whatAndHint, whereIs } from '../platform/problem.ts';
import { rootPath } from '../platform/root.ts';
import type { ChannelChecks } from '../profiles/checks.ts';
import { openProfiles } from '../profiles/load.ts';
import { loadConfig } from './load.ts';

const profiles = openProfiles(rootPath('device-profiles'));
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-checks-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** What is tested of an ultrasonic level sensor when the site says so, or the first thing that is wrong. */
async function checksWhen(said: string): Promise<Readonly<Record<string, ChannelChecks>> | string> {
  const file = join(directory, 'lamppost.yaml');
  await writeFile(
    file,
    `gateway: { id: lp-demo }
devices:
  - id: underpass-7
    profile: dfrobot/a02yyuw
    source: { simulated: underpass-7 }
    settings: { sensorHeight: 3200 mm, datum: road surface }
${said}`,
  );
  const loaded = await loadConfig(file, profiles);
  if (loaded.ok) return loaded.settings.devices[0]?.checks ?? {};
  const [first] = loaded.problems;
  return first ? `${whereIs('', first).slice(1)}: ${whatAndHint(first).en}` : '';
}

test('a site that says nothing has the tests of the profile', async () => {
  expect(await checksWhen('')).toEqual({ depth: { spike: { suspect: 0.2 } } });
});

test('a site adds tests, and stands in for single ones of the profile', async () => {
  expect(
    await checksWhen('    checks: { depth: { gap: { after: 1h } }, distance: { spike: { suspect: 1 m } } }'),
  ).toEqual({
    depth: { spike: { suspect: 0.2 }, gap: { afterMs: 3_600_000 } },
    distance: { spike: { suspect: 1 } },
  });
  expect(await checksWhen('    checks: { depth: { spike: { suspect: 5 cm, bad: 1 m } } }')).toEqual({
    depth: { spike: { suspect: 0.05, bad: 1 } },
  });
});

test('a site can switch a test of the profile off', async () => {
  expect(await checksWhen('    checks: { depth: { spike: off } }')).toEqual({});
});

test('what is wrong is told where it stands', async () => {
  expect(await checksWhen('    checks: { deph: { spike: off } }')).toBe(
    '7:15: dfrobot/a02yyuw has no channel `deph`; did you mean `depth`?',
  );
  expect(await checksWhen('    checks: { depth: { spike: { suspect: 5 kPa } } }')).toBe(
    '7:42: "5 kPa" is not a length; write for example `5 m`',
  );
  expect(await checksWhen('    checks: { depth: { spike: { suspekt: 5 cm } } }')).toContain('suspect');
});
