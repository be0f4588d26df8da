import type { Explanation, Step } from '../field/normalise/explain.ts';
import type { Outcome, Trial } from '../commission/trial.ts';
import type { Language } from '../model/errors.ts';
import type { Profile } from '../profiles/profile.ts';
import { padTo, unitLabel } from './format.ts';
import { bytesShown } from './hex-lines.ts';
import { readingCells } from './probe-lines.ts';
import { reasonText } from '../platform/reasons.ts';
import { reasonWords } from './words.ts';

const timeWidth = 9;

/** One line for each message or stretch of garbage: when, and what came of it. */
export function outcomeLine(outcome: Outcome, profile: Profile, language: Language): string {
  const time = `${(outcome.ms / 1000).toFixed(3)} s`.padStart(timeWidth);
  if (!outcome.ok) {
    const { skipped, why, bytes } = outcome;
    const count = { en: `${skipped} bytes thrown away`, zh: `丢弃 ${skipped} 字节` }[language];
    const colon = { en: ': ', zh: '：' }[language];
    return `${time}  ✖ ${count}${colon}${reasonText(why, language)}  ${bytesShown(bytes, 16)}`;
  }
  const values = outcome.values.map((value) =>
    readingCells(profile, value, language)
      .filter((cell) => cell !== '')
      .join(' '),
  );
  return `${time}  ${values.join(' · ')}`;
}

/** How much of a capture was understood. */
export function summaryOf({ outcomes, good, garbage }: Trial): ReplaySummary {
  const values = outcomes.flatMap((outcome) => (outcome.ok ? outcome.values : []));
  return {
    messages: outcomes.filter(({ ok }) => ok).length,
    readings: values.length,
    bad: values.filter(({ quality }) => quality === 'bad').length,
    goodBytes: good,
    garbageBytes: garbage,
  };
}

export interface ReplaySummary {
  readonly messages: number;
  readonly readings: number;
  readonly bad: number;
  readonly goodBytes: number;
  readonly garbageBytes: number;
}

export function summaryLine(summary: ReplaySummary, profile: string, language: Language): string {
  const { messages, readings, bad, goodBytes, garbageBytes } = summary;
  return {
    en: `${profile}: messages ${messages}, readings ${readings}, of them bad ${bad}; bytes understood ${goodBytes}, thrown away ${garbageBytes}.`,
    zh: `${profile}：报文 ${messages} 条，读数 ${readings} 个，其中异常 ${bad} 个；解析 ${goodBytes} 字节，丢弃 ${garbageBytes} 字节。`,
  }[language];
}

const labels = {
  bytes: { en: 'bytes', zh: '字节' },
  fields: { en: 'fields', zh: '字段' },
  settings: { en: 'settings', zh: '设置' },
  derived: { en: 'derived', zh: '中间值' },
  value: { en: 'value', zh: '计算' },
  reading: { en: 'reading', zh: '读数' },
} as const;

/** From the bytes of one message to its readings, step by step. */
export function explanationLines(
  { bytes, explanation }: { readonly bytes?: Uint8Array; readonly explanation: Explanation },
  profile: Profile,
  language: Language,
): readonly string[] {
  const { fields, settings, derived, channels } = explanation;
  const row = (label: keyof typeof labels, text: string): string => `  ${padTo(labels[label][language], 8)}  ${text}`;
  return [
    ...(bytes ? [row('bytes', bytesShown(bytes, 64))] : []),
    ...fields.map((step) => row('fields', stepText(step, language))),
    ...settings.map((step) => row('settings', `${stepText(step, language)} ${settingUnit(profile, step.name)}`.trim())),
    ...derived.map((step) => row('derived', stepText(step, language))),
    ...channels.flatMap((step) => [
      row('value', `${stepText(step, language)} ${step.number === undefined ? '' : unitLabel(step.unit)}`.trim()),
      row('reading', readingCells(profile, step.value, language).join('  ')),
    ]),
  ];
}

function settingUnit({ settings }: Profile, name: string): string {
  return unitLabel(settings[name]?.unit ?? '1');
}

function stepText({ name, formula, number, why = [] }: Step, language: Language): string {
  const reasons = why.map((reason) => reasonWords[reason][language]).join({ en: ', ', zh: '、' }[language]);
  const result = number === undefined ? '–' : String(number);
  const computed = formula === undefined || formula === name ? '' : ` = ${formula}`;
  return `${name}${computed} = ${result}${reasons === '' ? '' : ` (${reasons})`}`;
}
