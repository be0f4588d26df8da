import { unitCode, units, type UnitCode } from '../model/unit.ts';
import type { ReadAmount } from '../platform/amount.ts';
import { didYouMean } from '../platform/problem.ts';
import type { Report } from './report.ts';

/** The number that was read; NaN, which no later check minds, after reporting that there is none. */
export function amountIn(read: ReadAmount, report: Report): number {
  if (read.ok) return read.value;
  report({ at: [], what: read.what, hint: read.hint });
  return Number.NaN;
}

/** The unit that a person wrote; `undefined` after reporting that there is no such unit. */
export function buildUnit(written: string, report: Report): UnitCode | undefined {
  const unit = unitCode(written);
  if (unit) return unit;
  report({
    at: [],
    what: { en: `the unit \`${written}\` is not known`, zh: `不认识单位 \`${written}\`` },
    hint: didYouMean(written, Object.keys(units)),
  });
  return undefined;
}

export const notAscending = { what: { en: 'the smaller value comes first', zh: '较小的值须在前' } };
