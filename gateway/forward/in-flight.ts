import type { SendWindow } from './window.ts';

interface Message {
  readonly sentAt: number;
  readonly bytes: number;
  readonly isAlarm: boolean;
}

/** Alarm transitions wait for no window, but not without bound either. */
const mostAlarms = 64;

/** What was sent over one connection and not acked yet. Times are monotonic milliseconds. */
export class InFlight {
  readonly #messages = new Set<Message>();
  readonly #window: SendWindow;
  readonly #receiveMaximum: number;

  constructor(window: SendWindow, receiveMaximum: number) {
    this.#window = window;
    this.#receiveMaximum = receiveMaximum;
  }

  /** Room for telemetry: one slot of the server's Receive Maximum is kept for alarms, and one message always fits. */
  get hasRoom(): boolean {
    if (this.#messages.size === 0) return true;
    let bytes = 0;
    for (const message of this.#messages) bytes += message.bytes;
    return this.#messages.size < this.#receiveMaximum - 1 && bytes < this.#window.bytes;
  }

  get hasRoomForAlarm(): boolean {
    let alarms = 0;
    for (const { isAlarm } of this.#messages) if (isAlarm) alarms++;
    return this.#messages.size < this.#receiveMaximum && alarms < mostAlarms;
  }

  /** @returns what to call when the ack comes. */
  sent(bytes: number, isAlarm: boolean, now: number): (ackedAt: number) => void {
    const message: Message = { sentAt: now, bytes, isAlarm };
    this.#messages.add(message);
    return (ackedAt) => {
      this.#messages.delete(message);
      this.#window.acked(bytes, ackedAt - message.sentAt);
    };
  }

  /** Whether an ack is overdue: a half-open link gives no other sign. */
  isOverdue(now: number): boolean {
    for (const { sentAt } of this.#messages) if (now - sentAt > this.#window.ackTimerMs) return true;
    return false;
  }
}
