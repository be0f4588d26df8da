import { describe, expect, test } from 'vitest';
import { checkProfile } from '../../profiles/check.ts';
import type { Fields } from '../../profiles/grammar.ts';
import { setUp, type Setup } from '../../profiles/setup.ts';
import { normalise } from './normalise.ts';

const text = `
profile: acme/level
name: { en: Level, zh: 液位 }
sources: [ACME data sheet 1]
wiring: [{ en: Hang it up, zh: 挂起来 }]
connect: { kind: serial, line: 9600 8N1 }
decode:
  kind: frame
  header: FF
  length: 8
  fields:
    range: { at: 1, type: u16be, invalid: { 65535: device_fault, 65534: saturated } }
    volts: { at: 3, type: u16be, invalid: { 0: stale } }
    door: { at: 5, type: u8 }
every: { default: 1min }
settings:
  height: { unit: mm, ask: { en: How high?, zh: 多高？ } }
derive:
  - { name: echo, value: range, valid: [30, 4500], otherwise: attenuated }
  - { name: ratio, value: height / (volts - 5) }
channels:
  distance: { quantity: water_distance, value: range, unit: mm, resolution: 1 cm, limits: [3 cm, 450 cm] }
  depth: { quantity: water_depth, value: height - echo, unit: mm }
  odd: { quantity: voltage, value: ratio + range * 0 }
  temperature: { quantity: air_temperature, value: volts, unit: °F, resolution: 0.1 °C }
  open: { quantity: door_open, value: door }
examples:
  - { name: an echo, settings: { height: 3 m, datum: road }, bytes: '00', readings: [] }
  - { name: garbage, settings: { height: 3 m, datum: road }, bytes: '00', readings: [] }
`;

function setupOf(yaml: string): Setup {
  const checked = checkProfile(yaml);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const setup = setUp(checked.profile, { height: '3 m', datum: 'road' });
  if (!setup.ok) throw new Error(JSON.stringify(setup.problems));
  return setup.setup;
}

const setup = setupOf(text);
const usual: Fields = { range: 1953, volts: 68, door: 1 };

const channel = (name: string, fields: Fields, isWarmingUp = false) => {
  const { channel: _, ...value } = normalise(setup, { ...usual, ...fields }, { isWarmingUp }).find(
    (it) => it.channel === name,
  ) ?? {
    channel: '',
  };
  return value;
};

describe('normalise', () => {
  test('gives every channel a value, in the order of the profile', () => {
    expect(normalise(setup, usual, { isWarmingUp: false }).map((value) => value.channel)).toEqual([
      'distance',
      'depth',
      'odd',
      'temperature',
      'open',
    ]);
  });

  test('converts to the canonical unit and rounds to the resolution', () => {
    expect(channel('distance', {})).toEqual({ value: 1.95, quality: 'good' });
    expect(channel('depth', {})).toEqual({ value: 1.047, quality: 'good' });
    expect(channel('temperature', {})).toEqual({ value: 20, quality: 'good' });
  });

  test('gives no value for a code that is none, in every channel that depends on it', () => {
    const nothing = { value: null, quality: 'bad', why: ['device_fault'] };
    expect(channel('distance', { range: 65535 })).toEqual(nothing);
    expect(channel('depth', { range: 65535 })).toEqual(nothing);
    expect(channel('temperature', { range: 65535 })).toMatchObject({ quality: 'good' });
    expect(channel('depth', { range: 65534 })).toMatchObject({ why: ['saturated'] });
  });

  test('joins the reasons of all that has no value', () => {
    expect(channel('odd', { range: 65535, volts: 0 })).toEqual({
      value: null,
      quality: 'bad',
      why: ['stale', 'device_fault'],
    });
  });

  test('gives no value where a derived one cannot be', () => {
    expect(channel('depth', { range: 29 })).toEqual({ value: null, quality: 'bad', why: ['attenuated'] });
    expect(channel('depth', { range: 30 })).toMatchObject({ value: 2.97, quality: 'good' });
    expect(channel('depth', { range: 4501 })).toMatchObject({ value: null });
  });

  test('keeps a value beyond the limits of the sensor, but calls it bad', () => {
    expect(channel('distance', { range: 20 })).toEqual({ value: 0.02, quality: 'bad', why: ['range'] });
    expect(channel('distance', { range: 30 })).toEqual({ value: 0.03, quality: 'good' });
  });

  test('keeps a value beyond what can be on earth, but calls it bad', () => {
    expect(channel('temperature', { volts: 500 })).toEqual({ value: 260, quality: 'bad', why: ['range'] });
  });

  test('gives no value for a division by zero', () => {
    expect(channel('odd', { volts: 5 })).toEqual({ value: null, quality: 'bad', why: ['decode'] });
  });

  test('gives no value where a field did not come', () => {
    const [distance] = normalise(setup, { volts: 68 }, { isWarmingUp: false });
    expect(distance).toEqual({ channel: 'distance', value: null, quality: 'bad', why: ['decode'] });
  });

  test('makes a state of one and zero, and nothing of any other number', () => {
    expect(channel('open', { door: 1 })).toEqual({ value: true, quality: 'good' });
    expect(channel('open', { door: false })).toEqual({ value: false, quality: 'good' });
    expect(channel('open', { door: 3 })).toEqual({ value: null, quality: 'bad', why: ['decode'] });
  });

  test('lets nothing be better than suspect while the sensor warms up', () => {
    expect(channel('depth', {}, true)).toEqual({ value: 1.047, quality: 'suspect', why: ['warm_up'] });
    expect(channel('distance', { range: 20 }, true)).toEqual({
      value: 0.02,
      quality: 'bad',
      why: ['range', 'warm_up'],
    });
    expect(channel('open', { door: 3 }, true)).toEqual({ value: null, quality: 'bad', why: ['decode', 'warm_up'] });
  });

  test.each([Number.NaN, Infinity, -Infinity])('gives no value for %d', (range) => {
    expect(channel('distance', { range })).toEqual({ value: null, quality: 'bad', why: ['decode'] });
  });
});

describe('a calibration in force', () => {
  const inForce = { id: 'cal-1', gain: 1, offset: -0.1, validUntil: 0 };
  const calibrations = new Map([['distance', inForce]]);
  const calibratedChannel = (name: string, fields: Fields, offset = inForce.offset) => {
    const by = { ...setup, calibrations: new Map([...calibrations, ['distance', { ...inForce, offset }]]) };
    return normalise(by, { ...usual, ...fields }, { isWarmingUp: false }).find((it) => it.channel === name);
  };

  test('changes the value of its channel, in the canonical unit, and is named', () => {
    expect(calibratedChannel('distance', {})).toEqual({
      channel: 'distance',
      value: 1.85,
      quality: 'good',
      calibration: 'cal-1',
    });
    expect(calibratedChannel('depth', {})).not.toHaveProperty('calibration');
  });

  test('comes after the limits of the sensor and before those of the world', () => {
    expect(calibratedChannel('distance', { range: 4550 })).toMatchObject({
      value: 4.45,
      quality: 'bad',
      why: ['range'],
    });
    expect(calibratedChannel('distance', { range: 30 }, 0.01)).toMatchObject({ value: 0.04, quality: 'good' });
    expect(calibratedChannel('distance', { range: 50 }, -0.1)).toMatchObject({ quality: 'bad', why: ['range'] });
  });

  test('makes nothing of no value, and nothing bad good', () => {
    expect(calibratedChannel('distance', { range: 65_535 })).toMatchObject({
      value: null,
      quality: 'bad',
      why: ['device_fault'],
      calibration: 'cal-1',
    });
  });

  test('is the one of this moment: its map may change between two frames', () => {
    const live = new Map(calibrations);
    const by = { ...setup, calibrations: live };
    const now = () => normalise(by, usual, { isWarmingUp: true }).find((it) => it.channel === 'distance');
    expect(now()).toMatchObject({ value: 1.85, quality: 'suspect', calibration: 'cal-1' });
    live.set('distance', { ...inForce, id: 'cal-2', offset: 0.1 });
    expect(now()).toMatchObject({ value: 2.05, calibration: 'cal-2' });
    live.clear();
    expect(now()).not.toHaveProperty('calibration');
  });
});
