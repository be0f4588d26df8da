import { exitCodes, type Language } from '../../model/errors.ts';
import { rollUp } from '../../quality/classical/roll-up.ts';
import { flags, type Flag } from '../../quality/classical/series.ts';
import { classicalTests, type ClassicalTest } from '../classical-tests.ts';
import { ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { countText } from '../format.ts';
import { readSeries, type RowProblem, type SeriesFile } from '../series-file.ts';

/** So many bad rows are told one by one. */
const mostTold = 20;

/**
 * Runs the classical QARTOD tests over a CSV file, so that anyone can compare with other implementations: one column a
 * test with its flags, and two roll-ups. Bad rows are told by their line and make the exit code 65; the others are
 * judged all the same.
 */
export async function quality(context: Context, call: Call): Promise<number> {
  const tests = classicalTests((option) => optionOf(call, option));
  if ('en' in tests) throw usage(call, tests);
  if (tests.length === 0) {
    throw usage(call, {
      en: 'no test is asked for, such as `--spike 0.1,0.5`',
      zh: '未指定任何检查，例如 `--spike 0.1,0.5`',
    });
  }
  const file = await readSeries(call.args[0] ?? '-', columnsOf(call));
  if ('en' in file) throw usage(call, file);
  const results = tests.map(({ run }) => run(file));
  const counts = new Map<Flag, number>();
  if (!context.isJson) context.out(['time', 'value', ...tests.map(({ name }) => name), 'qartod', 'strict'].join(','));
  for (const index of file.at.keys()) {
    const found = results.map((result): Flag => result[index] ?? flags.missing);
    const [qartod, strict] = [rollUp(found, 'qartod'), rollUp(found, 'strict')];
    counts.set(strict, (counts.get(strict) ?? 0) + 1);
    context.out(lineOf(file, index, { tests, found, rollUps: { qartod, strict }, isJson: context.isJson }));
  }
  tell(file.problems, context);
  context.say(summary(file.at.length, counts, context.language));
  return file.problems.length === 0 && file.at.length > 0 ? ok : exitCodes.data;
}

function columnsOf(call: Call): { readonly time?: string; readonly value?: string } {
  const [time, value] = [optionOf(call, 'time'), optionOf(call, 'value')];
  return { ...(time === undefined ? {} : { time }), ...(value === undefined ? {} : { value }) };
}

interface Judged {
  readonly tests: readonly ClassicalTest[];
  readonly found: readonly Flag[];
  readonly rollUps: { readonly qartod: Flag; readonly strict: Flag };
  readonly isJson: boolean;
}

function lineOf({ at, values }: SeriesFile, index: number, { tests, found, rollUps, isJson }: Judged): string {
  const time = at[index] ?? Number.NaN;
  const value = values[index] ?? Number.NaN;
  if (!isJson) {
    const cells = [new Date(time).toISOString(), Number.isNaN(value) ? '' : value, ...found, ...Object.values(rollUps)];
    return cells.join(',');
  }
  const byTest = Object.fromEntries(tests.map(({ name }, place) => [name, found[place]]));
  return JSON.stringify({ at: time, value: Number.isNaN(value) ? null : value, flags: byTest, ...rollUps });
}

function tell(problems: readonly RowProblem[], { say, language }: Context): void {
  for (const { line, what } of problems.slice(0, mostTold)) {
    say({ en: `line ${line}: ${what.en}`, zh: `第 ${line} 行：${what.zh}` }[language]);
  }
  const more = problems.length - mostTold;
  if (more > 0) say({ en: `and ${countText(more)} more bad rows`, zh: `另有 ${countText(more)} 行有误` }[language]);
}

const flagWords = {
  en: { 1: 'good', 2: 'not tested', 3: 'suspect', 4: 'failed', 9: 'missing' },
  zh: { 1: '正常', 2: '未检查', 3: '可疑', 4: '不合格', 9: '缺失' },
} as const;

function summary(rows: number, counts: ReadonlyMap<Flag, number>, language: Language): string {
  const [comma, colon, end] = { en: [', ', ' values: ', '.'], zh: ['、', ' 个数值：', '。'] }[language];
  if (rows === 0) return { en: 'There is no row with a time and a value.', zh: '没有包含时间和数值的行。' }[language];
  const parts = [...counts].toSorted(([a], [b]) => a - b);
  const words = parts.map(([flag, count]) => `${countText(count)} ${flagWords[language][flag]}`);
  return `${countText(rows)}${colon}${words.join(comma)}${end}`;
}
