import type { Finding } from '../commission/checks.ts';
import type { Examined } from '../commission/doctor.ts';
import type { Language } from '../model/errors.ts';
import { padTo } from './format.ts';
import { wrapTo } from './wrap.ts';
import { plain, type Colour, type Paint } from './paint.ts';

const marks: Readonly<Record<Finding['state'], readonly [mark: string, colour: Colour]>> = {
  ok: ['✔', 'green'],
  warn: ['!', 'yellow'],
  fail: ['✖', 'red'],
  skip: ['–', 'dim'],
};

/** Columns of the names at the left. */
const nameWidth = 16;
const indent = ' '.repeat(nameWidth);

export interface DoctorOptions {
  readonly language: Language;
  readonly paint?: Paint;
  /** Longest line; unlimited when absent. */
  readonly columns?: number | undefined;
}

/** One line a finding, and one below for what mends it. */
export function doctorLines(
  examined: readonly Examined[],
  { language, paint = plain, columns }: DoctorOptions,
): readonly string[] {
  return examined.flatMap(({ check, findings }) =>
    findings.flatMap(({ state, subject, saw, mend }, index) => {
      const [mark, colour] = marks[state];
      const name = padTo(index === 0 ? check.name[language] : '', nameWidth);
      const about = subject === undefined ? '' : `${subject}${{ en: ': ', zh: '：' }[language]}`;
      const width = columns === undefined ? undefined : columns - 2;
      const [first = '', ...others] = wrapTo(`${name}${about}${saw[language]}`, width, indent);
      const mends = mend === undefined ? [] : wrapTo(`${indent}→ ${mend[language]}`, width, `${indent}  `);
      return [`${paint(mark, colour)} ${first}`, ...[...others, ...mends].map((line) => `  ${line}`)];
    }),
  );
}

/** How many of each kind, in one sentence. */
export function doctorSummary(examined: readonly Examined[], language: Language): string {
  const states = examined.flatMap(({ findings }) => findings.map(({ state }) => state));
  const count = (wanted: Finding['state']): number => states.filter((state) => state === wanted).length;
  const [bad, doubtful] = [count('fail'), count('warn')];
  if (bad + doubtful === 0) return { en: 'Everything is well.', zh: '一切正常。' }[language];
  return {
    en: `${bad} to mend, ${doubtful} to know of.`,
    zh: `${bad} 项需要处理，${doubtful} 项请留意。`,
  }[language];
}
