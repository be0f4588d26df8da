/** What a node board reports of one of its counters. Its numbers are 32 bits wide and wrap. */
export interface CounterReport {
  /** The boot in which the count stood at zero; while it stays the same, counts of two reports can be subtracted. */
  readonly since: number;
  readonly count: number;
}

/** What is stored with each reading, to go on from there. */
export interface CounterState extends CounterReport {
  /** Pulses since this gateway first saw the counter, over all resets of the board. */
  readonly total: number;
}

export interface CounterStep {
  readonly state: CounterState;
  /** Pulses since the state before. */
  readonly tips: number;
  /** The board's counter began anew: what it had counted after the last report is not known. */
  readonly isDoubtful: boolean;
}

const wrap = 2 ** 32;
/** More pulses than this between two reports are none: the count went back, as when a board is changed for a new one. */
const mostPulses = wrap / 2;

/** Pulses between a stored state and a report. The first report ever only sets the beginning. */
export function countOn(before: CounterState | undefined, report: CounterReport): CounterStep {
  if (!before) return { state: { ...report, total: 0 }, tips: 0, isDoubtful: false };
  const difference = (report.count - before.count + wrap) % wrap;
  const isSame = before.since === report.since && difference < mostPulses;
  const tips = isSame ? difference : report.count;
  return { state: { ...report, total: before.total + tips }, tips, isDoubtful: !isSame };
}

/** A stored state, if it is one. */
export function counterState(stored: unknown): CounterState | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { since, count, total } = stored as Partial<Record<keyof CounterState, unknown>>;
  return isWhole(since) && isWhole(count) && isWhole(total) ? { since, count, total } : undefined;
}

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
