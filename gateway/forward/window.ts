/** Bytes that may be on their way: starts small, doubles a round trip while acks come quickly. */
const firstWindowBytes = 16 * 1024;
const leastWindowBytes = 1024;
const mostWindowBytes = 4 * 1024 * 1024;

/** An ack that takes longer means that bytes queue up somewhere, and an alarm would wait behind them. */
const slowAckMs = 1000;

const leastAckTimerMs = 5000;
const mostAckTimerMs = 120_000;
/** The ack timer is so many smoothed round trips. */
const roundTripsToWait = 8;

/** How much may be in flight and how long an ack may take. Outlives connections. */
export class SendWindow {
  bytes = firstWindowBytes;
  /** Smoothed round trip, milliseconds. */
  srttMs: number | undefined;
  #patience = 1;

  get ackTimerMs(): number {
    const timer = Math.max(leastAckTimerMs, roundTripsToWait * (this.srttMs ?? 0)) * this.#patience;
    return Math.min(timer, mostAckTimerMs);
  }

  /** @param bytes - how much was acked, and after how long. */
  acked(bytes: number, tookMs: number): void {
    this.#patience = 1;
    this.srttMs = this.srttMs === undefined ? tookMs : this.srttMs * 0.875 + tookMs * 0.125;
    if (tookMs > slowAckMs) this.bytes = Math.max(leastWindowBytes, this.bytes / 2);
    else this.bytes = Math.min(mostWindowBytes, this.bytes + bytes);
  }

  timedOut(): void {
    this.bytes = Math.max(leastWindowBytes, this.bytes / 2);
    this.#patience = Math.min(this.#patience * 2, mostAckTimerMs / leastAckTimerMs);
  }
}
