import type { CalibrationRecord } from '../model/calibration.ts';
import { readDuration } from '../platform/amount.ts';
import type { Words } from '../platform/problem.ts';
import type { Work } from './calibration-guide.ts';
import { optionOf, usage } from './context.ts';
import type { Dialog } from './dialog.ts';
import { readTime, stamp } from './times.ts';

type Paper = Pick<CalibrationRecord, 'by' | 'reference' | 'validUntil'>;

/** What else a record needs: from the command line, else from the person; `undefined` when they give up. */
export async function paperwork(
  { call, context, bench }: Work,
  dialog: Dialog | undefined,
): Promise<Paper | undefined> {
  const { language } = context;
  const { timeZone } = bench.settings.gateway;
  const said: Record<string, string> = {};
  for (const [option, question] of Object.entries(questions)) {
    const answer =
      optionOf(call, option) ??
      (await dialog?.text(question[language], { check: (text) => (text === '' ? needed[language] : undefined) }));
    if (answer === undefined && dialog) return undefined;
    if (answer === undefined || answer.trim() === '') {
      throw usage(call, { en: `--${option} is missing: ${question.en}`, zh: `缺少 --${option}：${question.zh}` });
    }
    said[option] = answer.trim().slice(0, mostCharacters);
  }
  const option = optionOf(call, 'valid');
  const wanted =
    option ??
    (dialog
      ? await dialog.text(validQuestion[language], {
          initial: usualValidity,
          check: (text) => (validUntil(text, timeZone) === undefined ? notATime(text)[language] : undefined),
        })
      : usualValidity);
  if (wanted === undefined) return undefined;
  const until = validUntil(wanted, timeZone);
  if (until === undefined) throw usage(call, notATime(wanted));
  if (dialog) {
    const day = stamp(until, timeZone).slice(0, 10);
    const question = { en: `Write it down, valid until ${day}?`, zh: `写入记录，有效至 ${day}？` };
    if (!(await dialog.confirm(question[language]))) return undefined;
  }
  return { by: said['by'] ?? '', reference: said['reference'] ?? '', validUntil: until };
}

const questions: Readonly<Record<'reference' | 'by', Words>> = {
  reference: { en: 'Which instrument, and which certificate?', zh: '使用的标准器及证书编号？' },
  by: { en: 'Who calibrates?', zh: '校准人？' },
};
const needed: Words = { en: 'this belongs into the record', zh: '此项须写入记录' };
const validQuestion: Words = { en: 'How long is it valid?', zh: '有效期多长？' };
const mostCharacters = 128;
const usualValidity = '1y';
const yearMs = 365 * 86_400_000;

/** Unix milliseconds; `undefined` for what is no time to come. */
function validUntil(text: string, timeZone: string): number | undefined {
  const now = Date.now();
  const [, years] = /^(\d{1,2})\s*(?:y|a|年)$/.exec(text) ?? [];
  const duration = readDuration(text);
  if (years !== undefined) return Number(years) > 0 ? now + Number(years) * yearMs : undefined;
  if (duration.ok) return Math.round(now + duration.value);
  const read = readTime(text, { now, timeZone });
  return read.ok && read.at > now ? read.at : undefined;
}

const notATime = (text: string): Words => ({
  en: `\`${text}\` is no time to come; write \`1y\`, \`180d\` or a date`,
  zh: `\`${text}\` 不是将来的时间；可写 \`1y\`、\`180d\` 或日期`,
});
