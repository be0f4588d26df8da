import { maxBatchBytes } from '../model/delivery.ts';

/** Bytes that may be on their way: starts small, doubles a round trip while acks come quickly. */
const firstWindowBytes = 16 * 1024;
const leastWindowBytes = 1024;
/** No broker worth the name hangs up on less. */
const leastBatchBytes = 4096;
const mostWindowBytes = 4 * 1024 * 1024;

/** An ack so much later than the link's own round trip means that bytes queue up, and an alarm would wait behind them. */
const slowAckMs = 1000;

const leastAckTimerMs = 5000;
const mostAckTimerMs = 120_000;
/** The ack timer is so many smoothed round trips. */
const roundTripsToWait = 8;

/** How much may be in flight and how long an ack may take. Outlives connections. */
export class SendWindow {
  #bytes = firstWindowBytes;
  #srttMs: number | undefined;
  /** Shortest round trip on this connection: the link without a queue. */
  #leastMs = Number.POSITIVE_INFINITY;
  /** Monotonic milliseconds. What was sent before tells nothing new about a window that has shrunk since. */
  #shrunkAt = Number.NEGATIVE_INFINITY;
  #patience = 1;
  /** Connections broke over larger batches: some brokers hang up on what is too large for them. */
  #mostBatchBytes = maxBatchBytes;

  get bytes(): number {
    return this.#bytes;
  }

  /** Half the window, so that one batch is on its way while the other is acked. */
  get batchBytes(): number {
    return Math.min(this.#mostBatchBytes, this.#bytes / 2);
  }

  /** Smoothed round trip, milliseconds. */
  get srttMs(): number | undefined {
    return this.#srttMs;
  }

  get ackTimerMs(): number {
    const timer = Math.max(leastAckTimerMs, roundTripsToWait * (this.#srttMs ?? 0)) * this.#patience;
    return Math.min(timer, mostAckTimerMs);
  }

  /** The new connection may run over another, slower link: no more than a small window is trusted at first. */
  connected(): void {
    this.#bytes = Math.min(this.#bytes, firstWindowBytes);
    this.#leastMs = Number.POSITIVE_INFINITY;
    this.#shrunkAt = Number.NEGATIVE_INFINITY;
  }

  /** @param growBytes - what was acked, if the window was in use when it was sent; a trickle says nothing about floods. */
  acked(growBytes: number, sentAt: number, now: number): void {
    const tookMs = now - sentAt;
    this.#patience = 1;
    this.#srttMs = this.#srttMs === undefined ? tookMs : this.#srttMs * 0.875 + tookMs * 0.125;
    this.#leastMs = Math.min(this.#leastMs, tookMs);
    if (tookMs - this.#leastMs <= slowAckMs) this.#bytes = Math.min(mostWindowBytes, this.#bytes + growBytes);
    else if (sentAt >= this.#shrunkAt) this.#shrink(now);
  }

  timedOut(now: number): void {
    this.#shrink(now);
    this.#patience = Math.min(this.#patience * 2, mostAckTimerMs / leastAckTimerMs);
  }

  /** The connection was lost. @param untriedBytes - the largest message without an ack, if none as large had one. */
  lost(untriedBytes: number): void {
    const most = untriedBytes > leastBatchBytes ? untriedBytes / 2 : this.#mostBatchBytes * 2;
    this.#mostBatchBytes = Math.max(leastBatchBytes, Math.min(maxBatchBytes, most));
  }

  #shrink(now: number): void {
    this.#bytes = Math.max(leastWindowBytes, this.#bytes / 2);
    this.#shrunkAt = now;
  }
}
