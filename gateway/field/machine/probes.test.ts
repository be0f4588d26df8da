import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { normalise } from '../normalise/normalise.ts';
import { thisMachine, type Machine } from './machine.ts';
import { machineReader } from './probes.ts';
import { setupOf } from '../../test/setup-of.ts';

/** A machine of files and of what its programs say. */
function machineOf(texts: Readonly<Record<string, string>>): Machine {
  const under = (directory: string): readonly string[] =>
    Object.keys(texts).flatMap((path) =>
      path.startsWith(`${directory}/`) ? [path.slice(directory.length + 1).split('/')[0] ?? ''] : [],
    );
  return {
    text: async (path) => texts[path],
    names: async (directory) => [...new Set(under(directory))],
    disk: async () => ({ free: 2e10, total: 3e10 }),
    run: async (...words) => texts[words.join(' ')],
  };
}

const pi = machineOf({
  '/proc/meminfo': 'MemAvailable:    2964812 kB\n',
  '/proc/stat': 'cpu  160 0 90 1680 70 0 0 0 0 0\n',
  '/sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  '/sys/class/thermal/thermal_zone0/temp': '52350\n',
  '/sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
  '/sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
  '/sys/class/hwmon/hwmon1/in0_lcrit_alarm': '1\n',
  'vcgencmd get_throttled': 'throttled=0x50004\n',
  'mmcli -m any --output-keyvalue': 'modem.generic.signal-quality.value   : 67\n',
});

test('a Raspberry Pi tells what it knows, and its own driver is believed before vcgencmd', async () => {
  expect(await machineReader(pi, '/data')()).toEqual({
    cpuTemperature: 52.35,
    diskFree: 2e10,
    diskTotal: 3e10,
    memoryFree: 3_035_967_488,
    undervoltage: true,
    throttled: true,
    modemSignal: 67,
  });
});

test('load is known from the second look on', async () => {
  const texts = { '/proc/stat': 'cpu  100 0 50 800 50 0 0 0 0 0\n' };
  const read = machineReader(machineOf(texts), '/data');
  expect(await read()).not.toHaveProperty('load');
  texts['/proc/stat'] = 'cpu  160 0 90 1680 70 0 0 0 0 0\n';
  expect((await read()).load).toBeCloseTo(0.1);
});

test('the zone of the processor is taken, whatever other zones there are', async () => {
  const read = machineReader(
    machineOf({
      '/sys/class/thermal/thermal_zone0/type': 'acpitz\n',
      '/sys/class/thermal/thermal_zone0/temp': '20000\n',
      '/sys/class/thermal/thermal_zone1/type': 'x86_pkg_temp\n',
      '/sys/class/thermal/thermal_zone1/temp': '47000\n',
    }),
    '/data',
  );
  expect((await read()).cpuTemperature).toBe(47);
});

test('what a machine does not know gives no reading, and no missing one', async () => {
  const bare: Machine = {
    text: async () => undefined,
    names: async () => [],
    disk: async () => ({ free: 1e9, total: 2e9 }),
    run: async () => undefined,
  };
  const fields = await machineReader(bare, '/data')();
  expect(fields).toEqual({ diskFree: 1e9, diskTotal: 2e9 });
  expect(normalise(await setupOf('lamppost/gateway'), fields, { isWarmingUp: false })).toEqual([
    { channel: 'disk_free', value: 1e9, quality: 'good' },
  ]);
});

test('this very machine knows its memory and its disk', async () => {
  const fields = await machineReader(thisMachine, tmpdir())();
  expect(fields.memoryFree).toBeGreaterThan(1e6);
  expect(fields.diskFree).toBeGreaterThan(0);
});
