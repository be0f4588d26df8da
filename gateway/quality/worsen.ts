import type { Reason, Sample } from '../model/reading.ts';
import { joinedReasons, worstQuality } from '../model/statistics.ts';
import { qualityOf, type Finding } from './verdict.ts';

/** Whether a sample has a number or a state that a test can look at. */
export function isUsable({ value, quality }: Sample): boolean {
  return value !== null && typeof value !== 'string' && quality !== 'bad' && quality !== 'missing';
}

/** The sample with the worst of what was known and what was found; the same object when nothing was. */
export function worsened(sample: Sample, findings: readonly Finding[]): Sample {
  if (findings.length === 0) return sample;
  const quality = worstQuality([sample.quality, ...findings.map(({ verdict }) => qualityOf[verdict])]);
  const found = findings.flatMap(({ verdict, reason }): Reason[] =>
    verdict === 'suspect' || verdict === 'bad' ? [reason] : [],
  );
  const why = joinedReasons([sample.why, found]);
  return { ...sample, quality, ...(why.length > 0 ? { why } : {}) };
}
