import type { MachineField } from '../../profiles/connect.ts';
import type { Machine } from './machine.ts';
import {
  availableMemory,
  busyShare,
  chronyError,
  cpuTime,
  modemSignal,
  supplyVoltage,
  throttling,
  timesyncError,
  type CpuTime,
} from './parse.ts';

export type MachineFields = Partial<Readonly<Record<MachineField, number | boolean>>>;

/** Looks at one side of the machine; what it cannot find is not in the answer. */
type Probe = (machine: Machine) => Promise<{ readonly [Field in MachineField]?: number | boolean | undefined }>;

/**
 * Asks a machine for everything that it can tell of itself.
 *
 * @param directory - on the disk whose space is of interest.
 */
export function machineReader(machine: Machine, directory: string): () => Promise<MachineFields> {
  const probes = probesOf(directory);
  return async () => {
    const found = await Promise.all(probes.map((probe) => probe(machine)));
    const known = found.flatMap((fields) => Object.entries(fields)).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known);
  };
}

/** One row for each thing that some machines know. */
const probesOf = (directory: string): readonly Probe[] => [
  async (machine) => ({ cpuTemperature: await cpuTemperature(machine) }),
  async (machine) => {
    const disk = await machine.disk(directory);
    return { diskFree: disk?.free, diskTotal: disk?.total };
  },
  async (machine) => ({ memoryFree: availableMemory((await machine.text('/proc/meminfo')) ?? '') }),
  loadProbe(),
  async (machine) => ({ clockError: await clockError(machine) }),
  async (machine) => ({
    supplyVoltage: supplyVoltage((await machine.run('vcgencmd', 'pmic_read_adc', 'EXT5V_V')) ?? ''),
  }),
  async (machine) => {
    const said = throttling((await machine.run('vcgencmd', 'get_throttled')) ?? '');
    return { undervoltage: (await lowSupply(machine)) ?? said?.isUndervoltage, throttled: said?.isThrottled };
  },
  async (machine) => ({
    modemSignal: modemSignal((await machine.run('mmcli', '-m', 'any', '--output-keyvalue')) ?? ''),
  }),
];

const thermal = '/sys/class/thermal';

/** Of the zones the one that is the processor's, else the first. Thousandths of a degree (kernel, thermal/sysfs-api). */
async function cpuTemperature(machine: Machine): Promise<number | undefined> {
  const zones = (await machine.names(thermal)).filter((name) => /^thermal_zone\d+$/.test(name)).toSorted();
  const types = await Promise.all(zones.map((zone) => machine.text(`${thermal}/${zone}/type`)));
  const processor = types.findIndex((type) => /cpu|soc|pkg/i.test(type ?? ''));
  const text = await machine.text(`${thermal}/${zones[Math.max(0, processor)]}/temp`);
  return text !== undefined && /^-?\d+\s*$/.test(text) ? Number(text) / 1000 : undefined;
}

/** The first look has nothing to compare with. */
function loadProbe(): Probe {
  let before: CpuTime | undefined;
  return async (machine) => {
    const now = cpuTime((await machine.text('/proc/stat')) ?? '');
    const load = before && now && busyShare(before, now);
    before = now;
    return { load };
  };
}

async function clockError(machine: Machine): Promise<number | undefined> {
  const chrony = await machine.run('chronyc', '-n', '-c', 'tracking');
  if (chrony !== undefined) return chronyError(chrony);
  return timesyncError((await machine.run('timedatectl', 'timesync-status')) ?? '');
}

const hwmon = '/sys/class/hwmon';

/** The Raspberry Pi's own driver (kernel, hwmon/raspberrypi-hwmon): 1 while the supply is too low. */
async function lowSupply(machine: Machine): Promise<boolean | undefined> {
  for (const name of await machine.names(hwmon)) {
    if ((await machine.text(`${hwmon}/${name}/name`))?.trim() !== 'rpi_volt') continue;
    const alarm = (await machine.text(`${hwmon}/${name}/in0_lcrit_alarm`))?.trim();
    return alarm === undefined ? undefined : alarm === '1';
  }
  return undefined;
}
