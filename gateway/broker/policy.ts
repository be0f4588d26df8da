import type { Socket } from 'node:net';
import { reasonOf } from '../model/errors.ts';
import { judgePublish, localRights, mayReceive, maySubscribe } from './access.ts';
import { Refusal, type Admission, type Visitor } from './admission.ts';
import type { Guard } from './guard.ts';
import type { Inbox } from './inbox.ts';
import type { BrokerLimits } from './limits.ts';
import type { Persistence } from './persistence.ts';
import type { RareLog } from './rare-log.ts';
import type { Sessions } from './sessions.ts';

/** A client as aedes shows it. */
export interface AedesClient {
  readonly id: string;
  readonly clean: boolean;
}

/** Somebody who asks to be let in. */
interface Caller {
  readonly client: AedesClient;
  readonly socket: Socket;
  readonly guard: Guard | undefined;
  readonly name: string | undefined;
  readonly password: Buffer | undefined;
}

/** A PUBLISH as aedes shows it. */
interface AedesPublish {
  topic: string;
  retain: boolean;
  readonly payload: string | Buffer;
  readonly messageId?: number | undefined;
  readonly dup?: boolean;
  readonly qos: 0 | 1 | 2;
}

interface PolicyOptions {
  readonly gateway: string;
  readonly limits: Pick<BrokerLimits, 'maxSubscriptions' | 'maxSubscriptionsInAll'>;
  readonly admission: Admission;
  readonly sessions: Sessions;
  readonly persistence: Persistence;
  readonly inbox: Inbox;
  /** Topics of others that devices are read from. */
  readonly watched: ReadonlySet<string>;
  readonly rareLog: RareLog;
}

/** Inbound messages, and those for nobody, end here: no subscription reaches this topic. */
const nowhere = '$lamppost';

const shownLength = 64;

/** Answers what the broker asks about its clients: who may come in, publish, subscribe, receive. Denies by default. */
export class Policy {
  /** Connections, publishes and subscriptions that were refused. */
  refused = 0;
  /** Inbound messages of QoS 0 that could not be kept. */
  lost = 0;
  readonly #options: PolicyOptions;
  readonly #visitors = new WeakMap<object, Visitor>();
  /** Clients that gave no client id where one is needed. */
  readonly #nameless = new WeakSet<object>();

  constructor(options: PolicyOptions) {
    this.#options = options;
  }

  visitor(client: object): Visitor | undefined {
    return this.#visitors.get(client);
  }

  /** Answered with CONNACK 2 (MQTT-3.1.3-8), which only `admit` can give. */
  refuseNameless(client: object): void {
    this.#nameless.add(client);
  }

  /** @throws Refusal */
  async admit(caller: Caller): Promise<void> {
    try {
      this.#visitors.set(caller.client, await this.#admit(caller));
    } catch (error) {
      this.refused++;
      const { remoteAddress: address = '' } = caller.socket;
      const [name, reason] = [caller.name?.slice(0, shownLength) ?? '', reasonOf(error)];
      this.#options.rareLog.warn('connection refused', `${address} ${name} ${reason}`, { address, name, reason });
      throw error;
    }
  }

  async #admit({ client, socket, guard, name, password }: Caller): Promise<Visitor> {
    const { admission, sessions } = this.#options;
    if (!guard) throw new Refusal('unavailable', 'the connection has ended');
    if (this.#nameless.has(client)) throw new Refusal('identifier', 'there is no client id');
    if (name === undefined && sessions.ownerOf(client.id)?.name !== undefined)
      throw new Refusal('identifier', 'the session of this client id belongs to a user');
    const caller = { clientId: client.id, name, password: password?.toString('utf8') ?? '' };
    const visitor = await admission.admit(caller, socket, guard);
    sessions.claim(client.id, visitor.owner);
    return visitor;
  }

  /** A client is connected: its session goes on, and what it sends may pass. */
  ready(client: AedesClient): void {
    const visitor = this.#visitors.get(client);
    if (!visitor) return;
    this.#options.sessions.claim(client.id, visitor.owner);
    visitor.guard.admit();
  }

  subscribe(client: object, filter: string): boolean {
    const isGranted = this.#maySubscribe(this.#visitors.get(client), filter);
    if (isGranted) this.#visitors.get(client)?.filters.add(filter);
    else this.refused++;
    return isGranted;
  }

  #maySubscribe(visitor: Visitor | undefined, filter: string): boolean {
    const { gateway, limits, admission } = this.#options;
    if (!visitor || !maySubscribe(visitor.rights, gateway, filter)) return false;
    if (visitor.filters.has(filter)) return true;
    return visitor.filters.size < limits.maxSubscriptions && admission.subscriptions < limits.maxSubscriptionsInAll;
  }

  unsubscribe(client: object, filters: readonly string[]): void {
    for (const filter of filters) this.#visitors.get(client)?.filters.delete(filter);
  }

  mayForward(client: object, topic: string): boolean {
    const rights = this.#visitors.get(client)?.rights;
    // Of topics that begin with `$` a local client can subscribe to `$SYS` alone.
    if (rights === localRights) return true;
    return rights !== undefined && mayReceive(rights, this.#options.gateway, topic);
  }

  /**
   * Whether the broker may go on with a message - ack it, and forward it unless it was for us: at once, when the
   * promise resolves, or not at all.
   */
  publish(client: AedesClient | null, packet: AedesPublish): Promise<void> | Error | undefined {
    const { gateway, rareLog, persistence, inbox, watched } = this.#options;
    const visitor = client ? this.#visitors.get(client) : undefined;
    const { topic } = packet;
    const verdict = visitor ? judgePublish(visitor.rights, gateway, topic) : 'refused';
    if (!client || !visitor || verdict === 'refused') {
      this.refused++;
      rareLog.warn('publish refused', client?.id ?? '', { client: client?.id ?? '', topic });
      return new Error(`publish to ${topic} is not allowed`);
    }
    const isWatched = verdict === 'free' && watched.has(topic);
    if (verdict === 'free' && !isWatched) return undefined;
    const { retain } = packet;
    if (!isWatched) {
      packet.topic = nowhere;
      packet.retain = false;
    }
    if (verdict === 'ignored') return undefined;
    const message = {
      topic: verdict === 'free' ? ({ kind: 'neighbour', topic } as const) : verdict,
      payload: Buffer.from(packet.payload),
      client: client.id,
      packetId: packet.messageId ?? undefined,
      isRepeat: packet.dup ?? false,
      isRetained: retain,
      qos: packet.qos,
    };
    const { packetId } = message;
    if (message.qos === 2 && packetId !== undefined && persistence.hasBegun(client, packetId)) return undefined;
    const taken = inbox.take(visitor, message);
    if (isWatched && message.qos === 0) {
      // It must not be overtaken on its way to others.
      void taken.catch((error: unknown) => this.#lose(client.id, topic, reasonOf(error)));
      return undefined;
    }
    // Nobody waits for an answer to QoS 0, and a closed connection would tell its sender nothing.
    return message.qos > 0 ? taken : taken.catch((error: unknown) => this.#lose(client.id, topic, reasonOf(error)));
  }

  #lose(client: string, topic: string, reason: string): void {
    this.lost++;
    this.#options.rareLog.warn('message of QoS 0 lost', client, { client, topic, reason });
  }
}
