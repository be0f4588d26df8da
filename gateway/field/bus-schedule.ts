/** How a device of a bus is to be asked. */
export interface Cadence {
  readonly everyMs: number;
  /** How long it holds up the line when it does not answer. */
  readonly missMs: number;
}

/** Whose turn it is, or when somebody's will be. */
export type Turn =
  | { readonly kind: 'ask'; readonly index: number }
  | { readonly kind: 'wait'; readonly untilMono: number };

interface Row {
  everyMs: number;
  readonly missMs: number;
  dueMono: number;
  misses: number;
}

const longestPauseMs = 30_000;
/** A silent device waits for a moment when nobody else is due, but no longer than this. */
const patienceMs = 30_000;

/**
 * Who is asked next on a line that has room for one question at a time. It has no clock: who calls says what time it
 * is.
 *
 * The earliest due goes first. Periods follow each other on a grid: a device that was asked late is not asked late for
 * ever. One that missed whole periods does not catch up on them; on a line with too much to do everybody has a turn in
 * the order of the last one. A device that does not answer is asked less and
 * less often, and only when the others leave the time that its silence costs.
 */
export class BusSchedule {
  readonly #rows: readonly Row[];

  constructor(cadences: readonly Cadence[], startMono: number) {
    this.#rows = cadences.map((cadence) => ({ ...cadence, dueMono: startMono, misses: 0 }));
  }

  next(mono: number): Turn {
    const due = this.#earliest(({ misses, dueMono }) => dueMono + (misses > 0 ? patienceMs : 0) <= mono);
    if (due !== undefined) return { kind: 'ask', index: due };
    const nextWell = Math.min(...this.#rows.filter(({ misses }) => misses === 0).map(({ dueMono }) => dueMono));
    const silent = this.#earliest(
      ({ misses, dueMono, missMs }) => misses > 0 && dueMono <= mono && mono + missMs <= nextWell,
    );
    if (silent !== undefined) return { kind: 'ask', index: silent };
    const nextSilent = this.#rows
      .filter(({ misses }) => misses > 0)
      .map(({ dueMono }) => (dueMono > mono ? dueMono : dueMono + patienceMs));
    return { kind: 'wait', untilMono: Math.min(nextWell, ...nextSilent) };
  }

  /** It answered a question that was asked at this time. @param everyMs - its period from now on. */
  answered(index: number, askedMono: number, everyMs: number): void {
    const row = this.#rows[index];
    if (!row) return;
    row.everyMs = everyMs;
    const isBack = row.misses > 0;
    row.misses = 0;
    row.dueMono = isBack ? askedMono + everyMs : Math.max(row.dueMono + everyMs, askedMono);
  }

  /** It gave no answer until now. @param quietMs - how long it is left alone, twice as long each time. */
  missed(index: number, mono: number, quietMs: number): void {
    const row = this.#rows[index];
    if (!row) return;
    row.dueMono = mono + Math.min(longestPauseMs, quietMs * 2 ** row.misses);
    row.misses = Math.min(row.misses + 1, 30);
  }

  /** Misses since it answered last. */
  missesOf(index: number): number {
    return this.#rows[index]?.misses ?? 0;
  }

  /** It is asked as soon as the line is free, and then goes on in its periods. */
  soon(index: number, mono: number): void {
    const row = this.#rows[index];
    if (row) row.dueMono = Math.min(row.dueMono, mono);
  }

  /** The line was lost and is back: everybody is asked anew. */
  restart(mono: number): void {
    for (const row of this.#rows) {
      row.misses = 0;
      row.dueMono = mono;
    }
  }

  #earliest(isCandidate: (row: Row) => boolean): number | undefined {
    let best: number | undefined;
    for (const [index, row] of this.#rows.entries()) {
      if (isCandidate(row) && row.dueMono < (this.#rows[best ?? -1]?.dueMono ?? Infinity)) best = index;
    }
    return best;
  }
}
