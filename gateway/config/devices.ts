import { GatewayError } from '../model/errors.ts';
import { pointerTo } from '../platform/problem.ts';
import type { Profiles } from '../profiles/load.ts';
import type { Profile } from '../profiles/profile.ts';
import { setUp, type Setup } from '../profiles/setup.ts';
import { deviceChecks } from './checks.ts';
import { uniqueIds, type Report } from './report.ts';
import { samplingOf, timeOf } from './sampling.ts';
import type { DeviceSettings } from './settings.ts';
import { checkSource, deviceSource } from './sources.ts';
import type { WrittenConfig, WrittenDevice } from './written.ts';

interface Context {
  readonly profiles: Profiles;
  /** A path of the file, absolute. */
  readonly at: (path: string) => string;
  readonly report: Report;
}

/** The devices whose profile and settings are right; the others are reported. */
export async function deviceSettings(
  { devices = [], boards = [], buses = [] }: WrittenConfig,
  context: Context,
): Promise<readonly DeviceSettings[]> {
  uniqueIds('devices', devices, context.report);
  const settled: DeviceSettings[] = [];
  const headers = new Set(boards.filter(({ source }) => 'gpio' in source).map(({ id }) => id));
  for (const [index, device] of devices.entries()) {
    const report: Report = (problem) =>
      context.report({ ...problem, pointer: pointerTo('devices', index) + problem.pointer });
    const setup = await setupOf(device, context.profiles, report);
    if (!setup) continue;
    checkSource(device.source, setup.profile, { boards: boards.map(({ id }) => id), buses, headers, report });
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
  const { id, name, source, every, reduce, checks, place, labels = {} } = device;
  const everyMs = every === undefined ? setup.profile.everyMs : timeOf(['every'], every, setup.profile, report);
  return {
    id,
    setup,
    source: deviceSource(source, at),
    labels,
    checks: deviceChecks(checks, setup.profile, report),
    ...(name === undefined ? {} : { name: typeof name === 'string' ? { en: name } : name }),
    ...(everyMs === undefined ? {} : { everyMs }),
    ...samplingOf(device, { setup, everyMs, report }),
    ...(reduce === undefined ? {} : { reduce }),
    ...(place === undefined ? {} : { place }),
  };
}
