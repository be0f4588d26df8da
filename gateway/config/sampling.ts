import { quantityOf } from '../model/quantity.ts';
import type { Burst, BurstReason, DeadBand } from '../model/sampling.ts';
import { convert, isConvertible, parseAmount, type UnitCode } from '../model/unit.ts';
import { readDuration } from '../platform/amount.ts';
import { didYouMean, pointerTo, shown, type Words } from '../platform/problem.ts';
import type { Channel, Profile } from '../profiles/profile.ts';
import type { Setup } from '../profiles/setup.ts';
import type { Report } from './report.ts';
import type { DeviceSettings } from './settings.ts';
import type { WrittenBurst, WrittenDevice } from './written.ts';

/** How a device is sampled beyond `every` and `reduce`. */
type Sampled = Pick<DeviceSettings, 'sampleMs' | 'burst' | 'deadBand'>;

interface Context {
  readonly setup: Setup;
  readonly everyMs: number | undefined;
  readonly report: Report;
}

const usualHoldMs = 300_000;
const usualMostMs = 600_000;

export function samplingOf(written: WrittenDevice, context: Context): Sampled {
  const { source, sample, burst, deadBand, deadBandMost } = written;
  if (source === 'ingest' || context.setup.profile.decode.kind === 'hj212') {
    for (const key of ['sample', 'burst', 'deadBand', 'deadBandMost'] as const) {
      if (written[key] !== undefined) context.report({ pointer: pointerTo(key), part: 'key', ...publishesItself });
    }
    return {};
  }
  const sampleMs = sample === undefined ? undefined : sampleOf(sample, context);
  const settledBurst = burst && burstOf(burst, context);
  const settledBand = deadBand === undefined ? undefined : deadBandOf(deadBand, deadBandMost, context);
  if (deadBand === undefined && deadBandMost !== undefined) {
    context.report({
      pointer: pointerTo('deadBandMost'),
      part: 'key',
      what: { en: '`deadBandMost` goes with `deadBand`', zh: '`deadBandMost` 须与 `deadBand` 同用' },
      hint: { en: 'write for example `deadBand: 5 mm`', zh: '例如写作 `deadBand: 5 mm`' },
    });
  }
  return {
    ...(sampleMs === undefined ? {} : { sampleMs }),
    ...(settledBurst ? { burst: settledBurst } : {}),
    ...(settledBand ? { deadBand: settledBand } : {}),
  };
}

const publishesItself = {
  what: { en: 'the publisher decides when there is a reading', zh: '读数时机由发布方决定' },
  hint: { en: 'remove it', zh: '请删除' },
} as const;

/** A time that is not shorter than the device can be read. */
export function timeOf(
  path: readonly string[],
  written: string,
  { minEveryMs, id }: Profile,
  report: Report,
): number | undefined {
  const read = readDuration(written);
  const pointer = pointerTo(...path);
  if (!read.ok) {
    report({ pointer, part: 'value', what: read.what, hint: read.hint });
  } else if (read.value < minEveryMs) {
    const what = { en: `${written} is faster than ${id} can be read`, zh: `${written} 超过 ${id} 的最快读取频率` };
    const least = minEveryMs % 1000 === 0 ? `${minEveryMs / 1000}s` : `${minEveryMs}ms`;
    const hint = { en: `write \`${least}\` or more`, zh: `请写 \`${least}\` 或更长` };
    report({ pointer, part: 'value', what, hint });
  } else {
    return read.value;
  }
  return undefined;
}

/** A device is asked at least once for each of its readings. */
function sampleOf(written: string, { setup, everyMs, report }: Context): number | undefined {
  const sampleMs = timeOf(['sample'], written, setup.profile, report);
  if (sampleMs === undefined || everyMs === undefined || sampleMs <= everyMs) return sampleMs;
  report({
    pointer: pointerTo('sample'),
    part: 'value',
    what: { en: `${written} is longer than the time between readings`, zh: `${written} 超过读数间隔` },
    hint: { en: 'ask as often as there are readings, or more often', zh: '询问间隔不能长于读数间隔' },
  });
  return undefined;
}

function burstOf(written: WrittenBurst, context: Context): Burst | undefined {
  const { setup, everyMs = Infinity, report } = context;
  const { every, near, rising, hold, channel } = written;
  if (context.everyMs === undefined) {
    report({
      pointer: pointerTo('burst'),
      part: 'key',
      what: {
        en: 'each of its messages is a reading already: nothing is faster',
        zh: '该设备每条消息已是一个读数，无法更快',
      },
      hint: { en: 'remove `burst`, or say `every` too', zh: '请删除 `burst`，或同时写明 `every`' },
    });
    return undefined;
  }
  const problem = (key: string, what: Words, hint: Words): void =>
    report({ pointer: pointerTo('burst', key), part: 'value', what, hint });
  const fastMs = timeOf(['burst', 'every'], every, setup.profile, report);
  const holdMs = hold === undefined ? usualHoldMs : durationOf(['burst', 'hold'], hold, report);
  if (fastMs !== undefined && fastMs >= everyMs) {
    problem(
      'every',
      { en: `${every} is not faster than usual`, zh: `${every} 并不比平时快` },
      { en: 'write a time shorter than `every` of the device', zh: '请写比设备 `every` 更短的时间' },
    );
  }
  if (near === undefined && rising === undefined) {
    const what = { en: 'a burst needs `near`, `rising` or both', zh: '`burst` 须有 `near` 或 `rising`' };
    const hint = {
      en: 'write for example `near: 10 cm` or `rising: 2 cm/min`',
      zh: '例如写作 `near: 10 cm` 或 `rising: 2 cm/min`',
    };
    report({ pointer: pointerTo('burst'), part: 'key', what, hint });
    return undefined;
  }
  const numbers = numberChannels(setup.profile);
  if (channel !== undefined && !Object.hasOwn(numbers, channel)) {
    const { what, hint } = noSuchChannel(channel, numbers);
    problem('channel', what, hint);
    return undefined;
  }
  const wanted = Object.entries(numbers).filter(([name]) => channel === undefined || name === channel);
  const nears = near === undefined ? {} : differences(near, wanted, (what, hint) => problem('near', what, hint));
  const rates = rising === undefined ? {} : risings(rising, wanted, (what, hint) => problem('rising', what, hint));
  if (fastMs === undefined || holdMs === undefined) return undefined;
  const channels = Object.fromEntries(
    wanted.flatMap(([name]): (readonly [string, BurstReason])[] => {
      const [nearer, risingPerMs] = [nears[name], rates[name]];
      if (nearer === undefined && risingPerMs === undefined) return [];
      const reason = {
        ...(nearer === undefined ? {} : { near: nearer }),
        ...(risingPerMs === undefined ? {} : { risingPerMs }),
      };
      return [[name, reason]];
    }),
  );
  return { everyMs: fastMs, holdMs, channels };
}

function deadBandOf(
  written: NonNullable<WrittenDevice['deadBand']>,
  most: string | undefined,
  { setup, everyMs = 0, report }: Context,
): DeadBand | undefined {
  const mostMs = most === undefined ? usualMostMs : durationOf(['deadBandMost'], most, report);
  if (mostMs !== undefined && mostMs < everyMs) {
    report({
      pointer: pointerTo(most === undefined ? 'deadBand' : 'deadBandMost'),
      part: 'value',
      what: { en: 'there is a reading less often than that anyway', zh: '读数间隔本来就比它长' },
      hint: {
        en: 'write a time longer than `every`, or remove the dead band',
        zh: '请写比 `every` 更长的时间，或删除死区',
      },
    });
  }
  const { channels } = setup.profile;
  // What adds up since the last reading is always published: nothing of it may be lost, and zero is a measurement.
  const numbers = Object.fromEntries(
    Object.entries(numberChannels(setup.profile)).filter(
      ([, { stat, quantity }]) => stat === undefined && quantityOf(quantity).aggregate !== 'sum',
    ),
  );
  const states = Object.keys(channels).filter((name) => !Object.hasOwn(numbers, name) && isState(channels[name]));
  const bands: Record<string, number> = Object.fromEntries(states.map((name) => [name, 0]));
  if (typeof written === 'object') {
    for (const [name, band] of Object.entries(written)) {
      const channel = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
      const pointer = pointerTo('deadBand', name);
      if (!channel) report({ pointer, part: 'key', ...noSuchChannel(name, numbers) });
      else
        Object.assign(
          bands,
          differences(band, [[name, channel]], (what, hint) => report({ pointer, part: 'value', what, hint })),
        );
    }
  } else {
    const pointer = pointerTo('deadBand');
    if (Object.keys(numbers).length === 0 && states.length > 0) {
      const what = { en: 'its states have no width', zh: '状态量没有宽度' };
      const hint = {
        en: 'write `deadBand: {}`: states are published when they change',
        zh: '请写作 `deadBand: {}`：状态在变化时发布',
      };
      report({ pointer, part: 'value', what, hint });
      return undefined;
    }
    const all = differences(written, Object.entries(numbers), (what, hint) =>
      report({ pointer, part: 'value', what, hint }),
    );
    Object.assign(bands, all);
  }
  return mostMs === undefined ? undefined : { bands, mostMs };
}

type Complain = (what: Words, hint: Words) => void;
type Entries = readonly (readonly [name: string, channel: Channel])[];

/** An amount as a difference in the canonical unit of each channel that has such a unit: 5 °F are 2.78 K, not -15 °C. */
function differences(
  written: string | number,
  channels: Entries,
  complain: Complain,
): Readonly<Record<string, number>> {
  const amount = parseAmount(String(written));
  if (!amount) {
    complain({ en: `${shown(written)} is not a value with a unit`, zh: `${shown(written)} 不是带单位的数值` }, example);
    return {};
  }
  if (amount.value <= 0) {
    complain({ en: `${shown(written)} is nothing`, zh: `${shown(written)} 须大于零` }, example);
    return {};
  }
  const fitting = channels.filter(([, { quantity }]) => isConvertible(amount.unit, quantityOf(quantity).unit));
  if (fitting.length === 0) {
    const list = channels.map(([name, { quantity }]) => `${name} (${quantityOf(quantity).unit})`).join(', ');
    complain(
      { en: `no channel is measured in ${amount.unit}`, zh: `没有以 ${amount.unit} 计量的通道` },
      { en: `possible: ${list || 'none'}`, zh: `可用：${list || '无'}` },
    );
  }
  return Object.fromEntries(
    fitting.map(([name, { quantity }]) => [name, difference(amount.value, amount.unit, quantityOf(quantity).unit)]),
  );
}

const example: Words = { en: 'write for example `5 mm`', zh: '例如写作 `5 mm`' };

const difference = (value: number, from: UnitCode, to: UnitCode): number =>
  convert(value, from, to) - convert(0, from, to);

/** `2 cm/min`: an amount, and the time for it behind the last stroke. Per millisecond. */
function risings(written: string, channels: Entries, complain: Complain): Readonly<Record<string, number>> {
  const [, amount, time] = /^(.*)\/\s*([a-z]+)\s*$/.exec(written) ?? [];
  const per = time === undefined ? undefined : readDuration(`1 ${time}`);
  if (amount === undefined || !per?.ok) {
    const what = {
      en: `${shown(written)} does not say how much in which time`,
      zh: `${shown(written)} 未说明单位时间内的变化量`,
    };
    complain(what, { en: 'write for example `2 cm/min`', zh: '例如写作 `2 cm/min`' });
    return {};
  }
  const rises = differences(amount, channels, complain);
  return Object.fromEntries(Object.entries(rises).map(([name, rise]) => [name, rise / per.value]));
}

const isState = (channel: Channel | undefined): boolean =>
  channel !== undefined && quantityOf(channel.quantity).kind !== 'number';

const numberChannels = ({ channels }: Profile): Readonly<Record<string, Channel>> =>
  Object.fromEntries(Object.entries(channels).filter(([, channel]) => !isState(channel)));

function noSuchChannel(name: string, known: Readonly<Record<string, Channel>>): { what: Words; hint: Words } {
  const names = Object.keys(known);
  const list = names.join(', ');
  return {
    what: { en: `there is no channel \`${name}\` that this can be said of`, zh: `没有可用于此处的通道 \`${name}\`` },
    hint: didYouMean(name, names) ?? { en: `possible: ${list || 'none'}`, zh: `可用：${list || '无'}` },
  };
}

function durationOf(path: readonly string[], written: string, report: Report): number | undefined {
  const read = readDuration(written);
  if (read.ok) return read.value;
  report({ pointer: pointerTo(...path), part: 'value', what: read.what, hint: read.hint });
  return undefined;
}
