import type { Segment } from './segments.ts';

/** What the budget must know of one segment. */
export interface SegmentView {
  readonly segment: Segment;
  readonly isActive: boolean;
  /** Unix milliseconds of its latest entry. */
  readonly newestAt: number;
  /** Readings that some upstream has not acked; gaps do not count. */
  readonly wantedReadings: number;
  /** Alarm transitions that some upstream has not acked. */
  readonly wantedAlarms: number;
}

export interface BudgetLimits {
  readonly budgetBytes: number;
  /** What may be used beyond the budget, for the copy that a rewriting makes. */
  readonly slackBytes: number;
  readonly keepMs: number;
  /** Unix milliseconds. */
  readonly now: number;
}

/** One step of house-keeping. `drop`: rewrite to what must stay (alarms, gaps); `remove`: the whole file goes. */
export interface Step {
  readonly kind: 'remove' | 'drop' | 'seal';
  readonly segment: Segment;
}

/** Alarms have so much of the budget of their own. */
const alarmShare = 0.05;

/**
 * The next step that brings the journal into its budget, or packs it tighter; `undefined` when there is nothing to do.
 * Segments come oldest first. What every upstream has acked goes first whatever its age; then telemetry that nobody got
 * yet, oldest first, leaving gaps; alarms last.
 */
export function nextStep(
  segments: readonly SegmentView[],
  { budgetBytes, slackBytes, keepMs, now }: BudgetLimits,
): Step | undefined {
  const closed = segments.filter(({ isActive }) => !isActive);
  const isDone = ({ wantedReadings, wantedAlarms }: SegmentView): boolean => wantedReadings + wantedAlarms === 0;
  const expired = closed.find((view) => isDone(view) && now - view.newestAt > keepMs);
  if (expired) return { kind: 'remove', segment: expired.segment };
  const used = segments.reduce((sum, { segment }) => sum + segment.size, 0);
  if (used > budgetBytes) {
    const delivered = closed.find(isDone);
    if (delivered) return { kind: 'remove', segment: delivered.segment };
    const telemetry = closed.find(({ wantedReadings }) => wantedReadings > 0);
    if (telemetry) return { kind: 'drop', segment: telemetry.segment };
    const alarmBytes = closed.reduce((sum, { segment }) => sum + segment.size, 0);
    const oldest = closed[0];
    if (oldest && alarmBytes > budgetBytes * alarmShare) return { kind: 'remove', segment: oldest.segment };
  }
  const hasRoom = ({ segment }: SegmentView): boolean => used + segment.size <= budgetBytes + slackBytes;
  const unsealed = closed.find((view) => !view.segment.sealed && hasRoom(view));
  return unsealed && { kind: 'seal', segment: unsealed.segment };
}
