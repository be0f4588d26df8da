import { blindId, type Condition, type Consequence, type Rule } from '../model/alarm-rule.ts';
import { isId } from '../model/names.ts';
import { quantityOf } from '../model/quantity.ts';
import type { UnitCode } from '../model/unit.ts';
import { readAmount, readDuration } from '../platform/amount.ts';
import { didYouMean, pointerTo, type Words } from '../platform/problem.ts';
import type { Channel } from '../profiles/profile.ts';
import type { Report } from './report.ts';
import type { DeviceSettings } from './settings.ts';
import type { WrittenAlarm } from './written.ts';

interface Context {
  /** Those that are right. */
  readonly devices: readonly DeviceSettings[];
  /** Ids of all devices in the file: what is wrong with one was said already. */
  readonly declared: ReadonlySet<string>;
  readonly report: Report;
}

/** The rules that are right; the others are reported. */
export function alarmRules(alarms: readonly WrittenAlarm[], context: Context): readonly Rule[] {
  return alarms.flatMap((alarm, index) => {
    const report: Report = (problem) =>
      context.report({ ...problem, pointer: pointerTo('alarms', index) + problem.pointer });
    checkBlindId(alarm, alarms, report);
    return ruleOf(alarm, { ...context, report }) ?? [];
  });
}

/** The alarm that a rule is blind has a name made of the rule's. */
function checkBlindId({ id, blind }: WrittenAlarm, alarms: readonly WrittenAlarm[], report: Report): void {
  if (blind !== 'alarm') return;
  const made = blindId(id);
  const problem = (what: Words, hint: Words): void => report({ pointer: pointerTo('id'), part: 'value', what, hint });
  if (!isId(made)) {
    problem(
      { en: `\`${made}\` would be too long for the name of an alarm`, zh: `\`${made}\` 作为告警名称过长` },
      { en: 'choose a shorter id', zh: '请使用更短的标识' },
    );
  } else if (alarms.some((other) => other.id === made)) {
    problem(
      {
        en: `its \`blind: alarm\` is called \`${made}\`, as another rule is`,
        zh: `其失明告警 \`${made}\` 与另一规则重名`,
      },
      { en: 'rename one of the two', zh: '请更改其中一个名称' },
    );
  }
}

function ruleOf(alarm: WrittenAlarm, context: Context): Rule | undefined {
  const { id, when, severity = 'warning', text, blind = 'hold', then = [] } = alarm;
  const { devices, declared, report } = context;
  const device = devices.find((known) => known.id === when.device);
  const consequences = then.flatMap(({ command, value }, index) => {
    const pointer = pointerTo('then', index, 'command');
    return consequenceOf(command, value, { ...context, report: (problem) => report({ ...problem, pointer }) }) ?? [];
  });
  if (!device) {
    if (!declared.has(when.device)) report(unknown('device', when.device, [...declared]));
    return undefined;
  }
  const { channels } = device.setup.profile;
  const channel = Object.hasOwn(channels, when.channel) ? channels[when.channel] : undefined;
  if (!channel) {
    report(unknown('channel', when.channel, Object.keys(channels)));
    return undefined;
  }
  const condition = conditionOf(when, channel, report);
  const forMs = durationOf(when, 'for', report);
  const clearForMs = durationOf(when, 'clearFor', report);
  return (
    condition && {
      id,
      device: when.device,
      channel: when.channel,
      condition,
      forMs,
      clearForMs,
      severity,
      blind,
      // Whoever says how long water must be high says how long nobody may know.
      blindAfterMs: forMs,
      consequences,
      ...(text === undefined ? {} : { text: typeof text === 'string' ? { en: text } : text }),
    }
  );
}

function unknown(what: 'device' | 'channel', written: string, known: readonly string[]): Parameters<Report>[0] {
  const words: Words = {
    en: `there is no ${what} \`${written}\``,
    zh: `没有名为 \`${written}\` 的${what === 'device' ? '设备' : '通道'}`,
  };
  const list = known.join(', ');
  const hint = didYouMean(written, known) ?? { en: `known: ${list}`, zh: `已有：${list}` };
  return { pointer: pointerTo('when', what), part: 'value', what: words, hint };
}

/** Which key ends an alarm that another one raises. */
const ways = { above: 'clearBelow', below: 'clearAbove' } as const;

function conditionOf(when: WrittenAlarm['when'], channel: Channel, report: Report): Condition | undefined {
  const row = quantityOf(channel.quantity);
  const [kind, ...others] = (['above', 'below', 'equals'] as const).filter((key) => when[key] !== undefined);
  if (kind === undefined || others.length > 0) {
    const what = {
      en: 'a rule needs one of `above`, `below`, `equals`',
      zh: '规则须且只能有 `above`、`below`、`equals` 之一',
    };
    const hint = { en: 'write for example `above: 25 cm`', zh: '例如写作 `above: 25 cm`' };
    report({ pointer: pointerTo('when'), part: 'key', what, hint });
    return undefined;
  }
  const hasStray = strayClears(when, kind, report);
  if (kind === 'equals') {
    const limit = when.equals;
    if (limit !== undefined && row.kind === typeof limit) return hasStray ? undefined : { kind, limit };
    report({
      pointer: pointerTo('when', 'equals'),
      part: 'key',
      what: { en: `\`equals\` of this kind does not fit a ${row.kind}`, zh: `此 \`equals\` 的值不适用于该通道` },
      hint: equalsHints[row.kind],
    });
    return undefined;
  }
  if (row.kind !== 'number') {
    const what = { en: `\`${kind}\` needs a number`, zh: `\`${kind}\` 只适用于数值` };
    report({ pointer: pointerTo('when', kind), part: 'key', what, hint: equalsHints[row.kind] });
    return undefined;
  }
  const condition = limitsOf(when, kind, { unit: row.unit, report });
  if (!condition || hasStray) return undefined;
  return isWithinReach(condition, channel, report) ? condition : undefined;
}

const equalsHints = {
  number: { en: 'use `above` or `below`', zh: '请使用 `above` 或 `below`' },
  boolean: { en: 'write `equals: true` or `equals: false`', zh: '请写作 `equals: true` 或 `equals: false`' },
  string: { en: "write `equals: 'text'`", zh: "请写作 `equals: '文字'`" },
} as const satisfies Record<string, Words>;

/** A way back that belongs to another kind of condition would be ignored, and somebody would wait for it. */
function strayClears(when: WrittenAlarm['when'], kind: Condition['kind'], report: Report): boolean {
  const right = kind === 'equals' ? undefined : ways[kind];
  const strays = Object.values(ways).filter((key) => key !== right && when[key] !== undefined);
  for (const key of strays) {
    report({
      pointer: pointerTo('when', key),
      part: 'key',
      what: { en: `\`${key}\` does not go with \`${kind}\``, zh: `\`${key}\` 不能与 \`${kind}\` 同用` },
      hint: right ? { en: `use \`${right}\``, zh: `请使用 \`${right}\`` } : { en: 'remove it', zh: '请删除' },
    });
  }
  return strays.length > 0;
}

type Limits = Exclude<Condition, { kind: 'equals' }>;

function limitsOf(
  when: WrittenAlarm['when'],
  kind: Limits['kind'],
  { unit, report }: { readonly unit: UnitCode; readonly report: Report },
): Limits | undefined {
  const back = ways[kind];
  const limit = amountOf(when, kind, { unit, report });
  const clear = when[back] === undefined ? limit : amountOf(when, back, { unit, report });
  if (limit === undefined || clear === undefined) return undefined;
  const isBeyond = kind === 'above' ? clear > limit : clear < limit;
  if (!isBeyond) return { kind, limit, clear };
  report({
    pointer: pointerTo('when', back),
    part: 'value',
    what: {
      en: `\`${back}\` lies beyond \`${kind}\`: the alarm would never end`,
      zh: `\`${back}\` 超出 \`${kind}\`，告警将无法解除`,
    },
    hint:
      kind === 'above'
        ? { en: 'clear below the limit', zh: '解除值应低于告警值' }
        : { en: 'clear above the limit', zh: '解除值应高于告警值' },
  });
  return undefined;
}

/** Values beyond what the sensor or the world can give are bad and raise nothing. */
function isWithinReach({ kind, limit }: Limits, { quantity, limits }: Channel, report: Report): boolean {
  const { min = -Infinity, max = Infinity, unit } = quantityOf(quantity);
  const least = Math.max(min, limits?.[0] ?? -Infinity);
  const most = Math.min(max, limits?.[1] ?? Infinity);
  if (kind === 'above' ? limit < most : limit > least) return true;
  const range = `${least} … ${most} ${unit}`;
  report({
    pointer: pointerTo('when', kind),
    part: 'value',
    what: {
      en: `no good value can lie ${kind} this: the alarm would never come`,
      zh: `有效值不可能${kind === 'above' ? '高' : '低'}于此，告警永远不会触发`,
    },
    hint: { en: `good values lie within ${range}`, zh: `有效值范围为 ${range}` },
  });
  return false;
}

function amountOf(
  when: WrittenAlarm['when'],
  key: 'above' | 'below' | 'clearBelow' | 'clearAbove',
  { unit, report }: { readonly unit: UnitCode; readonly report: Report },
): number | undefined {
  const read = readAmount(when[key], unit);
  if (read.ok) return read.value;
  report({ pointer: pointerTo('when', key), part: 'value', what: read.what, hint: read.hint });
  return undefined;
}

function durationOf(when: WrittenAlarm['when'], key: 'for' | 'clearFor', report: Report): number {
  if (when[key] === undefined) return 0;
  const read = readDuration(when[key]);
  if (read.ok) return read.value;
  report({ pointer: pointerTo('when', key), part: 'value', what: read.what, hint: read.hint });
  return 0;
}

function consequenceOf(
  written: string,
  value: boolean,
  { devices, declared, report }: Context,
): Consequence | undefined {
  const [id = '', command = ''] = written.split('/');
  const device = devices.find((known) => known.id === id);
  if (device && Object.hasOwn(device.setup.profile.commands, command)) return { device: id, command, value };
  if (!device && declared.has(id)) return undefined;
  const known = devices.flatMap((other) =>
    Object.keys(other.setup.profile.commands).map((name) => `${other.id}/${name}`),
  );
  const list = known.join(', ');
  report({
    pointer: '',
    part: 'value',
    what: { en: `there is no command \`${written}\``, zh: `没有命令 \`${written}\`` },
    hint: didYouMean(written, known) ?? { en: `known: ${list || 'none'}`, zh: `已有：${list || '无'}` },
  });
  return undefined;
}
