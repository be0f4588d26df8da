import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { seriesFrom, type Columns, type SeriesFile } from './series-file.ts';

async function read(text: string, columns: Columns = {}): Promise<SeriesFile> {
  const file = await seriesFrom(Readable.from([text]), columns);
  if ('en' in file) throw new Error(file.en);
  return file;
}

const second = 1_392_388_020_000;

describe('times', () => {
  test.each([
    ['ISO 8601 with a zone', '2014-02-14T22:27:00+08:00'],
    ['ISO 8601 in UTC', '2014-02-14T14:27:00Z'],
    ['without a zone, which is UTC', '2014-02-14 14:27:00'],
    ['Unix seconds', '1392388020'],
    ['Unix milliseconds', '1392388020000'],
  ])('are %s', async (_name, time) => {
    expect(await read(`${time},1\n`)).toEqual({ at: [second], values: [1], problems: [] });
  });
});

describe('columns', () => {
  test('are the first two, with names or without, or those of the usual names', async () => {
    expect((await read('t,level\n1392388020,0.5\n')).values).toEqual([0.5]);
    expect((await read('\uFEFFid,at,value\r\n7,1392388020,0.5\r\n')).values).toEqual([0.5]);
    expect((await read('1392388020,0.5')).at).toEqual([second]);
  });

  test('are chosen by name or number', async () => {
    const text = 'when,a,b\n1392388020,1,2\n';
    expect((await read(text, { value: 'B' })).values).toEqual([2]);
    expect((await read(text, { time: '1', value: '3' })).values).toEqual([2]);
    expect(await seriesFrom(Readable.from([text]), { value: 'bb' })).toMatchObject({
      en: 'there is no column `bb`; did you mean `b`?',
    });
    expect(await seriesFrom(Readable.from(['1,2\n']), { value: '3' })).toMatchObject({
      en: 'there is no column `3`; there are 1-2',
    });
  });
});

describe('what is not as it should be', () => {
  test('is told by its line, and takes nothing else with it', async () => {
    const file = await read('time,value\n1,1\n\noops,2\n3,abc\n4\n5,NaN\n6,"6"\n');
    expect(file.at).toEqual([1000, 3000, 4000, 5000, 6000]);
    expect(file.values).toEqual([1, Number.NaN, Number.NaN, Number.NaN, 6]);
    expect(file.problems).toEqual([
      { line: 4, what: { en: '"oops" is not a time', zh: '"oops" 不是有效时间' } },
      { line: 5, what: { en: '"abc" is not a number', zh: '"abc" 不是数值' } },
    ]);
  });

  test('a lost quotation mark is told where it stands, and takes no other line with it', async () => {
    const file = await read('time,value\n1,1\n2,"2\n3,"3"x\n4,"4"\n');
    expect(file.at).toEqual([1000, 4000]);
    expect(file.problems.map(({ line }) => line)).toEqual([3, 4]);
    expect(file.problems[0]?.what.zh).toBe('不是有效的 CSV 行，请检查引号');
  });

  test('semicolons and tabs part cells as well as commas do', async () => {
    expect((await read('time;value\n1;1.5\n')).values).toEqual([1.5]);
    expect((await read('time\tvalue\n1\t"1.5"\n')).values).toEqual([1.5]);
  });

  test('nothing at all is no row', async () => {
    expect(await read('')).toEqual({ at: [], values: [], problems: [] });
  });
});
