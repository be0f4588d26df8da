import { describe, expect, test } from 'vitest';
import { genericProfile } from '../profiles/generic.ts';
import { setUp, type Setup } from '../profiles/setup.ts';
import { digest } from '../platform/ids.ts';
import { describeDevice, type DeviceFacts } from './describe.ts';

function setupOf(id: string, settings: Readonly<Record<string, unknown>> = {}): Setup {
  const profile = genericProfile(id);
  const checked = profile && setUp(profile, settings);
  if (!checked?.ok) throw new Error(`no setup of ${id}`);
  return checked.setup;
}

const facts: DeviceFacts = {
  id: 'pump-house',
  name: { en: 'Pump house', zh: '泵站' },
  setup: setupOf('generic/water-level', { datum: 'sill' }),
  everyMs: 10_000,
  labels: { owner: 'water' },
};
const site = { place: { lat: 22.5, lon: 114 }, labels: { district: 'futian', owner: 'city' } };

const rev = (changes: Partial<DeviceFacts> = {}): string => describeDevice({ ...facts, ...changes }, site, digest).rev;

describe('the description of a device', () => {
  test('says what a receiver needs to read its readings', () => {
    const description = describeDevice(facts, site, digest);
    expect(description).toMatchObject({
      v: 1,
      device: 'pump-house',
      name: { en: 'Pump house', zh: '泵站' },
      profile: 'generic/water-level',
      place: { lat: 22.5, lon: 114 },
      labels: { district: 'futian', owner: 'water' },
      every: 10_000,
      channels: { level: { quantity: 'water_level', unit: 'm', datum: 'sill', every: 10_000 } },
    });
    expect(description.channels['level']?.limits).toHaveLength(2);
    expect(description.channels['level']?.resolution).toBeGreaterThan(0);
    expect(description).not.toHaveProperty('commands');
  });

  test('names the tests that a channel goes through, so that good means something', () => {
    const checks = { level: { spike: { suspect: 0.1 }, gap: { afterMs: 60_000 } } };
    expect(describeDevice({ ...facts, checks }, site, digest).channels['level']?.tests).toEqual(['spike', 'gap']);
    expect(describeDevice(facts, site, digest).channels['level']).not.toHaveProperty('tests');
    expect(rev({ checks })).not.toBe(rev());
  });

  test('leaves out what there is not', () => {
    const { name: _name, everyMs: _every, ...bare } = { ...facts, labels: {} };
    const description = describeDevice(bare, { labels: {} }, digest);
    expect(Object.keys(description)).toEqual(['v', 'device', 'rev', 'name', 'profile', 'channels']);
  });

  test('has a rev that changes with anything in it, and only then', () => {
    const revs = [
      rev(),
      rev({ everyMs: 20_000 }),
      rev({ place: { label: 'here' } }),
      rev({ labels: {} }),
      rev({ setup: setupOf('generic/water-level', { datum: 'road' }) }),
    ];
    expect(new Set(revs).size).toBe(revs.length);
    expect(rev()).toBe(revs[0]);
  });
});

test('the description names the calibration of a channel and until when it is valid, and so changes with it', () => {
  const calibrations = new Map([['level', { id: 'cal-1', gain: 1.01, offset: 0, validUntil: 5 }]]);
  const setup = { ...facts.setup, calibrations };
  const { channels } = describeDevice({ ...facts, setup }, site, digest);
  expect(channels['level']?.calibration).toEqual({ id: 'cal-1', validUntil: 5 });
  expect(rev({ setup })).not.toBe(rev());
});
