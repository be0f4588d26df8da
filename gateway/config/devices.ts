import { GatewayError } from '../model/errors.ts';
import { readDuration } from '../platform/amount.ts';
import { didYouMean, pointerTo, same, type Words } from '../platform/problem.ts';
import { parseLineSettings } from '../profiles/line-settings.ts';
import type { Profiles } from '../profiles/load.ts';
import type { Profile } from '../profiles/profile.ts';
import { setUp, type Setup } from '../profiles/setup.ts';
import { uniqueIds, type Report } from './report.ts';
import type { BoardSettings, ByteSource, DeviceSettings, DeviceSource } from './settings.ts';
import type { WrittenByteSource, WrittenConfig, WrittenDevice } from './written.ts';

interface Context {
  readonly profiles: Profiles;
  /** A path of the file, absolute. */
  readonly at: (path: string) => string;
  readonly report: Report;
}

export function boardSettings(
  boards: NonNullable<WrittenConfig['boards']>,
  at: (path: string) => string,
): readonly BoardSettings[] {
  return boards.map(({ id, source }) => ({ id, source: byteSource(source, at) }));
}

/** The devices whose profile and settings are right; the others are reported. */
export async function deviceSettings(
  { devices = [], boards = [] }: WrittenConfig,
  context: Context,
): Promise<readonly DeviceSettings[]> {
  uniqueIds('devices', devices, context.report);
  const settled: DeviceSettings[] = [];
  for (const [index, device] of devices.entries()) {
    const report: Report = (problem) =>
      context.report({ ...problem, pointer: pointerTo('devices', index) + problem.pointer });
    const setup = await setupOf(device, context.profiles, report);
    if (!setup) continue;
    checkSource(device, setup.profile, { boards: boards.map(({ id }) => id), report });
    settled.push(settle(device, setup, { ...context, report }));
  }
  return settled;
}

async function setupOf(
  { profile: id, settings }: WrittenDevice,
  profiles: Profiles,
  report: Report,
): Promise<Setup | undefined> {
  let profile: Profile;
  try {
    profile = await profiles.load(id);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const what = { en: error.says('en'), zh: error.says('zh') };
    const hint = { en: error.remedy('en'), zh: error.remedy('zh') };
    report({ pointer: pointerTo('profile'), part: 'value', what, hint });
    return undefined;
  }
  const checked = setUp(profile, settings);
  if (checked.ok) return checked.setup;
  const group = settings === undefined ? '' : pointerTo('settings');
  for (const problem of checked.problems) report({ ...problem, pointer: group + problem.pointer });
  return undefined;
}

function settle(device: WrittenDevice, setup: Setup, { at, report }: Context): DeviceSettings {
  const { id, name, source, every, reduce, place, labels = {} } = device;
  const everyMs = every === undefined ? setup.profile.everyMs : everyOf(every, setup.profile, report);
  return {
    id,
    setup,
    source: deviceSource(source, at),
    labels,
    ...(name === undefined ? {} : { name: typeof name === 'string' ? { en: name } : name }),
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(reduce === undefined ? {} : { reduce }),
    ...(place === undefined ? {} : { place }),
  };
}

function everyOf(written: string, { minEveryMs, id }: Profile, report: Report): number | undefined {
  const read = readDuration(written);
  const pointer = pointerTo('every');
  if (!read.ok) {
    report({ pointer, part: 'value', what: read.what, hint: read.hint });
  } else if (read.value < minEveryMs) {
    const what = { en: `${written} is faster than ${id} can be read`, zh: `${written} 超过 ${id} 的最快读取频率` };
    const hint = { en: `at least ${minEveryMs} ms`, zh: `至少 ${minEveryMs} 毫秒` };
    report({ pointer, part: 'value', what, hint });
  } else {
    return read.value;
  }
  return undefined;
}

function deviceSource(written: WrittenDevice['source'], at: (path: string) => string): DeviceSource {
  if (written === 'ingest') return { kind: 'ingest' };
  if ('board' in written) return { kind: 'board', ...written };
  return byteSource(written, at);
}

function byteSource(written: WrittenByteSource, at: (path: string) => string): ByteSource {
  if ('simulated' in written) return { kind: 'simulated', name: written.simulated };
  if ('tcp' in written) {
    const colon = written.tcp.lastIndexOf(':');
    return { kind: 'tcp', host: written.tcp.slice(0, colon), port: Number(written.tcp.slice(colon + 1)) };
  }
  const line = written.line === undefined ? undefined : parseLineSettings(written.line);
  return { kind: 'serial', path: at(written.serial), ...(line ? { line } : {}) };
}

/** Which sources a profile can be read from, by how it is connected. */
const sourcesFor = {
  serial: ['serial', 'tcp', 'simulated'],
  board: ['board'],
  message: ['ingest'],
} as const satisfies Record<Profile['connect']['kind'], readonly DeviceSource['kind'][]>;

function checkSource(
  { source }: WrittenDevice,
  { id, connect }: Profile,
  { boards, report }: { readonly boards: readonly string[]; readonly report: Report },
): void {
  const { kind } = deviceSource(source, (path) => path);
  const allowed: readonly string[] = sourcesFor[connect.kind];
  const problem = (what: Words, hint: Words): void =>
    report({ pointer: pointerTo('source'), part: 'value', what, hint });
  if (!allowed.includes(kind)) {
    const list = allowed.join(', ');
    problem(
      { en: `${id} is not read from \`${kind}\``, zh: `${id} 不能从 \`${kind}\` 读取` },
      { en: `its source is one of: ${list}`, zh: `可用的来源：${list}` },
    );
  } else if (typeof source === 'object' && 'board' in source && !boards.includes(source.board)) {
    const hint = didYouMean(source.board, boards) ?? same(`boards: ${boards.join(', ')}`);
    problem({ en: `there is no board \`${source.board}\``, zh: `没有名为 \`${source.board}\` 的板卡` }, hint);
  } else if (typeof source === 'object' && 'board' in source && connect.kind === 'board') {
    const needsPin = connect.component !== 'bmp180';
    if (needsPin && source.pin === undefined) {
      problem(
        { en: 'the pin is missing', zh: '缺少引脚' },
        { en: 'write for example `{ board: roof, pin: 2 }`', zh: '例如写作 `{ board: roof, pin: 2 }`' },
      );
    }
  }
}
