/** When to ask a device next, in steps of a length that may change. Times are monotonic milliseconds. */
export class Cadence {
  #last: number | undefined;

  /** Whether it is time to ask. Says yes once a step; a step that was missed is left out, never made up for. */
  isDue(mono: number, stepMs: number): boolean {
    const last = this.#last;
    if (last !== undefined && mono - last < stepMs) return false;
    this.#last = last === undefined || mono - last >= 2 * stepMs ? mono : last + stepMs;
    return true;
  }
}
