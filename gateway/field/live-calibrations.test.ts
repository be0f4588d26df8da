import { expect, test } from 'vitest';
import type { Setup } from '../profiles/setup.ts';
import { LiveCalibrations } from './live-calibrations.ts';
import type { ChildPlan } from './protocol.ts';

const calibration = (id: string) => ({ id, gain: 1, offset: 0, validUntil: 0 });

test('the setups of a plan see each change of their own device', () => {
  const setup = { calibrations: new Map([['depth', calibration('cal-1')]]) } as unknown as Setup;
  const source = { kind: 'local', path: '/x' } as const;
  const plan: ChildPlan = {
    kind: 'board',
    board: 'roof',
    source,
    devices: ['a', 'b'].map((device) => ({ device, setup, everyMs: 1000 })),
  };
  const live = new LiveCalibrations();
  const followed = live.follow(plan);
  const seen = () =>
    followed.kind === 'board' ? followed.devices.map((one) => one.setup.calibrations?.get('depth')?.id) : [];
  expect(seen()).toEqual(['cal-1', 'cal-1']);
  live.set('a', new Map([['depth', calibration('cal-2')]]));
  live.set('stranger', new Map([['depth', calibration('cal-3')]]));
  expect(seen()).toEqual(['cal-2', 'cal-1']);
  live.set('a', new Map());
  expect(seen()).toEqual([undefined, 'cal-1']);
});
