/** What a node board reports of one of its counters. Its numbers are 32 bits wide and wrap. */
export interface CounterReport {
  /** The board's own number; 0: it has none, or does not say. */
  readonly board: number;
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
  /** The counter began anew, or it is another board's: what was counted after the last report is not known. */
  readonly isDoubtful: boolean;
}

const wrap = 2 ** 32;
/** More pulses than this between two reports are none: the count went back. */
const mostPulses = wrap / 2;

/** Pulses between a stored state and a report. The first report ever only sets the beginning. */
export function countOn(before: CounterState | undefined, report: CounterReport): CounterStep {
  if (!before) return { state: { ...report, total: 0 }, tips: 0, isDoubtful: false };
  // What another board has counted fell elsewhere, whatever it says since when.
  if (isOther(before, report)) return { state: { ...report, total: before.total }, tips: 0, isDoubtful: true };
  const difference = (report.count - before.count + wrap) % wrap;
  const isSame = before.since === report.since && difference < mostPulses;
  const tips = isSame ? difference : report.count;
  return { state: { ...report, total: before.total + tips }, tips, isDoubtful: !isSame };
}

const isOther = (before: CounterReport, { board }: CounterReport): boolean =>
  before.board !== 0 && board !== 0 && before.board !== board;

/** A stored state, if it is one. One from before boards had numbers is that of whatever board is there. */
export function counterState(stored: unknown): CounterState | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { board = 0, since, count, total } = stored as Partial<Record<keyof CounterState, unknown>>;
  return isWhole(board) && isWhole(since) && isWhole(count) && isWhole(total)
    ? { board, since, count, total }
    : undefined;
}

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
