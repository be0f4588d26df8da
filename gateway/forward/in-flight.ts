import type { SendWindow } from './window.ts';

interface Message {
  readonly sentAt: number;
  readonly bytes: number;
}

/** Alarm transitions wait for no window, but not without bound either. */
const mostAlarms = 64;

/** What was sent over one connection and not acked yet, and what is being made. Times are monotonic milliseconds. */
export class InFlight {
  readonly #messages = new Set<Message>();
  readonly #window: SendWindow;
  readonly #receiveMaximum: number;
  #count = 0;
  #bytes = 0;
  #alarms = 0;
  #largestAcked = 0;

  constructor(window: SendWindow, receiveMaximum: number) {
    this.#window = window;
    this.#receiveMaximum = receiveMaximum;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Room for a small message: one slot of the server's Receive Maximum is kept for alarms, and one message always fits. */
  get hasRoom(): boolean {
    return this.isEmpty || (this.#count < this.#receiveMaximum - 1 && this.#bytes < this.#window.bytes);
  }

  /** Room for a batch of the size that the window allows. */
  get hasRoomForBatch(): boolean {
    return this.hasRoom && (this.isEmpty || this.#bytes + this.#window.batchBytes <= this.#window.bytes);
  }

  get hasRoomForAlarm(): boolean {
    return this.#count < this.#receiveMaximum && this.#alarms < mostAlarms;
  }

  /** Keeps room for a message that is being made. @returns what gives the room back. */
  reserve(bytes: number, isAlarm: boolean): () => void {
    this.#count++;
    this.#bytes += bytes;
    if (isAlarm) this.#alarms++;
    return () => {
      this.#count--;
      this.#bytes -= bytes;
      if (isAlarm) this.#alarms--;
    };
  }

  /** @returns what to call when the ack comes. */
  sent(bytes: number, isAlarm: boolean, now: number): (ackedAt: number) => void {
    const free = this.reserve(bytes, isAlarm);
    const isWindowInUse = this.#bytes >= this.#window.bytes / 2;
    const message: Message = { sentAt: now, bytes };
    this.#messages.add(message);
    return (ackedAt) => {
      if (!this.#messages.delete(message)) return;
      free();
      this.#largestAcked = Math.max(this.#largestAcked, bytes);
      this.#window.acked(isWindowInUse ? bytes : 0, now, ackedAt);
    };
  }

  /** Bytes of the largest message without an ack, if it is larger than all that were acked; else 0. */
  get untriedBytes(): number {
    let largest = 0;
    for (const { bytes } of this.#messages) largest = Math.max(largest, bytes);
    return largest > this.#largestAcked ? largest : 0;
  }

  /** Whether an ack is overdue: a half-open link gives no other sign. */
  isOverdue(now: number): boolean {
    // Sets keep the order of insertion: the first message has waited longest.
    const [oldest] = this.#messages;
    return oldest !== undefined && now - oldest.sentAt > this.#window.ackTimerMs;
  }
}
