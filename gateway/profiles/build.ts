import { readDuration } from '../platform/amount.ts';
import { same } from '../platform/problem.ts';
import { amountIn, notAscending } from './build-amount.ts';
import { buildChannel } from './build-channel.ts';
import { buildCommands } from './build-commands.ts';
import { buildConnect } from './build-connect.ts';
import { buildCrossCheck } from './build-checks.ts';
import { buildDecode } from './build-decode.ts';
import { buildExample } from './build-examples.ts';
import { buildSetting } from './build-setting.ts';
import { components, machineFields, type Connect } from './connect.ts';
import type { Decode } from './grammar.ts';
import type { Derived, Profile } from './profile.ts';
import { mapEntries, within, type Report } from './report.ts';
import { Scope } from './scope.ts';
import type { WrittenDerived, WrittenProfile } from './written.ts';

const defaultMinEveryMs = 1000;

/** Makes a profile of what the schema let through, and reports everything that no schema can see. */
export function buildProfile(written: WrittenProfile, report: Report): Profile {
  const { profile: id, name, sources, unverified, wiring, examples } = written;
  const connect = buildConnect(written, report);
  const decode = buildDecode(written, report);
  const settings = mapEntries(written.settings, within(report, 'settings'), buildSetting);
  const scope = new Scope();
  for (const field of fieldNames(connect, decode, written)) scope.add(field, within(report, 'decode', 'fields', field));
  for (const setting of Object.keys(settings)) scope.add(setting, within(report, 'settings', setting));
  const derive = (written.derive ?? []).map((part, index) =>
    buildDerived(part, scope, within(report, 'derive', index)),
  );
  const channels = mapEntries(written.channels, within(report, 'channels'), (channel, inside, key) =>
    buildChannel(key, channel, connect.kind === 'message' ? undefined : scope, inside),
  );
  reportUnused(settings, derive, scope, report);
  return {
    id,
    name,
    sources,
    ...(unverified === undefined ? {} : { unverified }),
    wiring,
    connect,
    decode,
    ...timing(written, report),
    settings,
    derive,
    channels,
    ...(written.crossChecks
      ? {
          crossChecks: written.crossChecks.map((check, index) =>
            buildCrossCheck(check, channels, within(report, 'crossChecks', index)),
          ),
        }
      : {}),
    commands: buildCommands(written, report),
    examples: examples.map(buildExample),
  };
}

/** The names that come from the device. */
function fieldNames(connect: Connect, decode: Decode, written: WrittenProfile): readonly string[] {
  switch (decode.kind) {
    case 'frame':
    case 'registers':
    case 'dlt645':
    case 'nmea':
    case 'json':
    case 'hj212':
      return Object.keys(decode.fields);
    case 'line':
      return decode.parts.flatMap((part) => ('field' in part ? [part.field] : []));
    case 'fields':
      return givenFields(connect, written);
  }
}

/** The names that a source gives by itself. */
function givenFields(connect: Connect, { channels }: WrittenProfile): readonly string[] {
  switch (connect.kind) {
    case 'board':
      return components[connect.component];
    case 'sysfs':
      return Object.keys(connect.files);
    case 'machine':
      return machineFields;
    default:
      return Object.keys(channels);
  }
}

function timing(written: WrittenProfile, report: Report): Pick<Profile, 'warmUpMs' | 'everyMs' | 'minEveryMs'> {
  const { every, warmUp, connect } = written;
  const warmUpMs = warmUp === undefined ? 0 : amountIn(readDuration(warmUp), within(report, 'warmUp'));
  if (connect.kind !== 'topic' && !every !== (connect.kind === 'message')) {
    report({
      at: every ? ['every'] : [],
      part: 'key',
      what: every
        ? { en: '`every` means nothing here', zh: '此处不能有 `every`' }
        : { en: '`every` is missing', zh: '缺少 `every`' },
      hint: every
        ? { en: 'remove it: the device publishes when it likes', zh: '请删除：该设备自行决定发布时间' }
        : same('every: { default: 10s, min: 1s }'),
    });
  }
  if (!every) return { warmUpMs, minEveryMs: 0 };
  const everyMs = amountIn(readDuration(every.default), within(report, 'every', 'default'));
  const minEveryMs =
    every.min === undefined ? defaultMinEveryMs : amountIn(readDuration(every.min), within(report, 'every', 'min'));
  if (minEveryMs > everyMs) {
    report({ at: ['every'], what: { en: '`min` is longer than `default`', zh: '`min` 大于 `default`' } });
  }
  return { warmUpMs, everyMs, minEveryMs };
}

function buildDerived(written: WrittenDerived, scope: Scope, report: Report): Derived {
  const { name, valid, otherwise = 'device_fault' } = written;
  const value = scope.formula(written.value, within(report, 'value'));
  scope.addDerived(name, value, within(report, 'name'));
  if (valid && valid[0] >= valid[1]) report({ at: ['valid'], ...notAscending });
  return { name, value, otherwise, ...(valid ? { valid } : {}) };
}

function reportUnused(settings: Profile['settings'], derive: readonly Derived[], scope: Scope, report: Report): void {
  const names: readonly (readonly [name: string, ...at: (string | number)[]])[] = [
    ...Object.keys(settings).map((name) => [name, 'settings', name] as const),
    ...derive.map(({ name }, index) => [name, 'derive', index] as const),
  ];
  for (const [name, ...at] of names) {
    if (scope.isUsed(name)) continue;
    report({
      at,
      part: 'key',
      what: { en: `\`${name}\` is never used`, zh: `\`${name}\` 未被使用` },
      hint: { en: 'use it in a formula, or remove it', zh: '请在公式中使用，或将其删除' },
    });
  }
}
