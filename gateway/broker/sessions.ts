import { FilterTree } from './filter.ts';
import type { BrokerLimits } from './limits.ts';

/** A message that waits for the client of a session. */
export interface QueuedPacket {
  readonly cmd: 'publish';
  readonly brokerId: string;
  readonly brokerCounter: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly messageId?: number;
}

/** The second half of a QoS 2 delivery: the client has the message and has not said so for the last time. */
export interface QueuedRelease {
  readonly cmd: 'pubrel';
  readonly messageId: number;
}

export type Queued = QueuedPacket | QueuedRelease;

export interface Subscription {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

/** Whose session it is. */
export interface Owner {
  /** The user's name; nobody else may go on with the session. */
  readonly name: string | undefined;
  /** Whether the user may receive messages on a topic. */
  readonly mayReceive: (topic: string) => boolean;
}

interface Session {
  owner: Owner;
  readonly subscriptions: Map<string, Subscription>;
  /** Messages by the broker's own count, oldest first. */
  readonly queue: Map<number, Queued>;
  readonly countByMessageId: Map<number, number>;
  /** Packet identifiers of QoS 2 messages that the client has begun to send and not released (4.3.3). */
  readonly unreleased: Set<number>;
  bytes: number;
  absentSinceMono: number | undefined;
}

type SessionLimits = Pick<BrokerLimits, 'maxSessions' | 'sessionMs' | 'maxQueued' | 'maxQueuedBytes'>;

const bytesOf = (queued: Queued): number =>
  queued.cmd === 'publish' ? queued.payload.length + queued.topic.length + 100 : 100;

/**
 * Sessions that outlive their connections (`clean` = 0): subscriptions, and messages of QoS 1 and 2 that the client
 * has not acked. In memory, and bounded: a subscriber that needs every reading asks for `history`.
 */
export class Sessions {
  /** Messages that went unsent because a queue was full. */
  dropped = 0;
  readonly #limits: SessionLimits;
  readonly #byId = new Map<string, Session>();
  readonly #filters = new FilterTree<{ readonly id: string; readonly qos: 0 | 1 | 2 }>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#byId.size;
  }

  ownerOf(id: string): Owner | undefined {
    return this.#byId.get(id)?.owner;
  }

  /** A client is let in: a session that was somebody else's ends. */
  claim(id: string, owner: Owner): void {
    const session = this.#byId.get(id);
    if (!session) return;
    if (session.owner.name !== owner.name) {
      this.end(id);
      return;
    }
    session.owner = owner;
    session.absentSinceMono = undefined;
  }

  /** The client of a session has gone. */
  leave(id: string, mono: number): void {
    const session = this.#byId.get(id);
    if (session) session.absentSinceMono = mono;
  }

  /** Ends the sessions of clients that stay away. */
  expire(mono: number): void {
    for (const [id, { absentSinceMono }] of this.#byId)
      if (absentSinceMono !== undefined && mono - absentSinceMono >= this.#limits.sessionMs) this.end(id);
  }

  end(id: string): void {
    for (const topic of this.#byId.get(id)?.subscriptions.keys() ?? []) this.#filters.delete(topic, id);
    this.#byId.delete(id);
  }

  subscriptionsOf(id: string): readonly Subscription[] {
    return [...(this.#byId.get(id)?.subscriptions.values() ?? [])];
  }

  subscribe(id: string, owner: Owner, subscriptions: readonly Subscription[]): void {
    const session = this.#byId.get(id) ?? this.#begin(id, owner);
    for (const { topic, qos } of subscriptions) {
      session.subscriptions.set(topic, { topic, qos });
      if (qos > 0) this.#filters.set(topic, id, { id, qos });
      else this.#filters.delete(topic, id);
    }
  }

  unsubscribe(id: string, topics: readonly string[]): void {
    const session = this.#byId.get(id);
    for (const topic of topics) if (session?.subscriptions.delete(topic)) this.#filters.delete(topic, id);
  }

  unreleasedOf(id: string): ReadonlySet<number> {
    return this.#byId.get(id)?.unreleased ?? new Set();
  }

  beginReceipt(id: string, owner: Owner, messageId: number): void {
    (this.#byId.get(id) ?? this.#begin(id, owner)).unreleased.add(messageId);
  }

  endReceipt(id: string, messageId: number): void {
    this.#byId.get(id)?.unreleased.delete(messageId);
  }

  /** Sessions that a message belongs to, with the highest QoS that each asked for. */
  subscribersOf(topic: string): ReadonlyMap<string, 0 | 1 | 2> {
    const found = new Map<string, 0 | 1 | 2>();
    for (const { id, qos } of this.#filters.match(topic)) if ((found.get(id) ?? 0) < qos) found.set(id, qos);
    return found;
  }

  enqueue(id: string, packet: QueuedPacket): void {
    const session = this.#byId.get(id);
    if (!session?.owner.mayReceive(packet.topic)) return;
    session.queue.set(packet.brokerCounter, packet);
    session.bytes += bytesOf(packet);
    while (session.queue.size > this.#limits.maxQueued || session.bytes > this.#limits.maxQueuedBytes) {
      const [oldest] = session.queue.keys();
      if (oldest === undefined) return;
      this.#remove(session, oldest);
      this.dropped++;
    }
  }

  /** A message was sent under a packet identifier of its own. */
  sent(id: string, count: number, messageId: number): void {
    const session = this.#byId.get(id);
    const queued = session?.queue.get(count);
    if (!session || queued?.cmd !== 'publish') return;
    const other = session.countByMessageId.get(messageId);
    // The broker counts packet identifiers anew on each connection; the older message gives way.
    if (other !== undefined && other !== count) this.#remove(session, other);
    session.queue.set(count, { ...queued, messageId });
    session.countByMessageId.set(messageId, count);
  }

  /** The client has a QoS 2 message: from now on only the release is owed. */
  received(id: string, messageId: number): void {
    const session = this.#byId.get(id);
    const count = session?.countByMessageId.get(messageId);
    const queued = count === undefined ? undefined : session?.queue.get(count);
    if (!session || count === undefined || !queued) return;
    session.bytes += 100 - bytesOf(queued);
    session.queue.set(count, { cmd: 'pubrel', messageId });
  }

  /** Nothing more is owed for a message. */
  acked(id: string, messageId: number): void {
    const session = this.#byId.get(id);
    const count = session?.countByMessageId.get(messageId);
    if (session && count !== undefined) this.#remove(session, count);
  }

  /** What is owed to a client that has come back; what was sent before is marked as a repeat (MQTT-4.4.0-1). */
  owed(id: string): readonly Queued[] {
    return [...(this.#byId.get(id)?.queue.values() ?? [])].map((queued) =>
      queued.cmd === 'publish' && queued.messageId !== undefined ? { ...queued, dup: true } : queued,
    );
  }

  #begin(id: string, owner: Owner): Session {
    if (this.#byId.size >= this.#limits.maxSessions) this.#forgetLongestAbsent();
    const session: Session = {
      owner,
      subscriptions: new Map(),
      queue: new Map(),
      countByMessageId: new Map(),
      unreleased: new Set(),
      bytes: 0,
      absentSinceMono: undefined,
    };
    this.#byId.set(id, session);
    return session;
  }

  #forgetLongestAbsent(): void {
    const absent = [...this.#byId].flatMap(([id, { absentSinceMono }]) =>
      absentSinceMono === undefined ? [] : [{ id, absentSinceMono }],
    );
    const [longest] = absent.toSorted((a, b) => a.absentSinceMono - b.absentSinceMono);
    if (longest) this.end(longest.id);
  }

  #remove(session: Session, count: number): void {
    const queued = session.queue.get(count);
    if (!queued) return;
    session.queue.delete(count);
    session.bytes -= bytesOf(queued);
    if (queued.messageId !== undefined && session.countByMessageId.get(queued.messageId) === count)
      session.countByMessageId.delete(queued.messageId);
  }
}
