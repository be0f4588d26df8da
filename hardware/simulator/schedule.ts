interface Entry {
  readonly at: number;
  readonly action: () => void;
}

/** Things to do at given times, in order of time and, for the same time, in the order they were asked for. */
export class Schedule {
  #entries: Entry[] = [];

  get nextAt(): number | undefined {
    return this.#entries[0]?.at;
  }

  add(at: number, action: () => void): void {
    const before = this.#entries.findLastIndex((entry) => entry.at <= at);
    this.#entries.splice(before + 1, 0, { at, action });
  }

  /** Does all that is due; an action may add further ones. */
  runDue(now: number): void {
    for (let entry = this.#entries[0]; entry && entry.at <= now; entry = this.#entries[0]) {
      this.#entries.shift();
      entry.action();
    }
  }
}
