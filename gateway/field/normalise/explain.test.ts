import { expect, test } from 'vitest';
import { rootPath } from '../../platform/root.ts';
import { openProfiles } from '../../profiles/load.ts';
import { setUp } from '../../profiles/setup.ts';
import { explain } from './explain.ts';
import { normalise } from './normalise.ts';

const profile = await openProfiles(rootPath('device-profiles')).load('dfrobot/a02yyuw');
const checked = setUp(profile, { sensorHeight: '3200 mm', datum: 'road surface' });
if (!checked.ok) throw new Error('the profile has changed');
const { setup } = checked;

test('every step has its number, and the last one is what the gateway publishes', () => {
  const { fields, settings, derived, channels } = explain(setup, { range: 1953 });
  expect(fields).toEqual([{ name: 'range', number: 1953 }]);
  expect(settings).toEqual([{ name: 'sensorHeight', number: 3200 }]);
  expect(derived).toEqual([{ name: 'echo', number: 1953, formula: 'range' }]);
  expect(channels[1]).toMatchObject({ formula: 'sensorHeight - echo', number: 1247, unit: 'mm' });
  const values = normalise(setup, { range: 1953 }, { isWarmingUp: false });
  expect(channels.map(({ value }) => value)).toEqual(values);
});

test('a step without a number says why', () => {
  const { derived, channels } = explain(setup, { range: 20 });
  expect(derived[0]).toEqual({ name: 'echo', formula: 'range', why: ['range'] });
  expect(channels[1]).toMatchObject({ why: ['range'], value: { value: null } });
});

test('of a calibrated channel the number is what the sensor shows, and the value is what is true', () => {
  const calibrations = new Map([['distance', { id: 'cal-1', gain: 1, offset: 0.05, validUntil: 0 }]]);
  const [distance] = explain({ ...setup, calibrations }, { range: 1953 }).channels;
  expect(distance).toMatchObject({ number: 1953, unit: 'mm', value: { value: 2.003, calibration: 'cal-1' } });
});
