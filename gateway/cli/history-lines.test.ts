import { expect, test } from 'vitest';
import type { Reading } from '../model/reading.ts';
import { csvLines, historyLines } from './history-lines.ts';

const reading = (about: Partial<Reading>): Reading => ({
  id: '7-1',
  device: 'underpass-7',
  channel: 'depth',
  quantity: 'water_depth',
  value: 0.27,
  unit: 'm',
  quality: 'good',
  at: Date.parse('2026-11-22T02:00:00.250Z'),
  clock: 'synced',
  ...about,
});

test('history is shown in the time of the gateway and the words of the reader', () => {
  const readings = [reading({}), reading({ value: null, quality: 'missing', why: ['stale'] })];
  expect(historyLines(readings, { language: 'en', timeZone: 'Asia/Shanghai' })).toEqual([
    '2026-11-22 10:00:00  underpass-7  depth  0.27 m  good',
    '2026-11-22 10:00:00  underpass-7  depth  –       missing: nothing comes',
  ]);
  expect(historyLines(readings, { language: 'zh', timeZone: 'UTC' })[1]).toBe(
    '2026-11-22 02:00:00  underpass-7  depth  –       缺失：无数据',
  );
});

test('CSV quotes what would break a row, and leaves out what is not there', () => {
  const [head, ...rows] = csvLines([
    reading({ value: 'a "b", c', why: ['spike', 'rate'], quality: 'suspect' }),
    reading({ value: null, quality: 'missing', start: 0, stat: 'mean', n: 3 }),
  ]);
  expect(head).toBe('id,at,device,channel,quantity,value,unit,quality,why,clock,start,stat,n');
  expect(rows).toEqual([
    '7-1,2026-11-22T02:00:00.250Z,underpass-7,depth,water_depth,"a ""b"", c",m,suspect,spike rate,synced,,,',
    '7-1,2026-11-22T02:00:00.250Z,underpass-7,depth,water_depth,,m,missing,,synced,1970-01-01T00:00:00.000Z,mean,3',
  ]);
});
