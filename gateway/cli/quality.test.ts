import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Language } from '../model/errors.ts';
import { classicalTests } from './classical-tests.ts';
import { quality } from './commands/quality.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-quality-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function ran(
  text: string,
  options: Readonly<Record<string, string>>,
  { isJson = false, language = 'en' }: { readonly isJson?: boolean; readonly language?: Language } = {},
): Promise<{ readonly code: number; readonly out: readonly string[]; readonly said: readonly string[] }> {
  const file = join(directory, 'a.csv');
  await writeFile(file, text);
  const [out, said]: [string[], string[]] = [[], []];
  const context = {
    language,
    isJson,
    config: undefined,
    out: (line: string) => void out.push(line),
    say: (line: string) => void said.push(line),
    signal: new AbortController().signal,
  };
  const code = await quality(context, { command: 'quality', args: [file], options });
  return { code, out, said };
}

const text = 'time,value\n0,1\n10,1\n20,5\n30,1\n40,1\n';

describe('lamppost quality', () => {
  test('gives one column a test and two roll-ups', async () => {
    expect(await ran(text, { spike: '1,3', grossRange: '0,4' })).toEqual({
      code: 0,
      out: [
        'time,value,gross_range,spike,qartod,strict',
        '1970-01-01T00:00:00.000Z,1,1,2,1,2',
        '1970-01-01T00:00:10.000Z,1,1,3,3,3',
        '1970-01-01T00:00:20.000Z,5,4,4,4,4',
        '1970-01-01T00:00:30.000Z,1,1,3,3,3',
        '1970-01-01T00:00:40.000Z,1,1,2,1,2',
      ],
      said: ['5 values: 2 not tested, 2 suspect, 1 failed.'],
    });
  });

  test('gives programs a line of JSON a row', async () => {
    const { out } = await ran('0,1\n10,\n', { timeGap: '5s' }, { isJson: true });
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { at: 0, value: 1, flags: { time_gap: 4 }, qartod: 4, strict: 4 },
      { at: 10_000, value: null, flags: { time_gap: 4 }, qartod: 4, strict: 4 },
    ]);
  });

  test('goes on after bad rows, tells them by their line, and ends with 65', async () => {
    const { code, out, said } = await ran(`${text}oops,1\n60,x\n`, { spike: '1' }, { language: 'zh' });
    expect([code, out.length]).toEqual([65, 7]);
    expect(said).toEqual([
      '第 7 行："oops" 不是有效时间',
      '第 8 行："x" 不是数值',
      '6 个数值：2 未检查、3 可疑、1 缺失。',
    ]);
    const many = await ran(`${text}${'oops,1\n'.repeat(50)}`, { spike: '1' });
    expect(many.said).toHaveLength(22);
    expect(many.said[20]).toBe('and 30 more bad rows');
    expect((await ran('', { spike: '1' })).code).toBe(65);
  });

  test('refuses to run no test', async () => {
    await expect(ran(text, {})).rejects.toThrow('no test is asked for');
    await expect(ran(text, { spike: '1', value: 'no' })).rejects.toThrow('there is no column `no`');
  });
});

const of = (options: Readonly<Record<string, string>>): unknown => classicalTests((name) => options[name]);

describe('the options of a test', () => {
  test('make the tests that they name, in the order of QARTOD', () => {
    const all = {
      attenuatedSignal: '0.01,0.002,12h',
      flatLine: '0.002,6h,24h',
      rateOfChange: '0.01',
      spike: '0.1，0.5',
      grossRangeSuspect: '-1,5',
      timeGap: '2h',
    };
    expect(of(all)).toMatchObject(
      ['time_gap', 'gross_range', 'spike', 'rate_of_change', 'flat_line', 'attenuated_signal'].map((name) => ({
        name,
      })),
    );
    expect(of({})).toEqual([]);
  });

  test.each([
    { spike: 'x' },
    { spike: '1,2,3' },
    { spike: '1', spikeMethod: 'median' },
    { grossRange: '1' },
    { timeGap: '2' },
    { rateOfChange: '' },
    { flatLine: '1' },
    { flatLine: '1,6,7' },
    { attenuatedSignal: '1' },
    { attenuatedSignal: '1,2', attenuatedBy: 'mad' },
  ])('that say nothing clear are answered with an example: %o', (options) => {
    expect(of(options)).toMatchObject({ en: expect.stringMatching(/^write for example `--/) as string });
  });
});
