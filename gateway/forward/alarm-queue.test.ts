import { expect, test } from 'vitest';
import type { AlarmState, Severity } from '../model/alarm.ts';
import { AlarmQueue } from './alarm-queue.ts';
import type { PendingAlarm } from './delivery-log.ts';

const alarm = (
  seq: number,
  state: AlarmState = 'active',
  severity: Severity = 'warning',
  key = 'a/b',
): PendingAlarm => ({
  epoch: 1,
  seq,
  key,
  state,
  severity,
});
const none = (): boolean => false;

test('what was acked before does not come back as the last word on an alarm', () => {
  const queue = new AlarmQueue();
  queue.add(alarm(1, 'active', 'critical', 'old'), false);
  queue.add(alarm(2, 'normal', 'critical', 'old'), true);
  queue.add(alarm(3, 'active', 'info', 'new'), false);
  expect(queue.next(none)?.seq).toBe(3);
  queue.remove(1, 3, 3);
  expect(queue.next(none)?.seq).toBe(1);
  expect(queue.size).toBe(1);
});

test('a gap takes away all alarms that it covers', () => {
  const queue = new AlarmQueue();
  for (let seq = 1; seq <= 10; seq++) queue.add(alarm(seq, 'active', 'warning', `k${seq}`), false);
  queue.remove(1, 3, 8);
  expect(queue.size).toBe(4);
  expect(queue.countFrom(1, 9)).toBe(2);
  expect(queue.next(none)?.seq).toBe(1);
});

test('a storm of transitions costs no more per message than a few do', () => {
  const queue = new AlarmQueue();
  const count = 20_000;
  for (let seq = 1; seq <= count; seq++)
    queue.add(alarm(seq, seq % 2 ? 'active' : 'normal', 'warning', `k${seq % 50}`), false);
  let visits = 0;
  const taken = new Set<number>();
  const isTaken = ({ seq }: PendingAlarm): boolean => {
    visits++;
    return taken.has(seq);
  };
  for (let next = queue.next(isTaken); next; next = queue.next(isTaken)) {
    taken.add(next.seq);
    if (taken.size < 64) continue;
    for (const seq of taken) queue.remove(1, seq, seq);
    taken.clear();
  }
  for (const seq of taken) queue.remove(1, seq, seq);
  expect(queue.size).toBe(0);
  expect(visits).toBeLessThan(count * 100);
});
