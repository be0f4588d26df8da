import { Readable } from 'node:stream';
import type { RetainedMessages, RetainedPacket } from './retained.ts';
import type { Owner, QueuedPacket, Sessions, Subscription } from './sessions.ts';

/** A client as aedes shows it. */
interface Caller {
  readonly id: string;
  readonly clean: boolean;
}

/** What is known of a client that was let in. */
interface Known {
  readonly owner: Owner;
  /** Filters that it was granted. */
  readonly filters: ReadonlySet<string>;
}

interface Acknowledgement {
  readonly cmd: string;
  readonly messageId?: number;
  readonly brokerCounter?: number;
}

const notBegun = new Error('no such packet');

/**
 * An answer that is there already. aedes numbers messages when they are published, and drops for a client what comes
 * to it behind a higher number; a message that waited for a promise on its way would be overtaken, and lost.
 */
class Ready<T> implements PromiseLike<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- aedes knows no other way to be answered
  then<R = T>(onFulfilled?: ((value: T) => R | PromiseLike<R>) | null): PromiseLike<R> {
    const answer = onFulfilled ? onFulfilled(this.#value) : (this.#value as unknown as R);
    return new Ready(answer as R);
  }
}

const done = new Ready<void>(undefined);

/**
 * What aedes 1.2.0 asks of its store, answered by `Sessions` and `RetainedMessages`. Nothing here fails: aedes takes
 * an error of its store for one of the client, or of the whole broker. All of it is in memory; what must last is in
 * the journal.
 */
export class Persistence {
  readonly #sessions: Sessions;
  readonly #retained: RetainedMessages;
  readonly #known: (client: object) => Known | undefined;
  /** Packet identifiers of QoS 2 messages of clients whose session ends with the connection. */
  readonly #unreleased = new WeakMap<object, Set<number>>();

  /** Lists of subscriptions that were dealt with. */
  readonly #stored = new WeakSet<object>();

  constructor(sessions: Sessions, retained: RetainedMessages, known: (client: object) => Known | undefined) {
    this.#sessions = sessions;
    this.#retained = retained;
    this.#known = known;
  }

  /** Whether a client sends a QoS 2 message again that has arrived before. */
  hasBegun(client: Caller, messageId: number): boolean {
    const unreleased = client.clean ? this.#unreleased.get(client) : this.#sessions.unreleasedOf(client.id);
    return unreleased?.has(messageId) ?? false;
  }

  // aedes wants an async function here.
  async setup(): Promise<void> {}

  storeRetained(packet: RetainedPacket): PromiseLike<void> {
    this.#retained.store(packet);
    return done;
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.#retained.find(filters));
  }

  async subscriptionsByClient({ id }: Caller): Promise<readonly Subscription[]> {
    return this.#sessions.subscriptionsOf(id);
  }

  async cleanSubscriptions({ id }: Caller): Promise<void> {
    this.#sessions.end(id);
  }

  /** aedes hands over all subscriptions of a packet, once for each that was granted. */
  async addSubscriptions(client: Caller, subscriptions: readonly Subscription[]): Promise<void> {
    if (this.#stored.has(subscriptions)) return;
    this.#stored.add(subscriptions);
    // By the next step all of them have been judged.
    await Promise.resolve();
    const known = this.#known(client);
    if (!known) return;
    const granted = subscriptions.filter(({ topic }) => known.filters.has(topic));
    this.#sessions.subscribe(client.id, known.owner, granted);
  }

  async removeSubscriptions({ id }: Caller, topics: readonly string[]): Promise<void> {
    this.#sessions.unsubscribe(id, topics);
  }

  subscriptionsByTopic(topic: string): PromiseLike<readonly (Subscription & { readonly clientId: string })[]> {
    return new Ready([...this.#sessions.subscribersOf(topic)].map(([clientId, qos]) => ({ clientId, qos, topic })));
  }

  outgoingEnqueueCombi(
    subscribers: readonly { readonly clientId: string; readonly qos: 0 | 1 | 2 }[],
    {
      brokerId,
      brokerCounter,
      topic,
      payload,
      qos,
    }: Omit<QueuedPacket, 'payload'> & { readonly payload: Buffer | string },
  ): PromiseLike<void> {
    if (subscribers.length === 0) return done;
    // A copy of its own, as for retained messages; all queues share it.
    const own = Buffer.from(payload);
    const packet = { cmd: 'publish', brokerId, brokerCounter, topic, payload: own, retain: false, dup: false } as const;
    for (const subscriber of subscribers)
      this.#sessions.enqueue(subscriber.clientId, { ...packet, qos: subscriber.qos < qos ? subscriber.qos : qos });
    return done;
  }

  /** A queued message goes out under a packet identifier, or a QoS 2 message has arrived and awaits its release. */
  async outgoingUpdate({ id }: Caller, { cmd, messageId, brokerCounter }: Acknowledgement): Promise<void> {
    if (messageId === undefined) return;
    if (cmd === 'pubrel') this.#sessions.received(id, messageId);
    else if (brokerCounter !== undefined) this.#sessions.sent(id, brokerCounter, messageId);
  }

  async outgoingClearMessageId({ id }: Caller, { messageId }: Acknowledgement): Promise<void> {
    if (messageId !== undefined) this.#sessions.acked(id, messageId);
  }

  outgoingStream({ id }: Caller): Readable {
    return Readable.from(this.#sessions.owed(id));
  }

  async incomingStorePacket(client: Caller, { messageId }: { readonly messageId: number }): Promise<void> {
    const known = this.#known(client);
    if (!client.clean && known) this.#sessions.beginReceipt(client.id, known.owner, messageId);
    else this.#unreleased.set(client, (this.#unreleased.get(client) ?? new Set()).add(messageId));
  }

  async incomingGetPacket(client: Caller, { messageId }: { readonly messageId: number }): Promise<true> {
    if (!this.hasBegun(client, messageId)) throw notBegun;
    return true;
  }

  async incomingDelPacket(client: Caller, { messageId }: { readonly messageId: number }): Promise<void> {
    if (client.clean) this.#unreleased.get(client)?.delete(messageId);
    else this.#sessions.endReceipt(client.id, messageId);
  }

  async cleanIncoming(client: Caller): Promise<void> {
    this.#unreleased.delete(client);
  }

  /** aedes keeps the will with the client; a stored one is for clusters whose members die. */
  async putWill(): Promise<void> {}

  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([]);
  }
}
