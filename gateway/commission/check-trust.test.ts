import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from '../config/settings.ts';
import { appendCalibration } from '../intake/calibration-file.ts';
import { ServiceFile } from '../intake/service-file.ts';
import { systemFiles } from '../platform/files.ts';
import { genericProfile } from '../profiles/generic.ts';
import { setUp } from '../profiles/setup.ts';
import { depthCalibration } from '../test/intake/calibrations.ts';
import { checkCalibrations, checkServices } from './check-trust.ts';
import type { Facts } from './checks.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-trust-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const path = (): string => join(directory, 'calibrations.ndjson');
const day = 86_400_000;
const until = (validUntil: number, id: string): Promise<void> =>
  appendCalibration(path(), depthCalibration({ id, validUntil }));

function facts(): Facts {
  const profile = genericProfile('generic/water-depth');
  const checked = profile && setUp(profile, { datum: 'road surface' });
  if (!checked?.ok) throw new Error('no setup');
  const device = { id: 'underpass-7', setup: checked.setup, source: { kind: 'ingest' }, labels: {} };
  const settings = { calibrations: path(), journal: { directory }, devices: [device] } as unknown as Settings;
  return { settings } as unknown as Facts;
}

test('a calibration that holds is well, one that ends soon or has ended is to know of', async () => {
  expect(await checkCalibrations(facts())).toEqual([]);
  await until(Date.now() + 100 * day, 'cal-1');
  expect(await checkCalibrations(facts())).toMatchObject([{ state: 'ok', saw: { en: '1 in force' } }]);
  await until(Date.now() + 9.5 * day, 'cal-2');
  expect(await checkCalibrations(facts())).toMatchObject([
    { subject: 'underpass-7/depth', state: 'warn', saw: { en: 'its calibration expires within 10 d' } },
  ]);
  await until(Date.now() - day, 'cal-3');
  expect(await checkCalibrations(facts())).toMatchObject([
    { state: 'warn', mend: { en: 'lamppost calibrate underpass-7/depth' } },
  ]);
});

test('a damaged line is named, and records of devices that are gone are none of ours', async () => {
  await appendCalibration(path(), depthCalibration({ device: 'gone', validUntil: 1 }));
  await appendFile(path(), '{"v":1}\n');
  expect(await checkCalibrations(facts())).toMatchObject([{ subject: `${path()}:2`, state: 'warn' }]);
});

test('devices in service are named, those whose time is over are not', async () => {
  expect(await checkServices(facts())).toEqual([]);
  const since = Date.now() - 1000;
  const over = { device: 'gauge-1', since, until: since + 1 };
  const running = { device: 'underpass-7', since, until: since + 601_000, by: 'Li Wei' };
  await new ServiceFile(systemFiles, directory).write([running, over]);
  expect(await checkServices(facts())).toMatchObject([
    { subject: 'underpass-7', state: 'warn', saw: { en: 'in service for 10 min more (Li Wei)' } },
  ]);
});
