import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesOptions, type AuthenticateError } from 'aedes';
import { reasonOf } from '../model/errors.ts';
import { sleep, systemClock, type Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { listenError } from '../platform/ports.ts';
import type { Words } from '../platform/problem.ts';
import { Admission, isLoopback, type Login, type StillHolds } from './admission.ts';
import { Guard } from './guard.ts';
import { Inbox, type Receive } from './inbox.ts';
import { defaultLimits, maxTopicLevels, type BrokerLimits } from './limits.ts';
import { OutboxPool } from './outbox.ts';
import { Persistence } from './persistence.ts';
import { Policy } from './policy.ts';
import { RareLog } from './rare-log.ts';
import { RetainedMessages } from './retained.ts';
import { Sessions } from './sessions.ts';

export type { InboundMessage } from './inbox.ts';

export interface BrokerOptions {
  readonly gateway: string;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  readonly clock?: Clock;
  readonly limits?: Partial<BrokerLimits>;
  readonly login: Login;
  readonly stillHolds?: StillHolds;
  /** What arrives on the topics that clients may publish to. Resolves when it is dealt with; QoS 1 is acked then. */
  readonly receive: Receive;
  /** Topics of others that `receive` is told of as well, before they are forwarded. */
  readonly watched?: ReadonlySet<string>;
  /** Named in the error when the port is taken: which broker, and where another port is chosen. */
  readonly what?: Words;
  readonly setting?: Words;
}

const defaults = {
  what: { en: 'The MQTT broker', zh: 'MQTT 代理' },
  setting: {
    en: 'broker.port in lamppost.yaml, or `lamppost run --port`',
    zh: 'lamppost.yaml 中的 broker.port，或 `lamppost run --port`',
  },
} as const;

export interface PublishOptions {
  readonly retain?: boolean;
  readonly qos?: 0 | 1;
}

export interface BrokerCounters {
  /** Clients that are let in. */
  readonly clients: number;
  /** Connections ended for a malformed packet or because the client did not read. */
  readonly cutOff: number;
  /** Connections, publishes and subscriptions that were refused for want of rights or room. */
  readonly refused: number;
  readonly subscriptions: number;
  readonly sessions: number;
  readonly retained: number;
  /** Inbound messages of QoS 0 that could not be kept; others are not acked. */
  readonly lost: number;
  /** Messages of other programs that there was no room to retain. */
  readonly notRetained: number;
  /** Messages that full queues lost: of absent clients, and of QoS 0 when clients cannot follow. */
  readonly dropped: number;
  /** Bytes that wait for clients. */
  readonly waitingBytes: number;
}

/** How long `close` waits for what is on its way to clients, and for the broker itself. */
const drainMs = 1000;
const closeMs = 500;

/**
 * The local MQTT 3.1.1 broker: aedes behind a guard, deny by default. Readings of our own are published in process;
 * what others send to our inbound topics is handed to `receive` before it is acked.
 */
export class Broker {
  readonly #options: BrokerOptions;
  readonly #limits: BrokerLimits;
  readonly #clock: Clock;
  readonly #rareLog: RareLog;
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #pool: OutboxPool;
  readonly #retained: RetainedMessages;
  readonly #sessions: Sessions;
  readonly #admission: Admission;
  readonly #policy: Policy;
  readonly #guards = new Map<Socket, Guard>();
  readonly #cancelUpkeep: () => void;
  #cutOff = 0;
  #dropped = 0;
  /** Messages of our own on their way to clients. */
  #pending = 0;
  #isClosed = false;

  /** @throws GatewayError PORT_BUSY or LISTEN_FAILED. */
  static async listen(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    await broker.#aedes.listen();
    try {
      await broker.#listen();
    } catch (error) {
      await broker.close();
      throw error;
    }
    return broker;
  }

  private constructor(options: BrokerOptions) {
    const limits = { ...defaultLimits, ...options.limits };
    const { clock = systemClock, log } = options;
    this.#options = options;
    this.#limits = limits;
    this.#clock = clock;
    this.#rareLog = new RareLog(log, clock);
    this.#pool = new OutboxPool(limits.maxWaitingBytesInAll);
    this.#retained = new RetainedMessages(limits);
    this.#sessions = new Sessions(limits);
    this.#admission = new Admission({ ...options, limits, clock });
    const persistence = new Persistence(this.#sessions, this.#retained, (client) => this.#policy.visitor(client));
    this.#policy = new Policy({
      gateway: options.gateway,
      limits,
      admission: this.#admission,
      sessions: this.#sessions,
      persistence,
      inbox: new Inbox({ ackMs: limits.ackMs, receive: options.receive, clock }),
      watched: options.watched ?? new Set(),
      rareLog: this.#rareLog,
    });
    this.#aedes = new Aedes({
      ...this.#hooks(),
      persistence,
      connectTimeout: limits.connectMs,
      drainTimeout: 2000,
      maxInflightInbound: limits.maxUnreleased,
      maxTopicLevels,
    });
    this.#watch();
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) =>
      this.#connect(socket),
    );
    this.#server.maxConnections = 3 * limits.maxClients;
    this.#cancelUpkeep = clock.every(limits.upkeepMs, () => this.#upkeep());
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : this.#options.port;
  }

  get counters(): BrokerCounters {
    return {
      clients: this.#admission.count,
      cutOff: this.#cutOff,
      refused: this.#policy.refused,
      lost: this.#policy.lost,
      subscriptions: this.#admission.subscriptions,
      sessions: this.#sessions.count,
      retained: this.#retained.count,
      notRetained: this.#retained.refused,
      dropped: this.#dropped + this.#sessions.dropped,
      waitingBytes: this.#pool.bytes,
    };
  }

  /** Publishes a message of our own. Never waits. */
  publish(topic: string, payload: string | Buffer, { retain = false, qos = 0 }: PublishOptions = {}): void {
    if (this.#isClosed) return;
    if (this.#pending >= this.#limits.maxPending && !retain && qos === 0) {
      this.#dropped++;
      return;
    }
    this.#pending++;
    this.#aedes.publish({ cmd: 'publish', topic, payload, retain, qos, dup: false }, this.#onPublished);
  }

  /** Lets what was published reach the clients, then ends all connections; within two seconds. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelUpkeep();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const guard of this.#guards.values()) guard.stop();
    const until = this.#clock.mono() + drainMs;
    while ((this.#pending > 0 || this.#pool.bytes > 0) && this.#clock.mono() < until) await sleep(this.#clock, 5);
    const aedesClosed = new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    await Promise.race([aedesClosed, sleep(this.#clock, closeMs)]);
    for (const guard of this.#guards.values()) guard.end();
    await closed;
  }

  readonly #onPublished = (error?: Error | null): void => {
    this.#pending--;
    if (error) this.#options.log.error('publish failed', { reason: reasonOf(error) });
  };

  #listen(): Promise<void> {
    const { host, port, what = defaults.what, setting = defaults.setting, log } = this.#options;
    return new Promise((resolve, reject) => {
      let isListening = false;
      this.#server.on('error', (error: NodeJS.ErrnoException) => {
        if (isListening) {
          log.error('broker trouble', { reason: reasonOf(error) });
          return;
        }
        void listenError({ what, host, port, setting }, error).then(reject);
      });
      this.#server.listen(port, host, () => {
        isListening = true;
        const address = this.#server.address();
        if (typeof address === 'object' && address && !isLoopback(address.address))
          log.warn('MQTT is open to the network, and not encrypted', { address: address.address, port: address.port });
        resolve();
      });
    });
  }

  #connect(socket: Socket): void {
    const guard = new Guard(socket, {
      limits: this.#limits,
      clock: this.#clock,
      pool: this.#pool,
      onCut: (reason, why) => {
        this.#cutOff++;
        const { remoteAddress: address = '' } = socket;
        this.#rareLog.warn('client cut off', `${reason} ${address}`, { address, reason, why });
      },
    });
    this.#guards.set(socket, guard);
    socket.once('close', () => this.#guards.delete(socket));
    this.#admission.arrive(socket);
    this.#aedes.handle(socket);
  }

  #watch(): void {
    const { log } = this.#options;
    this.#aedes.on('clientError', (client, error) => {
      log.debug('client dropped', { client: client.id, reason: reasonOf(error) });
    });
    this.#aedes.on('connectionError', (_client, error) => {
      log.debug('connection dropped before it said who it is', { reason: reasonOf(error) });
    });
    (this.#aedes as NodeJS.EventEmitter).on('error', (error: Error) => {
      log.error('broker trouble', { reason: reasonOf(error) });
    });
    this.#aedes.on('clientReady', (client) => this.#policy.ready(client));
    this.#aedes.on('clientDisconnect', ({ id }) => this.#sessions.leave(id, this.#clock.mono()));
    this.#aedes.on('unsubscribe', (filters, client) => this.#policy.unsubscribe(client, filters));
  }

  #upkeep(): void {
    this.#sessions.expire(this.#clock.mono());
    this.#admission.recheck().catch((error: unknown) => {
      this.#options.log.warn('rights could not be checked again', { reason: reasonOf(error) });
    });
  }

  #hooks(): AedesOptions {
    const policy = this.#policy;
    return {
      preConnect: (client, { clientId, clean, protocolVersion }, done) => {
        if (clientId === '' && (!clean || protocolVersion === 3)) policy.refuseNameless(client);
        done(null, true);
      },
      authenticate: (client, name, password, done) => {
        const socket = client.conn as Socket;
        const caller = { client, socket, guard: this.#guards.get(socket), name, password };
        policy.admit(caller).then(
          () => done(null, true),
          (error: unknown) => done(error as AuthenticateError, false),
        );
      },
      // Also called with a client's will, when its connection ends without a good-bye.
      authorizePublish: (client, packet, done) => {
        const verdict = policy.publish(client, packet);
        if (verdict instanceof Promise)
          verdict.then(
            () => done(null),
            (error: unknown) => done(error as Error),
          );
        else done(verdict ?? null);
      },
      authorizeSubscribe: (client, subscription, done) =>
        done(null, policy.subscribe(client, subscription.topic) ? subscription : null),
      authorizeForward: (client, packet) => (policy.mayForward(client, packet.topic) ? packet : null),
    };
  }
}
