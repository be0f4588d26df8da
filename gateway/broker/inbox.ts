import type { Clock } from '../platform/clock.ts';
import type { InboundTopic, NeighbourTopic } from '../model/topic.ts';
import type { Visitor } from './admission.ts';
import { within } from './within.ts';

/** A message on one of our inbound topics, or on one of others that a device is read from. */
export interface InboundMessage {
  readonly topic: InboundTopic | NeighbourTopic;
  readonly payload: Buffer;
  readonly client: string;
  readonly packetId: number | undefined;
  /** The client says that it sends this again. */
  readonly isRepeat: boolean;
  readonly isRetained: boolean;
  readonly qos: 0 | 1 | 2;
}

/** Deals with an inbound message; QoS 1 and 2 are acked when it resolves, and not when it rejects. */
export type Receive = (message: InboundMessage) => Promise<void>;

interface InboxOptions {
  readonly receive: Receive;
  readonly clock: Clock;
  readonly ackMs: number;
}

/** Parks inbound messages until they are dealt with, all that a client has sent side by side. */
export class Inbox {
  readonly #options: InboxOptions;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the message is dealt with; rejects when that failed, or took so long that the client has to be told.
   * A QoS 2 message that comes twice while the first one waits is one message (4.3.3).
   */
  take(visitor: Visitor, message: InboundMessage): Promise<void> {
    const id = message.qos === 2 ? message.packetId : undefined;
    const running = id === undefined ? undefined : visitor.arriving.get(id);
    if (running) return running;
    const taken = this.#park(visitor, message);
    if (id === undefined) return taken;
    visitor.arriving.set(id, taken);
    return taken.finally(() => visitor.arriving.delete(id));
  }

  async #park(visitor: Visitor, message: InboundMessage): Promise<void> {
    const { receive, clock, ackMs } = this.#options;
    const unpark = visitor.guard.park(message.payload.length);
    try {
      await within(clock, ackMs, receive(message), 'not kept in time');
    } finally {
      unpark();
    }
  }
}
