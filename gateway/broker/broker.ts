import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesOptions, type AuthenticateError, type Client } from 'aedes';
import { gatewayError, reasonOf } from '../model/errors.ts';
import { isOurs, parseTopic, isInbound, type InboundTopic } from '../model/topic.ts';
import type { Log } from '../platform/log.ts';
import { whoListens } from '../platform/ports.ts';
import { localRights, mayPublish, mayReceive, maySubscribe, type Rights } from './access.ts';
import { guardSocket, type GuardLimits } from './guard.ts';

export interface BrokerOptions {
  readonly gateway: string;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  readonly limits?: Partial<GuardLimits & { readonly maxClients: number }>;
  /** Rights of somebody who gives a name; `undefined` refuses. */
  readonly login: (name: string, password: string) => Promise<Rights | undefined>;
  /** What arrives on the topics that clients may publish to. Resolves when it is dealt with; QoS 1 is acked then. */
  readonly receive: (message: InboundMessage) => Promise<void>;
  /** Named in the error when the port is taken. */
  readonly setting?: string;
}

/** A message on one of our inbound topics. */
export interface InboundMessage {
  readonly topic: InboundTopic;
  readonly payload: Buffer;
  readonly client: string;
  readonly packetId: number | undefined;
  /** The client says that it sends this again. */
  readonly isRepeat: boolean;
  readonly isRetained: boolean;
  readonly qos: 0 | 1 | 2;
}

export interface PublishOptions {
  readonly retain?: boolean;
  readonly qos?: 0 | 1;
}

const defaultLimits = {
  maxPacketBytes: 256 * 1024,
  maxMessagesPerSecond: 2000,
  maxWaitingBytes: 8 * 1024 * 1024,
  maxClients: 100,
};

/** How long a client may wait for its PUBACK before it is told, by closing, that the gateway cannot keep its message. */
const ackTimeoutMs = 10_000;

/** Names that a client may go by: they end in logs. */
const clientIdPattern = /^[\u0020-\u007e\u00a0-\ufffd]{0,128}$/u;

/** Inbound messages end here: no subscription reaches topics that begin with `$`. */
const nowhere = '$lamppost';

export interface BrokerCounters {
  clients: number;
  cutOff: number;
  refused: number;
}

/**
 * The local MQTT 3.1.1 broker: aedes behind a guard, deny by default. Readings of our own are published in process;
 * what others send to our inbound topics is handed to `receive` before it is acked.
 */
export class Broker {
  readonly counters: BrokerCounters = { clients: 0, cutOff: 0, refused: 0 };
  readonly #options: BrokerOptions;
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #rights = new WeakMap<Client, Rights>();
  readonly #sockets = new Set<Socket>();

  /** @throws GatewayError PORT_BUSY or LISTEN_FAILED. */
  static async listen(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    await broker.#aedes.listen();
    await broker.#listen();
    return broker;
  }

  private constructor(options: BrokerOptions) {
    this.#options = options;
    const { maxClients, ...guardLimits } = { ...defaultLimits, ...options.limits };
    this.#aedes = new Aedes({
      ...this.#hooks(),
      connectTimeout: 5000,
      drainTimeout: 2000,
      maxInflightInbound: 20,
      maxTopicLevels: 16,
    });
    this.#aedes.on('clientError', (client, error) => {
      options.log.debug('client dropped', { client: client.id, reason: reasonOf(error) });
    });
    this.#aedes.on('connectionError', (_client, error) => {
      options.log.debug('connection dropped before it said who it is', { reason: reasonOf(error) });
    });
    (this.#aedes as NodeJS.EventEmitter).on('error', (error: Error) => {
      options.log.error('broker trouble', { reason: reasonOf(error) });
    });
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      this.counters.clients = this.#sockets.size;
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.counters.clients = this.#sockets.size;
      });
      guardSocket(socket, guardLimits, (reason, why) => {
        this.counters.cutOff++;
        options.log.warn('client cut off', { address: socket.remoteAddress ?? '', reason, why });
      });
      this.#aedes.handle(socket);
    });
    this.#server.maxConnections = maxClients;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : this.#options.port;
  }

  publish(topic: string, payload: string | Buffer, { retain = false, qos = 0 }: PublishOptions = {}): void {
    this.#aedes.publish({ cmd: 'publish', topic, payload, retain, qos, dup: false }, (error) => {
      if (error) this.#options.log.error('publish failed', { topic, reason: reasonOf(error) });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #listen(): Promise<void> {
    const { host, port, setting = 'broker.port' } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const what = 'The MQTT broker';
        if (error.code !== 'EADDRINUSE') {
          reject(gatewayError('LISTEN_FAILED', { what, host, port, setting, reason: reasonOf(error) }, error));
          return;
        }
        void whoListens(port).then((holder) =>
          reject(gatewayError('PORT_BUSY', { what, host, port, setting, holder }, error)),
        );
      });
      this.#server.listen(port, host, () => resolve());
    });
  }

  #hooks(): AedesOptions {
    return {
      authenticate: (client, name, password, done) => {
        this.#authenticate(client, name, password).then(
          (rights) => {
            this.#rights.set(client, rights);
            done(null, true);
          },
          (error: unknown) => done(error as AuthenticateError, false),
        );
      },
      authorizePublish: (client, packet, done) => {
        const rights = client && this.#rights.get(client);
        const { topic } = packet;
        if (!rights || !mayPublish(rights, this.#options.gateway, topic)) {
          this.counters.refused++;
          done(new Error(`publish to ${topic} is not allowed`));
          return;
        }
        if (!isOurs(topic)) {
          done(null);
          return;
        }
        const parsed = parseTopic(this.#options.gateway, topic);
        if (!parsed || !isInbound(parsed)) {
          done(new Error(`publish to ${topic} is not allowed`));
          return;
        }
        const message: InboundMessage = {
          topic: parsed,
          payload: Buffer.from(packet.payload),
          client: client.id,
          packetId: 'messageId' in packet && typeof packet.messageId === 'number' ? packet.messageId : undefined,
          isRepeat: packet.dup,
          isRetained: packet.retain,
          qos: packet.qos,
        };
        packet.topic = nowhere;
        packet.retain = false;
        withTimeout(this.#options.receive(message), ackTimeoutMs).then(
          () => done(null),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
      },
      authorizeSubscribe: (client, subscription, done) => {
        const rights = this.#rights.get(client);
        const isAllowed = rights !== undefined && maySubscribe(rights, this.#options.gateway, subscription.topic);
        done(null, isAllowed ? subscription : null);
      },
      authorizeForward: (client, packet) => {
        const rights = this.#rights.get(client);
        if (rights === localRights) return packet;
        return rights && mayReceive(rights, this.#options.gateway, packet.topic) ? packet : null;
      },
    };
  }

  async #authenticate(client: Client, name: string | undefined, password: Buffer | undefined): Promise<Rights> {
    if (!clientIdPattern.test(client.id) || (client.id.startsWith('aedes_') && !client.clean))
      throw refusal(2, 'client id');
    if (name === undefined) {
      const { remoteAddress = '' } = client.conn as Socket;
      if (isLoopback(remoteAddress)) return localRights;
      throw refusal(5, 'a name and password are needed from outside this machine');
    }
    const rights = await this.#options.login(name, password?.toString('utf8') ?? '');
    if (!rights) {
      this.#options.log.warn('login refused', { name });
      throw refusal(4, 'wrong user name or password');
    }
    return rights;
  }
}

function refusal(returnCode: number, why: string): Error {
  return Object.assign(new Error(why), { returnCode });
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

function withTimeout(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('not kept in time')), ms);
    timer.unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
