import type { SaturatedCheck } from '../profiles/checks.ts';
import type { Verdict } from './verdict.ts';

/** Saturation: whether the sensor is at an end of its scale, where the true value may lie anywhere beyond. */
export function judgeSaturated({ least = -Infinity, most = Infinity }: SaturatedCheck, value: number): Verdict {
  return value <= least || value >= most ? 'suspect' : 'pass';
}
