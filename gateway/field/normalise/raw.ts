import type { Fields } from '../../profiles/profile.ts';
import type { Setup } from '../../profiles/setup.ts';
import { normalise, type Circumstances, type NormalisedValue } from './normalise.ts';

/** What a sensor shows of a channel, and what its calibration makes of it; the same where there is none. */
export interface BothWays {
  readonly raw: NormalisedValue;
  readonly calibrated: NormalisedValue;
}

/** The values of the same fields without and with the calibrations in force, for people who look at a sensor. */
export function rawAndCalibrated(setup: Setup, fields: Fields, circumstances: Circumstances): readonly BothWays[] {
  const { calibrations: _, ...plain } = setup;
  const calibrated = normalise(setup, fields, circumstances);
  return normalise(plain, fields, circumstances).flatMap((raw): BothWays[] => {
    const same = calibrated.find(({ channel }) => channel === raw.channel);
    return same ? [{ raw, calibrated: same }] : [];
  });
}
