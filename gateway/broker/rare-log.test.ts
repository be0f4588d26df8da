import { expect, test } from 'vitest';
import { createLog, type LogEvent } from '../platform/log.ts';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import { RareLog } from './rare-log.ts';

test('the same about the same party is said once a minute, however many parties there are', async () => {
  const clock = new FakeClock();
  const events: LogEvent[] = [];
  const log = new RareLog(
    createLog(
      (event) => events.push(event),
      () => 0,
    ),
    clock,
  );
  for (let index = 0; index < 100; index++) log.warn('client cut off', '10.0.0.1', { index });
  log.warn('client cut off', '10.0.0.2', {});
  log.warn('publish refused', '10.0.0.1', {});
  expect(events).toHaveLength(3);
  await clock.advance(60_000);
  log.warn('client cut off', '10.0.0.1', {});
  expect(events).toHaveLength(4);
  for (let index = 0; index < 5000; index++) log.warn('client cut off', `${index}`, {});
  expect(events).toHaveLength(5004);
});
