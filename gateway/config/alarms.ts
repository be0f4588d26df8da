import type { Condition, Consequence, Rule } from '../model/alarm-rule.ts';
import { quantityOf } from '../model/quantity.ts';
import { readAmount, readDuration } from '../platform/amount.ts';
import { didYouMean, pointerTo, same, type Words } from '../platform/problem.ts';
import type { Channel } from '../profiles/profile.ts';
import type { Report } from './report.ts';
import type { DeviceSettings } from './settings.ts';
import type { WrittenAlarm } from './written.ts';

/** Data that cannot be judged becomes an alarm of its own after this. */
const blindAfterMs = 30_000;

/** The rules that are right; the others are reported. */
export function alarmRules(
  alarms: readonly WrittenAlarm[],
  devices: readonly DeviceSettings[],
  report: Report,
): readonly Rule[] {
  return alarms.flatMap((alarm, index) => {
    const within: Report = (problem) => report({ ...problem, pointer: pointerTo('alarms', index) + problem.pointer });
    return ruleOf(alarm, devices, within) ?? [];
  });
}

function ruleOf(alarm: WrittenAlarm, devices: readonly DeviceSettings[], report: Report): Rule | undefined {
  const { id, when, severity = 'warning', text, blind = 'hold', then = [] } = alarm;
  const device = devices.find((known) => known.id === when.device);
  if (!device) {
    const known = devices.map((other) => other.id);
    report(unknown('device', when.device, known));
    return undefined;
  }
  const { channels } = device.setup.profile;
  const channel = Object.hasOwn(channels, when.channel) ? channels[when.channel] : undefined;
  if (!channel) {
    report(unknown('channel', when.channel, Object.keys(channels)));
    return undefined;
  }
  const condition = conditionOf(when, channel, report);
  const consequences = then.flatMap(
    ({ command, value }, index) =>
      consequenceOf(command, value, devices, (what, hint) =>
        report({ pointer: pointerTo('then', index, 'command'), part: 'value', what, hint }),
      ) ?? [],
  );
  return (
    condition && {
      id,
      device: when.device,
      channel: when.channel,
      condition,
      forMs: durationOf(when, 'for', report),
      clearForMs: durationOf(when, 'clearFor', report),
      severity,
      blind,
      blindAfterMs,
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

function conditionOf(when: WrittenAlarm['when'], { quantity }: Channel, report: Report): Condition | undefined {
  const row = quantityOf(quantity);
  const given = (['above', 'below', 'equals'] as const).filter((key) => when[key] !== undefined);
  const [kind] = given;
  const problem = (what: Words, hint: Words): undefined => {
    report({ pointer: pointerTo('when'), part: 'key', what, hint });
    return undefined;
  };
  if (kind === undefined || given.length > 1) {
    return problem(
      { en: 'a rule needs one of `above`, `below`, `equals`', zh: '规则须且只能有 `above`、`below`、`equals` 之一' },
      { en: 'write for example `above: 25 cm`', zh: '例如写作 `above: 25 cm`' },
    );
  }
  if (kind === 'equals') {
    const limit = when.equals;
    if (limit !== undefined && row.kind === typeof limit) return { kind, limit };
    return problem(
      { en: `\`equals\` does not fit a ${row.kind}`, zh: `\`equals\` 不适用于此通道` },
      row.kind === 'number' ? same('above, below') : same(row.kind === 'boolean' ? 'equals: true' : "equals: 'text'"),
    );
  }
  if (row.kind !== 'number') {
    return problem({ en: `\`${kind}\` needs a number`, zh: `\`${kind}\` 只适用于数值` }, same('equals: true'));
  }
  const back = kind === 'above' ? 'clearBelow' : 'clearAbove';
  const limit = amountOf(when, kind, { unit: row.unit, report });
  const clear = when[back] === undefined ? limit : amountOf(when, back, { unit: row.unit, report });
  if (limit === undefined || clear === undefined) return undefined;
  const isBeyond = kind === 'above' ? clear > limit : clear < limit;
  if (!isBeyond) return { kind, limit, clear };
  return problem(
    {
      en: `\`${back}\` lies beyond \`${kind}\`: the alarm would never end`,
      zh: `\`${back}\` 超出 \`${kind}\`，告警将无法解除`,
    },
    kind === 'above'
      ? { en: 'clear below the limit', zh: '解除值应低于告警值' }
      : { en: 'clear above the limit', zh: '解除值应高于告警值' },
  );
}

function amountOf(
  when: WrittenAlarm['when'],
  key: 'above' | 'below' | 'clearBelow' | 'clearAbove',
  { unit, report }: { readonly unit: Parameters<typeof readAmount>[1]; readonly report: Report },
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
  devices: readonly DeviceSettings[],
  problem: (what: Words, hint: Words) => void,
): Consequence | undefined {
  const [id = '', command = ''] = written.split('/');
  const device = devices.find((known) => known.id === id);
  if (device && Object.hasOwn(device.setup.profile.commands, command)) return { device: id, command, value };
  const known = devices.flatMap((other) =>
    Object.keys(other.setup.profile.commands).map((name) => `${other.id}/${name}`),
  );
  const list = known.join(', ');
  problem(
    { en: `there is no command \`${written}\``, zh: `没有命令 \`${written}\`` },
    didYouMean(written, known) ?? { en: `known: ${list || 'none'}`, zh: `已有：${list || '无'}` },
  );
  return undefined;
}
