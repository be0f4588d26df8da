import { join } from 'node:path';
import type { Rule } from '../model/alarm-rule.ts';
import type { AlarmLimit, Burst, DeadBand } from '../model/sampling.ts';
import type { Reduction } from '../model/statistics.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Setup } from '../profiles/setup.ts';
import { withAlarmLimits } from './alarm-limits.ts';
import type { Framing } from './decode/question.ts';
import type { ChildPlan, DevicePlan, WorkPlan } from './protocol.ts';
import type { LinkSource } from './transports/link.ts';

/** Where bytes come from, as configured. */
export type ConfiguredSource =
  | { readonly kind: 'serial'; readonly path: string; readonly line?: LineSettings }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'simulated'; readonly name: string };

export interface ConfiguredDevice {
  readonly id: string;
  readonly setup: Setup;
  readonly everyMs?: number;
  readonly reduce?: Reduction;
  readonly sampleMs?: number;
  readonly burst?: Burst;
  readonly deadBand?: DeadBand;
  readonly alarmLimits?: Readonly<Record<string, readonly AlarmLimit[]>>;
  readonly source:
    | ConfiguredSource
    | { readonly kind: 'bus'; readonly bus: string; readonly address: number | string }
    | { readonly kind: 'listen'; readonly host: string; readonly port: number }
    | { readonly kind: 'board'; readonly board: string; readonly pin?: number | string; readonly address?: number }
    | { readonly kind: 'sysfs'; readonly id: string }
    | { readonly kind: 'gateway' }
    | { readonly kind: 'ingest' }
    | { readonly kind: 'topic'; readonly topic: string };
}

export interface ConfiguredBus {
  readonly id: string;
  readonly source: ConfiguredSource;
  /** Absent: what the profile of its first device says. */
  readonly line?: LineSettings;
  readonly framing: Framing;
}

export interface ConfiguredField {
  readonly gateway: { readonly timeZone: string };
  readonly devices: readonly ConfiguredDevice[];
  readonly boards: readonly {
    readonly id: string;
    readonly source: ConfiguredSource | { readonly kind: 'gpio'; readonly label: string };
  }[];
  readonly buses: readonly ConfiguredBus[];
  readonly alarms?: readonly Rule[];
  /** Where simulated devices have their sockets. */
  readonly simulatedDirectory: string;
  /** The disk under it is the one that must not run full. */
  readonly journal: { readonly directory: string };
  /** Where the kernel shows its devices. */
  readonly sysDirectory?: string;
}

/** Firmata's line, as our firmware speaks it (`hardware/firmware/README.md`). */
const boardLine: LineSettings = { baudRate: 57_600, dataBits: 8, parity: 'none', stopBits: 1 };
const defaultEveryMs = 10_000;

/** Serial lines and buses that share a process. */
const worksPerChild = 8;

/** Which process looks after what: a board has one of its own, serial lines and buses share. */
export function planChildren(field: ConfiguredField): readonly ChildPlan[] {
  const { gateway, boards, buses, simulatedDirectory } = field;
  const devices = withAlarmLimits(field.devices, field.alarms);
  const plans: ChildPlan[] = [];
  for (const { id, source } of boards) {
    const own = devices.filter((device) => device.source.kind === 'board' && device.source.board === id);
    const link = source.kind === 'gpio' ? source : linkTo(source, boardLine, simulatedDirectory);
    if (own.length > 0) plans.push({ kind: 'board', board: id, source: link, devices: own.map(devicePlan) });
  }
  const works = [
    ...devices.flatMap((device) => lineWork(device, gateway.timeZone, simulatedDirectory)),
    ...buses.flatMap((bus) => busWork(bus, devices, simulatedDirectory)),
    ...devices.flatMap((device) => localWork(device, field)),
  ];
  for (let first = 0; first < works.length; first += worksPerChild) {
    plans.push({ kind: 'shared', works: works.slice(first, first + worksPerChild) });
  }
  return plans;
}

/** A device on a line of its own. */
function lineWork(device: ConfiguredDevice, timeZone: string, simulatedDirectory: string): readonly WorkPlan[] {
  const { source, setup } = device;
  const { connect } = setup.profile;
  const link = connect.kind === 'serial' ? lineSource(source, connect.line, simulatedDirectory) : undefined;
  if (!link) return [];
  return [{ kind: 'line', source: link, device: { ...devicePlan(device), timeZone } }];
}

/** What this machine knows by itself. */
function localWork(device: ConfiguredDevice, { journal, sysDirectory = '/sys' }: ConfiguredField): readonly WorkPlan[] {
  switch (device.source.kind) {
    case 'sysfs':
      return [{ kind: 'files', root: sysDirectory, id: device.source.id, device: devicePlan(device) }];
    case 'gateway':
      return [{ kind: 'machine', directory: journal.directory, device: devicePlan(device) }];
    default:
      return [];
  }
}

/** Where the bytes of a line come from; `undefined` for sources without bytes. */
function lineSource(
  source: ConfiguredDevice['source'],
  line: LineSettings,
  simulatedDirectory: string,
): LinkSource | undefined {
  switch (source.kind) {
    case 'serial':
    case 'tcp':
    case 'simulated':
      return linkTo(source, line, simulatedDirectory);
    case 'listen':
      return source;
    default:
      return undefined;
  }
}

/** A bus and everything on it. */
function busWork(
  { id, source, line: ownLine, framing }: ConfiguredBus,
  devices: readonly ConfiguredDevice[],
  simulatedDirectory: string,
): readonly WorkPlan[] {
  const own = devices.flatMap((device) =>
    device.source.kind === 'bus' && device.source.bus === id
      ? [{ ...devicePlan(device), address: device.source.address }]
      : [],
  );
  const lines = own.flatMap(({ setup: { profile } }) => ('line' in profile.connect ? [profile.connect.line] : []));
  const line = ownLine ?? lines[0];
  if (!line) return []; // nobody is on it
  return [{ kind: 'bus', bus: id, source: linkTo(source, line, simulatedDirectory), line, framing, devices: own }];
}

function linkTo(source: ConfiguredSource, line: LineSettings, simulatedDirectory: string): LinkSource {
  switch (source.kind) {
    case 'serial':
      return { kind: 'serial', path: source.path, line: source.line ?? line };
    case 'tcp':
      return source;
    case 'simulated':
      return { kind: 'local', path: join(simulatedDirectory, `${source.name}.sock`) };
  }
}

function devicePlan({
  id,
  setup,
  everyMs = defaultEveryMs,
  reduce,
  source,
  ...sampling
}: ConfiguredDevice): DevicePlan {
  const { sampleMs, burst, deadBand, alarmLimits } = sampling;
  const { pin, address } = source.kind === 'board' ? source : {};
  return {
    device: id,
    setup,
    everyMs,
    ...(reduce ? { reduce } : {}),
    ...(sampleMs === undefined ? {} : { sampleMs }),
    ...(burst ? { burst } : {}),
    ...(deadBand ? { deadBand } : {}),
    ...(alarmLimits ? { alarmLimits } : {}),
    ...(pin === undefined ? {} : { pin }),
    ...(address === undefined ? {} : { i2cAddress: address }),
  };
}
