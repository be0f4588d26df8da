import { readDuration } from '../platform/amount.ts';
import type { Words } from '../platform/problem.ts';
import { attenuatedSignal, spreads } from '../quality/classical/attenuated-signal.ts';
import { flatLine } from '../quality/classical/flat-line.ts';
import { grossRange } from '../quality/classical/gross-range.ts';
import { rateOfChange } from '../quality/classical/rate-of-change.ts';
import type { Flag, Series } from '../quality/classical/series.ts';
import { spike, spikeMethods } from '../quality/classical/spike.ts';
import { timeGap } from '../quality/classical/time-gap.ts';

/** A classical test with its limits: the column that it gives. */
export interface ClassicalTest {
  readonly name: string;
  readonly run: (series: Series) => readonly Flag[];
}

/** What an option says, by its name in camel case. */
export type Given = (option: string) => string | undefined;

/** The tests that the options of a command ask for, in the order of QARTOD, or what is wrong with one of them. */
export function classicalTests(given: Given): readonly ClassicalTest[] | Words {
  const tests: ClassicalTest[] = [];
  for (const { name, options, make } of table) {
    if (options.every((option) => given(option) === undefined)) continue;
    const run = make(given);
    if (typeof run === 'object') return run;
    tests.push({ name, run });
  }
  return tests;
}

interface Row {
  readonly name: string;
  readonly options: readonly string[];
  readonly make: (given: Given) => ClassicalTest['run'] | Words;
}

const table: readonly Row[] = [
  {
    name: 'time_gap',
    options: ['timeGap'],
    make: (given) => {
      const [gap] = partsOf(given('timeGap'), 'time') ?? [];
      return gap === undefined ? asIn('--time-gap 2h') : (series) => timeGap(series, gap);
    },
  },
  {
    name: 'gross_range',
    options: ['grossRange', 'grossRangeSuspect'],
    make: (given) => {
      const [fail, suspect] = [spanOf(given('grossRange')), spanOf(given('grossRangeSuspect'))];
      if (fail === null || suspect === null) return asIn('--gross-range=-1,5 --gross-range-suspect=0,2');
      return (series) => grossRange(series, { ...(fail ? { fail } : {}), ...(suspect ? { suspect } : {}) });
    },
  },
  {
    name: 'spike',
    options: ['spike'],
    make: (given) => {
      const [suspect, fail = Infinity] = partsOf(given('spike'), 'number', 'number') ?? [];
      const method = spikeMethods.find((one) => one === (given('spikeMethod') ?? 'average'));
      if (suspect === undefined || !method) return asIn(`--spike 0.1,0.5 --spike-method ${spikeMethods.join('|')}`);
      return (series) => spike(series, { suspect, fail, method });
    },
  },
  {
    name: 'rate_of_change',
    options: ['rateOfChange'],
    make: (given) => {
      const [suspect, fail = Infinity] = partsOf(given('rateOfChange'), 'number', 'number') ?? [];
      if (suspect === undefined) return asIn('--rate-of-change 0.01,0.05');
      return (series) => rateOfChange(series, { suspect, fail });
    },
  },
  {
    name: 'flat_line',
    options: ['flatLine'],
    make: (given) => {
      const [tolerance, suspectS, failS = Infinity] = partsOf(given('flatLine'), 'number', 'time', 'time') ?? [];
      if (tolerance === undefined || suspectS === undefined) return asIn('--flat-line 0.002,6h,24h');
      return (series) => flatLine(series, { tolerance, suspectS, failS });
    },
  },
  {
    name: 'attenuated_signal',
    options: ['attenuatedSignal'],
    make: (given) => {
      const [suspect, fail, periodS] = partsOf(given('attenuatedSignal'), 'number', 'number', 'time') ?? [];
      const by = spreads.find((one) => one === (given('attenuatedBy') ?? 'std'));
      if (suspect === undefined || fail === undefined || !by)
        return asIn(`--attenuated-signal 0.01,0.002,12h --attenuated-by ${spreads.join('|')}`);
      return (series) => attenuatedSignal(series, { suspect, fail, by, ...(periodS === undefined ? {} : { periodS }) });
    },
  },
];

/** Numbers, and times in seconds, with commas between them; `undefined` when one is not what it should be. */
function partsOf(
  text: string | undefined,
  ...kinds: readonly ('number' | 'time')[]
): readonly (number | undefined)[] | undefined {
  const words = text?.split(/[,，]/) ?? [];
  const parts = words.map((word, index) => {
    if (kinds[index] === 'number') return word.trim() === '' ? Number.NaN : Number(word);
    const read = readDuration(word);
    return read.ok ? read.value / 1000 : Number.NaN;
  });
  return parts.length > kinds.length || parts.some(Number.isNaN) ? undefined : parts;
}

/** The smaller limit first; `null` when it is no pair of numbers. */
function spanOf(text: string | undefined): readonly [number, number] | null | undefined {
  if (text === undefined) return undefined;
  const [a, b] = partsOf(text, 'number', 'number') ?? [];
  return a === undefined || b === undefined ? null : [Math.min(a, b), Math.max(a, b)];
}

const asIn = (example: string): Words => ({ en: `write for example \`${example}\``, zh: `例如写作 \`${example}\`` });
