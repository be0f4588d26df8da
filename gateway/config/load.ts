import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { GatewayError, gatewayError, reasonOf } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import { pointerTo, type LocatedProblem, type Problem } from '../platform/problem.ts';
import { readAmount } from '../platform/amount.ts';
import { compileSchema } from '../platform/validate.ts';
import { parseYaml } from '../platform/yaml.ts';
import { withOwnProfiles, type Profiles } from '../profiles/load.ts';
import { alarmRules } from './alarms.ts';
import { busSettings, checkBuses } from './buses.ts';
import { toldAsComing } from './coming.ts';
import schema from './config.schema.json' with { type: 'json' };
import { deviceSettings } from './devices.ts';
import { chineseHints } from './hints-zh.ts';
import { remarksOn } from './remarks.ts';
import { uniqueIds, type Report } from './report.ts';
import type { Settings, UpstreamSettings } from './settings.ts';
import { boardSettings, checkShared } from './sources.ts';
import type { WrittenConfig, WrittenUpstream } from './written.ts';

export type LoadedConfig =
  /** Remarks are things that work but that somebody should know. */
  | { readonly ok: true; readonly settings: Settings; readonly remarks: readonly LocatedProblem[] }
  /** In the order of the file; never empty. */
  | { readonly ok: false; readonly problems: readonly LocatedProblem[] };

const followsSchema = compileSchema(schema);

/**
 * Reads `lamppost.yaml` and checks everything that can be checked without touching a port or the network.
 *
 * @param base - what its paths are relative to; the file's own folder by default.
 * @throws GatewayError CONFIG_MISSING, FILE_UNREADABLE; everything that is wrong in the file is in the result.
 */
export async function loadConfig(file: string, profiles: Profiles, base = dirname(file)): Promise<LoadedConfig> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (fileErrorCode(error) === 'ENOENT') throw gatewayError('CONFIG_MISSING', { path: file }, error);
    throw gatewayError('FILE_UNREADABLE', { path: file, reason: reasonOf(error) }, error);
  });
  return checkConfig(text, { file, profiles, base });
}

/** Checks a configuration that need not be in its file yet. */
export async function checkConfig(
  text: string,
  { file, profiles, base }: { readonly file: string; readonly profiles: Profiles; readonly base: string },
): Promise<LoadedConfig> {
  const yaml = parseYaml(text);
  if (!yaml.ok) return yaml;
  const problems: Problem[] = toldAsComing(followsSchema(yaml.data ?? {})).map(inBothLanguages);
  const inOrder = (found: readonly Problem[]): readonly LocatedProblem[] =>
    found.map((problem) => yaml.locate(problem)).toSorted((a, b) => a.line - b.line || a.column - b.column);
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) };
  const written = yaml.data as WrittenConfig; // it follows the schema
  const settings = await settle(written, { file, base, profiles, report: (problem) => problems.push(problem) });
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) };
  return { ok: true, settings, remarks: inOrder(remarksOn(written, settings)) };
}

/** A hint that comes from the schema has one language there. */
function inBothLanguages(problem: Problem): Problem {
  const en = problem.hint?.en ?? '';
  const zh = chineseHints[en];
  return withoutLogin(zh === undefined ? problem : { ...problem, hint: { en, zh } });
}

/** Somebody who writes user and password into an address learns where they belong; nobody else learns the password. */
function withoutLogin(problem: Problem): Problem {
  const { pointer, what } = problem;
  if (!/^\/upstreams\/\d+\/url$/.test(pointer) || !what.en.includes('@')) return problem;
  return {
    ...problem,
    what: { en: 'user and password do not belong in the address', zh: '地址中不应包含用户名和密码' },
    hint: {
      en: 'write them beside it: `username: …` and `passwordFile: ./secrets/city`, a file with the password alone',
      zh: '请另写 `username: …` 和 `passwordFile: ./secrets/city`（文件中只有密码）',
    },
  };
}

async function settle(
  written: WrittenConfig,
  {
    file,
    base,
    profiles: bundled,
    report,
  }: { readonly file: string; readonly base: string; readonly profiles: Profiles; readonly report: Report },
): Promise<Settings> {
  const {
    gateway,
    journal = {},
    broker = {},
    web = {},
    boards = [],
    buses = [],
    alarms = [],
    upstreams = [],
  } = written;
  const at = (path: string): string => resolve(base, path);
  const profiles = await profilesOf(written, { bundled, at, report });
  checkTimeZone(gateway.timeZone ?? 'UTC', report);
  const devices = await deviceSettings(written, { profiles, at, report });
  const declared = new Set(written.devices?.map(({ id }) => id));
  checkBuses(written, devices, report);
  checkShared(written, report);
  uniqueIds('boards', boards, report);
  uniqueIds('buses', buses, report);
  uniqueIds('alarms', alarms, report);
  uniqueIds('upstreams', upstreams, report);
  return {
    file,
    gateway: {
      id: gateway.id,
      timeZone: gateway.timeZone ?? 'UTC',
      dayStart: gateway.dayStart ?? '00:00',
      labels: gateway.labels ?? {},
      ...(gateway.place ? { place: gateway.place } : {}),
    },
    journal: {
      directory: at(journal.dir ?? './data'),
      budgetBytes: bytesOf(journal.budget ?? '4GiB', report),
      keepMs: (journal.keepDays ?? 30) * 86_400_000,
      commitMs: journal.commitMs ?? 1000,
      ackMs: journal.ackMs ?? 50,
    },
    broker: {
      host: broker.host ?? '127.0.0.1',
      port: broker.port ?? 1883,
      publish: broker.publish ?? 'accepted',
      ...(broker.users === undefined ? {} : { users: at(broker.users) }),
    },
    calibrations: at(written.calibrations ?? './calibrations.ndjson'),
    web: { host: web.host ?? '127.0.0.1', port: web.port ?? 8080 },
    boards: boardSettings(boards, at),
    buses: busSettings(buses, at),
    devices,
    alarms: alarmRules(alarms, { devices, declared, report }),
    upstreams: upstreams.map((upstream, index) => {
      checkUrl(upstream.url, pointerTo('upstreams', index, 'url'), report);
      return upstreamSettings(upstream, at);
    }),
  };
}

/** The profiles that devices may name; problems with the folder of somebody's own are reported. */
async function profilesOf(
  { profiles: folder }: WrittenConfig,
  {
    bundled,
    at,
    report,
  }: { readonly bundled: Profiles; readonly at: (path: string) => string; readonly report: Report },
): Promise<Profiles> {
  if (folder === undefined) return bundled;
  const profiles = withOwnProfiles(bundled, at(folder));
  try {
    for (const id of await profiles.list()) await profiles.fileOf(id);
    return profiles;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const what = { en: error.says('en'), zh: error.says('zh') };
    report({
      pointer: pointerTo('profiles'),
      part: 'value',
      what,
      hint: { en: error.remedy('en'), zh: error.remedy('zh') },
    });
    return bundled;
  }
}

function upstreamSettings(written: WrittenUpstream, at: (path: string) => string): UpstreamSettings {
  const { id, url, protocol = 5, prefix = 'city', encoding = 'json', start = 'oldest', username } = written;
  const files = (['passwordFile', 'ca', 'cert', 'key'] as const).flatMap((name) => {
    const path = written[name];
    return path === undefined ? [] : [[name, at(path)] as const];
  });
  return {
    id,
    url,
    protocol: protocol === '3.1.1' ? 4 : 5,
    prefix,
    encoding,
    start,
    ...(username === undefined ? {} : { username }),
    ...Object.fromEntries(files),
  };
}

function checkUrl(url: string, pointer: string, report: Report): void {
  if (URL.canParse(url)) return;
  report({
    pointer,
    part: 'value',
    what: { en: `${url} is no address`, zh: `${url} 不是有效地址` },
    hint: {
      en: 'write for example `mqtts://broker.example:8883`; ports go up to 65535',
      zh: '例如写作 `mqtts://broker.example:8883`；端口最大为 65535',
    },
  });
}

function bytesOf(written: string, report: Report): number {
  const read = readAmount(written, 'By');
  if (read.ok && read.value >= leastBudgetBytes) return read.value;
  const tooSmall = {
    what: { en: `${written} is too small for a journal`, zh: `${written} 对日志来说太小` },
    hint: { en: 'give it at least 64MiB', zh: '请至少分配 64MiB' },
  };
  report({ pointer: pointerTo('journal', 'budget'), part: 'value', ...(read.ok ? tooSmall : read) });
  return 0;
}

/** A few segments. */
const leastBudgetBytes = 64 * 1024 * 1024;

function checkTimeZone(timeZone: string, report: Report): void {
  try {
    Intl.DateTimeFormat('en', { timeZone });
  } catch {
    // Intl has no other way to ask.
    report({
      pointer: pointerTo('gateway', 'timeZone'),
      part: 'value',
      what: { en: `there is no time zone ${timeZone}`, zh: `没有时区 ${timeZone}` },
      hint: { en: 'use a name such as Asia/Shanghai', zh: '请使用 Asia/Shanghai 之类的名称' },
    });
  }
}
