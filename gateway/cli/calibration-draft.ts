import {
  calibrated,
  deviation,
  fitLine,
  uncalibrated,
  type CalibrationEntry,
  type CalibrationMethod,
  type CalibrationPoint,
  type CalibrationRecord,
  type Line,
} from '../model/calibration.ts';
import { quantityOf, type QuantityName } from '../model/quantity.ts';
import { roundTo } from '../model/unit.ts';
import { readAmount } from '../platform/amount.ts';
import type { Words } from '../platform/problem.ts';
import { valueText } from './format.ts';
import type { Language } from '../model/errors.ts';

/** What is calibrated. */
export interface Subject {
  readonly device: string;
  readonly channel: string;
  readonly quantity: QuantityName;
  /** Canonical unit. */
  readonly resolution: number;
}

/** What somebody read at the same moment: the truth, and what the gateway shows. Canonical unit. */
export interface Comparison {
  readonly reference: number;
  readonly shown: number;
  /** The calibration that `shown` was made with. */
  readonly by?: Line | undefined;
}

/** A calibration that could be written down. */
export interface Draft {
  readonly line: Line;
  readonly method: CalibrationMethod;
  readonly points: readonly CalibrationPoint[];
  readonly before: readonly number[];
  readonly residuals: readonly number[];
  /** Why a person should look twice. */
  readonly doubt?: Words;
}

/** What comes out of comparisons, or why nothing does. */
export function draftOf(
  { quantity, resolution }: Subject,
  comparisons: readonly Comparison[],
): { readonly ok: true; readonly draft: Draft } | { readonly ok: false; readonly why: Words } {
  const points = comparisons.map(({ reference, shown, by }): CalibrationPoint => {
    const raw = by ? uncalibrated(quantity, by, shown) : shown;
    return { reference, shown: clean(roundTo(raw, resolution / 10)) };
  });
  const fit = fitLine(quantity, points, resolution);
  if (!fit.ok) return fit;
  const { method, doubt } = fit;
  const line = { gain: clean(fit.line.gain), offset: clean(fit.line.offset) };
  const off = (value: number, reference: number): number => clean(deviation(quantity, value, reference));
  return {
    ok: true,
    draft: {
      line,
      method,
      points,
      before: comparisons.map(({ shown, reference }) => off(shown, reference)),
      residuals: points.map(({ shown, reference }) =>
        off(roundTo(calibrated(quantity, line, shown), resolution), reference),
      ),
      ...(doubt ? { doubt } : {}),
    },
  };
}

/** Nine digits are more than any instrument has, and leave no binary dust. */
const clean = (value: number): number => Number(value.toPrecision(9)) || 0;

/** A draft with everything that a record needs. */
export function recordOf(
  { device, channel, quantity }: Subject,
  { line, method, points, before, residuals }: Draft,
  about: Pick<CalibrationRecord, 'id' | 'at' | 'validUntil' | 'by' | 'reference'>,
): CalibrationRecord {
  const { id, at, validUntil, by, reference } = about;
  const { unit } = quantityOf(quantity);
  const result = { method, points, before, residuals, ...line };
  return { v: 1, kind: 'calibration', id, device, channel, quantity, unit, at, ...result, reference, by, validUntil };
}

/** An id that no entry has yet: `cal-20261122-1`. @param at - Unix milliseconds. */
export function newId(at: number, entries: readonly CalibrationEntry[]): string {
  const taken = new Set(entries.map(({ id }) => id));
  const day = `cal-${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`;
  for (let number = 1; ; number++) if (!taken.has(`${day}-${number}`)) return `${day}-${number}`;
}

type ReadPoint =
  | { readonly ok: true; readonly reference: number; readonly shown?: number }
  | { readonly ok: false; readonly what: Words };

/** Reads `100 cm=101.0 cm`: the reference, and what was shown; without the second it is taken live. */
export function readPoint(text: string, quantity: QuantityName): ReadPoint {
  const { unit } = quantityOf(quantity);
  const [reference = '', shown, ...more] = text.split('=').map((part) => part.trim());
  if (more.length > 0) return { ok: false, what: { en: 'one `=` is enough', zh: '只能有一个 `=`' } };
  const [first, second] = [reference, shown].map((part) => (part === undefined ? undefined : readAmount(part, unit)));
  for (const read of [first, second]) {
    if (read?.ok === false) return { ok: false, what: joined(read.what, read.hint) };
  }
  if (!first?.ok) return { ok: false, what: { en: 'it is empty', zh: '内容为空' } };
  return { ok: true, reference: first.value, ...(second?.ok ? { shown: second.value } : {}) };
}

const joined = (what: Words, hint: Words): Words => ({ en: `${what.en}; ${hint.en}`, zh: `${what.zh}；${hint.zh}` });

/** `value = 1.002 × raw − 0.012 m` */
export function lineText({ gain, offset }: Line, unit: string, language: Language): string {
  const raw = { en: 'raw', zh: '原始值' }[language];
  const value = { en: 'value', zh: '校准值' }[language];
  const stretch = gain === 1 ? raw : `${short(gain)} × ${raw}`;
  const shift = offset === 0 ? '' : ` ${offset < 0 ? '−' : '+'} ${valueText(short(Math.abs(offset)), unit, language)}`;
  return `${value} = ${stretch}${shift}`;
}

const short = (value: number): number => Number(value.toPrecision(6));

/** One row a point: reference, what was shown, how far it lay beside, how far it lies beside now. */
export function pointRows(
  { quantity }: Subject,
  { points, before, residuals }: Pick<Draft, 'points' | 'before' | 'residuals'>,
  language: Language,
): readonly (readonly string[])[] {
  const { unit } = quantityOf(quantity);
  const text = (value: number | undefined): string =>
    valueText(value === undefined ? null : short(value), unit, language);
  const heads = {
    en: ['reference', 'raw', 'off before', 'off now'],
    zh: ['参考值', '原始值', '校准前偏差', '校准后偏差'],
  };
  return [
    heads[language],
    ...points.map(({ reference, shown }, index) => [reference, shown, before[index], residuals[index]].map(text)),
  ];
}
