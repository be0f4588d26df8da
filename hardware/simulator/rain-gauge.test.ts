import { expect, test } from 'vitest';
import type { Wiring } from './rain-gauge.ts';
import { RainGauge } from './rain-gauge.ts';
import { Schedule } from './schedule.ts';

interface Rig {
  readonly gauge: RainGauge;
  /** What happened to the pin: milliseconds, pin, level. */
  readonly edges: readonly string[];
  readonly runMs: (ms: number) => void;
}

/** A gauge on a board without a chip. */
function gaugeOf(bucketMm: number): Rig {
  const schedule = new Schedule();
  const edges: string[] = [];
  let now = 0;
  const board: Wiring = {
    get ms() {
      return now;
    },
    after: (ms, action) => schedule.add(now + ms, action),
    setPin: (pin, level) => void edges.push(`${now.toFixed(1)} ${pin} ${level}`),
  };
  const runMs = (ms: number): void => {
    const end = now + ms;
    for (let next = schedule.nextAt; next !== undefined && next <= end; next = schedule.nextAt) {
      now = next;
      schedule.runDue(now);
    }
    now = end;
  };
  return { gauge: new RainGauge(board, { pin: 2, bucketMm }), edges, runMs };
}

test('keeps what does not fill the bucket for the next rain', () => {
  const { gauge } = gaugeOf(0.2);
  gauge.rain(0.1);
  expect(gauge.tips).toBe(0);
  gauge.rain(0.15);
  expect(gauge.tips).toBe(1);
  gauge.rain(0.15);
  expect(gauge.tips).toBe(2);
});

test('loses no tip to floating point in a thousand small rains', () => {
  const { gauge } = gaugeOf(0.2);
  for (let i = 0; i < 1_000; i++) gauge.rain(0.1);
  expect(gauge.tips).toBe(500);
});

test('tips one after the other when the rain comes all at once, and bounces each time', () => {
  const { gauge, edges, runMs } = gaugeOf(0.5);
  gauge.rain(1);
  runMs(300);
  expect(edges).toHaveLength(20);
  expect(edges.slice(0, 2)).toEqual(['0.0 2 low', '0.4 2 open']);
  expect(edges.slice(9, 11)).toEqual(['62.8 2 open', '150.0 2 low']);
});

test('an idle gauge tips at once', () => {
  const { gauge, edges, runMs } = gaugeOf(0.5);
  gauge.rain(0.5);
  runMs(1_000);
  gauge.rain(0.5);
  runMs(1);
  expect(edges[10]).toBe('1000.0 2 low');
});
