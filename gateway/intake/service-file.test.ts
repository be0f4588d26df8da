import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../platform/files.ts';
import { ServiceFile } from './service-file.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-service-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('what is in service is kept as it was written last, and a file that is none is said to be none', async () => {
  const file = new ServiceFile(systemFiles, directory);
  expect(await file.read()).toEqual([]);
  const service = { device: 'gauge-1', since: 1000, until: 2000, by: 'Li Wei' };
  await Promise.all([file.write([service, { ...service, device: 'gauge-2' }]), file.write([service])]);
  expect(await new ServiceFile(systemFiles, directory).read()).toEqual([service]);
  await writeFile(join(directory, 'service.json'), '[{"device":"gauge-1"}]');
  await expect(file.read()).rejects.toThrow('it is no list of services');
});

test('a service longer than a day was not written by us and does not count', async () => {
  const file = new ServiceFile(systemFiles, directory);
  await file.write([{ device: 'gauge-1', since: 0, until: 86_400_001 }]);
  expect(await file.read()).toEqual([]);
});
