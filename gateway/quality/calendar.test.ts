import { expect, test } from 'vitest';
import { Calendar } from './calendar.ts';

test.each([
  ['UTC', '2026-11-30T23:59:59.999Z', '11-30'],
  ['UTC', '2026-12-01T00:00:00Z', '12-01'],
  ['Asia/Shanghai', '2026-11-30T15:59:59.999Z', '11-30'],
  ['Asia/Shanghai', '2026-11-30T16:00:00Z', '12-01'],
  ['Asia/Kathmandu', '2026-11-30T18:14:59Z', '11-30'],
  ['Asia/Kathmandu', '2026-11-30T18:15:00Z', '12-01'],
  ['America/St_Johns', '2024-02-29T03:29:59Z', '02-28'],
  ['America/St_Johns', '2024-02-29T03:30:00Z', '02-29'],
])('in %s the day at %s is %s', (timeZone, at, day) => {
  expect(new Calendar(timeZone).dayOf(Date.parse(at))).toBe(day);
});

test('a day that was looked up does not outlast midnight', () => {
  const calendar = new Calendar('Asia/Kathmandu');
  const midnight = Date.parse('2026-11-30T18:15:00Z');
  const days = [-1, 0, 1, -1].map((ms) => calendar.dayOf(midnight + ms));
  expect(days).toEqual(['11-30', '12-01', '12-01', '11-30']);
});
