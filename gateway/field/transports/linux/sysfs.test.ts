import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fields } from '../../../profiles/grammar.ts';
import { FakeClock } from '../../../test/fakes/fake-clock.ts';
import { sysfsReader } from './sysfs.ts';
import { pause } from '../../../test/wait.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lamppost-sys-'));
});
afterAll(() => rm(root, { recursive: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

function reader(id: string, files: Readonly<Record<string, string>>, clock = new FakeClock()): () => Promise<Fields> {
  return sysfsReader({ root, id, files, clock });
}

const w1 = { temperature: 'bus/w1/devices/{id}/temperature' };

test('reads the number of each file, with the name that the site gives in its path', async () => {
  await put('bus/iio/devices/iio:device0/in_voltage0_raw', '2048\n');
  await put('bus/iio/devices/iio:device0/in_voltage_scale', '0.805664062\n');
  const files = {
    raw: 'bus/iio/devices/{id}/in_voltage0_raw',
    scale: 'bus/iio/devices/{id}/in_voltage_scale',
  };
  expect(await reader('iio:device0', files)()).toEqual({ raw: 2048, scale: 0.805664062 });
});

test.for([
  [w1, 'no 1-Wire sensor 28-1: check the wiring and that w1-gpio is enabled'],
  [{ raw: 'bus/iio/devices/{id}/in_temp_raw' }, 'no IIO device 28-1: check the wiring and that its driver is loaded'],
  [{ raw: 'class/hwmon/{id}/in0' }, 'there is no /sys/class/hwmon/28-1/in0: check that its driver is loaded'],
] as const)('what is not there is told in words, with what to look at', async ([files, words]) => {
  await expect(reader('28-1', files)()).rejects.toThrow(words);
});

test('a sensor that is plugged in later is read, and what it writes then', async () => {
  const read = reader('28-2', w1);
  await expect(read()).rejects.toThrow('no 1-Wire sensor 28-2');
  await put('bus/w1/devices/28-2/temperature', '23125\n');
  expect(await read()).toEqual({ temperature: 23_125 });
  await put('bus/w1/devices/28-2/temperature', '');
  expect(await read()).toEqual({ temperature: { why: ['device_fault'] } });
});

test('a file that cannot be read is a broken value, not a lost link', async () => {
  await mkdir(join(root, 'bus/w1/devices/28-3/temperature'), { recursive: true }); // reading a directory fails
  expect(await reader('28-3', w1)()).toEqual({ temperature: { why: ['device_fault'] } });
});

test('a driver that hangs is not waited for, and not asked again before it has answered', async () => {
  const path = join(root, 'bus/w1/devices/28-4/temperature');
  await mkdir(dirname(path), { recursive: true });
  execFileSync('mkfifo', [path]); // opening it waits for a writer
  const clock = new FakeClock();
  const read = reader('28-4', w1, clock);
  const first = read().catch((error: Error) => error.message);
  await clock.advance(5000);
  expect(await first).toBe('28-4 does not answer its driver');
  await expect(read()).rejects.toThrow('the driver of 28-4 hangs');
  await writeFile(path, '4000\n');
  await pause(20);
  const again = read();
  await writeFile(path, '5000\n');
  expect(await again).toEqual({ temperature: 5000 });
});
