import { reservedChannels } from '../model/names.ts';
import { quantityOf, type Quantity } from '../model/quantity.ts';
import { isConvertible, units, type UnitCode } from '../model/unit.ts';
import { readAmount, readDuration } from '../platform/amount.ts';
import { amountIn, buildUnit, notAscending } from './build-amount.ts';
import { buildChecks } from './build-checks.ts';
import { nameAsFormula } from './formula.ts';
import type { Channel } from './profile.ts';
import { within, type Report } from './report.ts';
import type { Scope } from './scope.ts';
import type { WrittenAmount, WrittenChannel } from './written.ts';

/** Without a scope the device sends finished values by channel, and there is nothing to compute. */
export function buildChannel(key: string, written: WrittenChannel, scope: Scope | undefined, report: Report): Channel {
  const { quantity, name, value, stat, datum, dwell } = written;
  const row = quantityOf(quantity);
  if (reservedChannels.includes(key)) {
    report({ at: [], part: 'key', what: { en: `\`${key}\` cannot be a channel`, zh: `\`${key}\` 不能作为通道名` } });
  }
  if (value !== undefined && !scope) {
    report({
      at: ['value'],
      what: { en: 'a message gives finished values', zh: '消息直接给出最终数值' },
      hint: { en: 'remove `value`', zh: '请删除 `value`' },
    });
  }
  const unit = channelUnit(written, row, report);
  const inUnit = (amount: WrittenAmount, at: string | number): number =>
    amountIn(readAmount(amount, row.unit), within(report, ...(typeof at === 'number' ? ['limits', at] : [at])));
  const resolution = written.resolution === undefined ? row.resolution : inUnit(written.resolution, 'resolution');
  if (resolution <= 0 || !isStep(resolution)) {
    report({
      at: ['resolution'],
      what: {
        en: `${resolution} ${row.unit} is not a step to round to`,
        zh: `${resolution} ${row.unit} 不能作为取整步长`,
      },
      hint: { en: `take 1, 0.5, 0.1 … ${row.unit}, or a whole number`, zh: `请用 1、0.5、0.1 … ${row.unit} 或整数` },
    });
  }
  const limits = written.limits && ([inUnit(written.limits[0], 0), inUnit(written.limits[1], 1)] as const);
  if (limits) checkSensorLimits(limits, row, within(report, 'limits'));
  if (datum !== undefined && !row.datum) {
    report({ at: ['datum'], part: 'key', what: { en: `${quantity} has no datum`, zh: `${quantity} 不需要基准面` } });
  }
  const formula = scope
    ? scope.formula(value ?? key, within(report, ...(value === undefined ? [] : ['value'])))
    : nameAsFormula(key);
  return {
    quantity,
    name: name ?? { en: row.name.en, zh: row.name.zh ?? row.name.en },
    value: formula,
    needs: scope?.needsOf(formula) ?? [key],
    unit,
    resolution,
    ...(limits ? { limits } : {}),
    ...(datum === undefined ? {} : { datum }),
    ...(stat ? { stat } : {}),
    ...(written.checks ? { checks: buildChecks(written.checks, quantity, within(report, 'checks')) } : {}),
    ...(dwell === undefined ? {} : { dwellMs: dwellOf(dwell, row, within(report, 'dwell')) }),
  };
}

function dwellOf(written: string, { kind }: Quantity, report: Report): number {
  if (kind !== 'boolean') {
    const what = { en: 'only a state can dwell', zh: '只有状态量可以设置 `dwell`' };
    report({ at: [], part: 'key', what, hint: { en: 'remove `dwell`', zh: '请删除 `dwell`' } });
  }
  return amountIn(readDuration(written), report);
}

/** `roundTo` counts steps in a unit, or units in a step. */
function isStep(resolution: number): boolean {
  const times = resolution < 1 ? 1 / resolution : resolution;
  return !(Math.abs(times - Math.round(times)) > 1e-9 * times);
}

function channelUnit(written: WrittenChannel, row: Quantity, report: Report): UnitCode {
  if (row.kind !== 'number') {
    for (const key of ['unit', 'resolution', 'limits', 'stat'] as const) {
      if (written[key] === undefined) continue;
      const what = { en: `${written.quantity} is not a number`, zh: `${written.quantity} 不是数值量` };
      report({ at: [key], part: 'key', what, hint: { en: `remove \`${key}\``, zh: `请删除 \`${key}\`` } });
    }
    return row.unit;
  }
  const unit = written.unit === undefined ? row.unit : buildUnit(written.unit, within(report, 'unit'));
  if (!unit) return row.unit;
  if (isConvertible(unit, row.unit)) return unit;
  report({
    at: ['unit'],
    what: { en: `${unit} cannot become ${row.unit}`, zh: `${unit} 无法换算为 ${row.unit}` },
    hint: {
      en: `${written.quantity} is in ${row.unit}; take a unit of ${units[row.unit].dimension}`,
      zh: `${written.quantity} 的单位是 ${row.unit}，请使用可换算的单位`,
    },
  });
  return row.unit;
}

/** Both in the canonical unit. */
function checkSensorLimits([low, high]: readonly [number, number], row: Quantity, report: Report): void {
  if (low >= high) report({ at: [], ...notAscending });
  const { min = -Infinity, max = Infinity, unit } = row;
  if (low < min || high > max) {
    report({
      at: [],
      what: {
        en: `the physical limits are ${min} to ${max} ${unit} (${row.source})`,
        zh: `物理极限是 ${min} 到 ${max} ${unit}（${row.source}）`,
      },
      hint: { en: 'a sensor cannot measure beyond them', zh: '传感器量程不能超出物理极限' },
    });
  }
}
