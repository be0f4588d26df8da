import { inForce, type CalibrationEntry, type CalibrationRecord } from '../../model/calibration.ts';
import { closest } from '../../model/closest.ts';
import { gatewayError } from '../../model/errors.ts';
import type { Words } from '../../platform/problem.ts';
import { addEntry, openBench } from '../calibration-bench.ts';
import { lineText } from '../calibration-draft.ts';
import { ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { table } from '../format.ts';
import { stamp } from '../times.ts';

const states = {
  inForce: { en: 'in force', zh: '生效' },
  expired: { en: 'expired', zh: '已过期' },
  superseded: { en: 'superseded', zh: '已被取代' },
  void: { en: 'taken back', zh: '已作废' },
} as const satisfies Record<string, Words>;

function stateOf(record: CalibrationRecord, entries: readonly CalibrationEntry[], now: number): keyof typeof states {
  if (entries.some(({ kind, id }) => kind === 'void' && id === record.id)) return 'void';
  if (inForce(entries).get(`${record.device}/${record.channel}`)?.id !== record.id) return 'superseded';
  return record.validUntil < now ? 'expired' : 'inForce';
}

/** All calibrations, and which of them count. */
export async function calibrationList(context: Context): Promise<number> {
  const { isJson, out, say, language } = context;
  const { entries, path, settings } = await openBench(context);
  const records = entries.filter((entry) => entry.kind === 'calibration');
  const told = records.map((record) => ({ ...record, state: stateOf(record, entries, Date.now()) }));
  if (isJson) {
    out(JSON.stringify(told));
    return ok;
  }
  const { timeZone } = settings.gateway;
  const day = (at: number): string => stamp(at, timeZone).slice(0, 10);
  const until = { en: 'until', zh: '有效至' }[language];
  const rows = told.map((record) => [
    record.id,
    `${record.device}/${record.channel}`,
    states[record.state][language],
    lineText(record, record.unit, language),
    `${until} ${day(record.validUntil)}`,
    record.by,
    record.reference,
  ]);
  for (const line of table(rows)) out(line);
  if (rows.length === 0) say({ en: `There are no calibrations in ${path}.`, zh: `${path} 中没有校准记录。` }[language]);
  return ok;
}

/** Takes a calibration back: the one before it counts again. */
export async function calibrationVoid(context: Context, call: Call): Promise<number> {
  const { isJson, out, say, language } = context;
  const id = call.args[0] ?? '';
  const [by, why] = [optionOf(call, 'by'), optionOf(call, 'why')];
  if (by === undefined || by.trim() === '') {
    throw usage(call, { en: '--by is missing: who takes it back', zh: '缺少 --by：由谁作废' });
  }
  const bench = await openBench(context);
  const records = bench.entries.filter((entry) => entry.kind === 'calibration');
  if (!records.some((record) => record.id === id)) {
    const meant = closest(
      id,
      records.map((record) => record.id),
    );
    const hint = meant === undefined ? '' : { en: `Did you mean \`${meant}\`? `, zh: `是否想写 \`${meant}\`？` };
    throw gatewayError('CALIBRATION_UNKNOWN', { id, hint });
  }
  const entry = { v: 1, kind: 'void', id, at: Date.now(), by, ...(why === undefined ? {} : { why }) } as const;
  await addEntry(bench, entry);
  if (isJson) out(JSON.stringify(entry));
  else say({ en: `${id} is taken back.`, zh: `${id} 已作废。` }[language]);
  return ok;
}
