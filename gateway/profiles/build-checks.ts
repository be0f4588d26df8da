import { quantityOf, type QuantityName } from '../model/quantity.ts';
import type { UnitCode } from '../model/unit.ts';
import { readAmount, readDifference, readDuration } from '../platform/amount.ts';
import { didYouMean } from '../platform/problem.ts';
import { amountIn, notAscending } from './build-amount.ts';
import {
  checkNames,
  sensibleChecks,
  type ChannelChecks,
  type CheckName,
  type CrossCheck,
  type Span,
  type Spans,
} from './checks.ts';
import { nameAsFormula, parseFormula } from './formula.ts';
import type { Channel } from './profile.ts';
import { within, type Report } from './report.ts';
import type { WrittenAmount, WrittenChecks, WrittenCrossCheck, WrittenSpan, WrittenSpans } from './written.ts';

/** The tests of one channel, of a profile or of a device; those that are `off` are left out. */
export function buildChecks(written: WrittenChecks, quantity: QuantityName, report: Report): ChannelChecks {
  const { unit } = quantityOf(quantity);
  const sensible = sensibleChecks(quantity);
  const built: { -readonly [Name in CheckName]?: ChannelChecks[Name] } = {};
  const build = <Name extends CheckName>(name: Name, make: Builder<Name>): void => {
    if (!sensible.includes(name)) reportSenseless(name, quantity, sensible, within(report, name));
    const check = make(written, unit, within(report, name));
    if (check) built[name] = check;
  };
  for (const name of checkNames) if (name in written) build(name, builders[name]);
  return built;
}

type Builder<Name extends CheckName> = (
  written: WrittenChecks,
  unit: UnitCode,
  report: Report,
) => ChannelChecks[Name] | undefined;

const builders: { readonly [Name in CheckName]: Builder<Name> } = {
  range: ({ range }, unit, report) => {
    if (!range || range === 'off') return undefined;
    const seasons = (range.seasons ?? []).map((season, index) => {
      const inside = within(report, 'seasons', index);
      for (const key of ['from', 'to'] as const) checkDay(season[key], within(inside, key));
      return { from: season.from, to: season.to, ...spansOf(season, unit, inside) };
    });
    return { ...spansOf(range, unit, report), seasons };
  },
  saturated: ({ saturated }, unit, report) => {
    if (!saturated || saturated === 'off') return undefined;
    const ends = (['least', 'most'] as const).flatMap((key) => {
      const amount = saturated[key];
      return amount === undefined ? [] : [[key, amountIn(readAmount(amount, unit), within(report, key))] as const];
    });
    return Object.fromEntries(ends);
  },
  spike: ({ spike }, unit, report) => {
    if (!spike || spike === 'off') return undefined;
    const withinMs = spike.within === undefined ? undefined : durationIn(spike.within, within(report, 'within'));
    return { ...levelsOf(spike, unit, report), ...(withinMs === undefined ? {} : { withinMs }) };
  },
  rate: ({ rate }, unit, report) => {
    if (!rate || rate === 'off') return undefined;
    return { ...levelsOf(rate, unit, report), perMs: durationIn(rate.per, within(report, 'per')) };
  },
  flat: ({ flat }, unit, report) => {
    if (!flat || flat === 'off') return undefined;
    const afterMs = durationIn(flat.after, within(report, 'after'));
    const badMs = flat.bad === undefined ? undefined : durationIn(flat.bad, within(report, 'bad'));
    if (badMs !== undefined && badMs < afterMs) report({ at: ['bad'], ...tooEarly });
    const tolerance = flat.within === undefined ? 0 : differenceIn(flat.within, unit, within(report, 'within'), true);
    return { afterMs, within: tolerance, ...(badMs === undefined ? {} : { badMs }) };
  },
  attenuated: ({ attenuated }, unit, report) => {
    if (!attenuated || attenuated === 'off') return undefined;
    const least = differenceIn(attenuated.least, unit, within(report, 'least'));
    const bad = attenuated.bad === undefined ? undefined : differenceIn(attenuated.bad, unit, within(report, 'bad'));
    if (bad !== undefined && bad > least) report({ at: ['bad'], ...notLess });
    const overMs = durationIn(attenuated.over, within(report, 'over'));
    return { overMs, least, ...(bad === undefined ? {} : { bad }) };
  },
  gap: ({ gap }, _unit, report) => {
    if (!gap || gap === 'off') return undefined;
    return { afterMs: durationIn(gap.after, within(report, 'after')) };
  },
};

const durationIn = (written: string, report: Report): number => amountIn(readDuration(written), report);

const differenceIn = (written: WrittenAmount, unit: UnitCode, report: Report, orZero = false): number =>
  amountIn(readDifference(written, unit, { orZero }), report);

function levelsOf(
  written: { readonly suspect: WrittenAmount; readonly bad?: WrittenAmount },
  unit: UnitCode,
  report: Report,
): { readonly suspect: number; readonly bad?: number } {
  const suspect = differenceIn(written.suspect, unit, within(report, 'suspect'));
  if (written.bad === undefined) return { suspect };
  const bad = differenceIn(written.bad, unit, within(report, 'bad'));
  if (bad < suspect) report({ at: ['bad'], ...tooEarly });
  return { suspect, bad };
}

function spansOf(written: WrittenSpans, unit: UnitCode, report: Report): Spans {
  const { suspect, bad } = written;
  const spans = {
    ...(suspect ? { suspect: spanOf(suspect, unit, within(report, 'suspect')) } : {}),
    ...(bad ? { bad: spanOf(bad, unit, within(report, 'bad')) } : {}),
  };
  if (spans.suspect && spans.bad && (spans.suspect[0] < spans.bad[0] || spans.suspect[1] > spans.bad[1])) {
    report({
      at: ['bad'],
      what: { en: 'what is bad lies within what is not even suspect', zh: '`bad` 范围不能小于 `suspect` 范围' },
      hint: { en: 'let `bad` hold all of `suspect`', zh: '`bad` 范围须包含整个 `suspect` 范围' },
    });
  }
  return spans;
}

function spanOf([low, high]: WrittenSpan, unit: UnitCode, report: Report): Span {
  const span = [
    amountIn(readAmount(low, unit), within(report, 0)),
    amountIn(readAmount(high, unit), within(report, 1)),
  ] as const;
  if (span[0] >= span[1]) report({ at: [], ...notAscending });
  return span;
}

const daysIn = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What the schema lets through looks like `MM-DD`. */
function checkDay(written: string, report: Report): void {
  const [month = 0, day = 0] = written.split('-').map(Number);
  if (day >= 1 && day <= (daysIn[month - 1] ?? 0)) return;
  report({
    at: [],
    what: { en: `there is no day ${written}`, zh: `没有 ${written} 这一天` },
    hint: { en: 'month and day, such as 12-01', zh: '请写月-日，例如 12-01' },
  });
}

const tooEarly = {
  what: { en: 'it is bad before it is suspect', zh: '`bad` 不能先于 `suspect`' },
  hint: { en: 'let `bad` be the larger one, or leave it out', zh: '请让 `bad` 取较大的值，或将其删除' },
};

const notLess = {
  what: { en: 'it is bad before it is suspect', zh: '`bad` 不能先于可疑' },
  hint: { en: 'let `bad` be less than `least`, or leave it out', zh: '请让 `bad` 小于 `least`，或将其删除' },
};

function reportSenseless(
  name: CheckName,
  quantity: QuantityName,
  sensible: readonly CheckName[],
  report: Report,
): void {
  const list = sensible.join(', ');
  report({
    at: [],
    part: 'key',
    what: { en: `\`${name}\` makes no sense for ${quantity}`, zh: `\`${name}\` 不适用于 ${quantity}` },
    hint: { en: `its tests are ${list}`, zh: `可用检查：${list}` },
  });
}

/** A condition between the channels of a device. */
export function buildCrossCheck(
  { holds, doubts }: WrittenCrossCheck,
  channels: Readonly<Record<string, Channel>>,
  report: Report,
): CrossCheck {
  const known = Object.keys(channels);
  const parsed = parseFormula(holds);
  if (!parsed.ok) {
    report({ at: ['holds'], offset: parsed.offset, what: parsed.what, hint: parsed.hint });
    return { holds: nameAsFormula(holds), doubts: [] };
  }
  const { formula } = parsed;
  const named = (name: string, inside: Report): void => {
    if (known.includes(name)) return;
    const list = known.join(', ');
    inside({
      at: [],
      what: { en: `there is no channel \`${name}\``, zh: `没有通道 \`${name}\`` },
      hint: didYouMean(name, known) ?? { en: `known: ${list}`, zh: `可用名称：${list}` },
    });
  };
  for (const name of formula.names) named(name, within(report, 'holds'));
  for (const [index, name] of (doubts ?? []).entries()) named(name, within(report, 'doubts', index));
  return { holds: formula, doubts: doubts ?? formula.names };
}
