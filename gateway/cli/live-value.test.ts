import { expect, test } from 'vitest';
import { depthReading } from '../test/alarms/rules.ts';
import { depthCalibration } from '../test/intake/calibrations.ts';
import type { Reading } from '../model/reading.ts';
import type { GatewayClient, Told } from './client.ts';
import { LiveReadings } from './live-value.ts';

async function listening(): Promise<{ live: LiveReadings; hear: (...readings: readonly Reading[]) => void }> {
  let hear: ((told: Told) => void) | undefined;
  const client: Pick<GatewayClient, 'listen'> = {
    listen: async (_filters, listener) => {
      hear = listener;
    },
  };
  const live = await LiveReadings.of(client, 'underpass-7', 'depth');
  const topic = { kind: 'reading', device: 'underpass-7', channel: 'depth' } as const;
  return {
    live,
    hear: (...readings) => {
      for (const content of readings) hear?.({ topic, content, json: '', isRetained: false });
    },
  };
}

test('what the sensor shows is the mean of what came since, in service too, without what is no value', async () => {
  const { live, hear } = await listening();
  hear(depthReading(9));
  live.clear();
  hear(
    depthReading(7, { start: 1, stat: 'mean' }), // it began before
    depthReading(1, { start: 2, stat: 'mean', quality: 'bad', why: ['maintenance'] }),
    depthReading(null),
    depthReading(99, { quality: 'bad', why: ['range'] }),
    depthReading(3),
  );
  await live.until(2, AbortSignal.timeout(1000));
  expect(live.value([], false)).toEqual({ shown: 2, n: 2, by: undefined });
  expect(live.value([], true)?.shown).toBe(4);
});

test('only values of the newest calibration count, and it must be known', async () => {
  const { live, hear } = await listening();
  hear(depthReading(1), depthReading(2, { calibration: 'cal-1' }), depthReading(4, { calibration: 'cal-1' }));
  const record = depthCalibration();
  expect(live.value([record], false)).toEqual({ shown: 3, n: 2, by: record });
  expect(live.value([], false)).toBeUndefined();
});

test('nothing is waited for longer than one wants', async () => {
  const { live } = await listening();
  await live.until(1, AbortSignal.timeout(5));
  expect(live.value([], false)).toBeUndefined();
});
