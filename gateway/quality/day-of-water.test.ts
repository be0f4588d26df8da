import { expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import { setUp } from '../profiles/setup.ts';
import type { ChannelChecks } from '../profiles/checks.ts';
import { sampleAt, word } from '../test/quality-rig.ts';
import { QualityGate } from './gate.ts';

const profiles = openProfiles(rootPath('device-profiles'));
const everyS = 10;

/** Random numbers in [0, 1) that are the same in each run (congruential generator of Numerical Recipes). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Depth of an underpass over one day in metres, a value each 10 s: dry, a storm at noon that fills it by `risePerMinute`
 * up to 80 cm, and a pump that takes three hours; ±3 mm of echo.
 */
function dayOfDepth(seed: number, risePerMinute: number): number[] {
  const random = chance(seed);
  let depth = 0;
  return Array.from({ length: 86_400 / everyS }, (_, index) => {
    const hour = (index * everyS) / 3600;
    if (hour >= 12 && hour < 13) depth = Math.min(0.8, depth + (risePerMinute * everyS) / 60);
    else depth = Math.max(0, depth - (0.8 * everyS) / (3 * 3600));
    return Math.round((depth + (random() - 0.5) * 0.006) * 1000) / 1000;
  });
}

async function wordsOn(
  values: readonly number[],
  checks?: Readonly<Record<string, ChannelChecks>>,
): Promise<readonly string[]> {
  const profile = await profiles.load('dfrobot/a02yyuw');
  const checked = setUp(profile, { sensorHeight: '3200 mm', datum: 'road surface' });
  if (!checked.ok) throw new Error('no setup');
  const own = Object.fromEntries(
    Object.entries(profile.channels).flatMap(([name, channel]) => (channel.checks ? [[name, channel.checks]] : [])),
  );
  const gate = new QualityGate({
    devices: [{ id: 'mast', setup: checked.setup, checks: checks ?? own, everyMs: everyS * 1000 }],
    dayOf: () => undefined,
  });
  return values.map((value, index) =>
    gate
      .judge([sampleAt(index * everyS, value, { channel: 'depth' })])
      .map(word)
      .join(),
  );
}

test('a day with a storm has no false flag with the tests of the profile', async () => {
  for (const seed of [1, 2, 3]) {
    for (const risePerMinute of [0.02, 0.2, 0.58]) {
      const words = await wordsOn(dayOfDepth(seed, risePerMinute));
      expect(words.slice(0, 3)).toEqual(Array(3).fill('unchecked'));
      expect(words.slice(3).filter((one) => one !== 'good')).toEqual([]);
      expect(words).toHaveLength(8640);
    }
  }
});

const flagged = (words: readonly string[]): readonly number[] =>
  words.flatMap((one, index) => (one === 'suspect spike' ? [index] : []));

test('control: a vehicle under the sensor is doubted for two values, and not where the test is off', async () => {
  const values = dayOfDepth(1, 0.2);
  for (const index of [1000, 1001, 1002, 1003]) values[index] = 1.6;
  expect(flagged(await wordsOn(values))).toEqual([1000, 1001, 1004, 1005]);
  expect(flagged(await wordsOn(values, {}))).toEqual([]);
});

test('control: a flat test would take a dry road for a broken sensor, which is why there is none', async () => {
  const flat = { depth: { flat: { afterMs: 6 * 3_600_000, within: 0.006 } } };
  const words = await wordsOn(dayOfDepth(1, 0.2), flat);
  expect(words.filter((one) => one === 'suspect flat').length).toBeGreaterThan(2000);
});
