/** Days begin on a quarter of an hour in every time zone there is. */
const quarterMs = 900_000;

/** The day of the year at a place, `MM-DD`. */
export class Calendar {
  readonly #format: Intl.DateTimeFormat;
  #quarter: number | undefined;
  #day = '';

  /** @param timeZone - IANA name. */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en', { timeZone, month: '2-digit', day: '2-digit' });
  }

  /** @param at - Unix milliseconds. */
  dayOf(at: number): string {
    const quarter = Math.floor(at / quarterMs);
    if (quarter === this.#quarter) return this.#day;
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, value]));
    this.#quarter = quarter;
    this.#day = `${parts.get('month')}-${parts.get('day')}`;
    return this.#day;
  }
}
