import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { genericProfile } from '../../profiles/generic.ts';
import { setUp, type Setup } from '../../profiles/setup.ts';
import { Dwell } from './dwell.ts';
import type { NormalisedValue } from './normalise.ts';

function setupWith(dwellMs?: number): Setup {
  const profile = genericProfile('generic/float-switch');
  const [channel] = Object.values(profile?.channels ?? {});
  if (!profile || !channel) throw new Error('no profile');
  const checked = setUp({ ...profile, channels: { c: { ...channel, ...(dwellMs === undefined ? {} : { dwellMs }) } } });
  if (!checked.ok) throw new Error('no setup');
  return checked.setup;
}

const state = (value: boolean): readonly NormalisedValue[] => [{ channel: 'c', value, quality: 'good' }];
const none: readonly NormalisedValue[] = [{ channel: 'c', value: null, quality: 'bad', why: ['decode'] }];

const shown = (value: NormalisedValue | undefined): string => (value?.value === null ? 'x' : value?.value ? '1' : '0');

/** What a series of states, one a second from 0 on, counts as: `1` on, `0` off, `x` no value. */
function counted(dwell: Dwell, series: string): string {
  return Array.from(series)
    .map((sign, second) => {
      dwell.due(second * 1000);
      const [value] = dwell.take(sign === 'x' ? none : state(sign === '1'), second * 1000);
      return shown(value);
    })
    .join('');
}

describe('a change of a state', () => {
  test('counts after it has held for so long', () => {
    expect(counted(new Dwell(setupWith(3000)), '000111111')).toBe('000000111');
  });

  test('counts at once where nothing has to hold', () => {
    expect(counted(new Dwell(setupWith()), '0101')).toBe('0101');
  });

  test('that bounces begins to hold anew each time', () => {
    expect(counted(new Dwell(setupWith(3000)), '0110110111111')).toBe('0000000000111');
  });

  test('holds in both directions', () => {
    expect(counted(new Dwell(setupWith(3000)), '1110011000000')).toBe('1111111111000');
  });

  test('counts at once when it is the first after a start', () => {
    expect(counted(new Dwell(setupWith(3000)), '1110')).toBe('1111');
  });

  test('begins to hold anew after a value that is no state, which is shown as it is', () => {
    expect(counted(new Dwell(setupWith(3000)), '0011x11111')).toBe('0000x00011');
  });

  test('is told at the moment when it came to count, also where only changes are sent', () => {
    const dwell = new Dwell(setupWith(30_000));
    dwell.take(state(false), 1000);
    dwell.take(state(true), 5000);
    expect(dwell.due(34_999)).toEqual([]);
    expect(dwell.due(35_100)).toEqual([{ values: state(true), mono: 35_000 }]);
    expect(dwell.due(99_000)).toEqual([]);
  });

  test('is forgotten when the device is lost before', () => {
    const dwell = new Dwell(setupWith(30_000));
    dwell.take(state(false), 1000);
    dwell.take(state(true), 5000);
    dwell.forget();
    expect(dwell.due(99_000)).toEqual([]);
    expect(dwell.take(state(true), 99_000)).toEqual(state(false));
  });
});

test('a state that counts has held, unbroken, for the dwell; one that has held counts', () => {
  let changes = 0;
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), (series, seconds) => {
      const text = series.map(Number).join('');
      const told = counted(new Dwell(setupWith(seconds * 1000)), text);
      for (let second = 1; second < text.length; second++) {
        // A state that is contradicted at the very moment has held for its time.
        const before = text.slice(Math.max(0, second - seconds), second);
        const hasHeld = before.length === seconds && new Set(before).size === 1;
        if (hasHeld) expect(told[second]).toBe(before[0]);
        if (told[second] === told[second - 1]) continue;
        changes++;
        expect(hasHeld).toBe(true);
      }
    }),
  );
  expect(changes).toBeGreaterThan(20);
});
