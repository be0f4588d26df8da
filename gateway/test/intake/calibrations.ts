import type { CalibrationRecord } from '../../model/calibration.ts';

/** A calibration of an underpass's depth: it showed 1.2 cm too much at the bottom and 1 cm too much at a metre. */
export function depthCalibration(changes: Partial<CalibrationRecord> = {}): CalibrationRecord {
  return {
    v: 1,
    kind: 'calibration',
    id: 'cal-1',
    device: 'underpass-7',
    channel: 'depth',
    quantity: 'water_depth',
    unit: 'm',
    at: 1_763_790_000_000,
    method: 'two_point',
    points: [
      { reference: 0, shown: 0.012 },
      { reference: 1, shown: 1.01 },
    ],
    before: [0.012, 0.01],
    residuals: [0, 0],
    gain: 1.002,
    offset: -0.012,
    reference: 'steel rule 4711',
    by: 'Li Wei',
    validUntil: 1_795_326_000_000,
    ...changes,
  };
}
