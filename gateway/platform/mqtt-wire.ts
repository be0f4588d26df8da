import mqtt, { type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from 'mqtt';
import { reasonOf } from '../model/errors.ts';
import { WireError, type Ack, type Dial, type WireMessage, type WireOptions, type WireSession } from './wire.ts';

const connectTimeoutMs = 20_000;
const endTimeoutMs = 2000;
const keepaliveSeconds = 30;

/** MQTT 5 Receive Maximum and maximum packet size where the server states none (3.2.2.3.3, 3.2.2.3.6); 3.1.1 has neither. */
const unstated = { receiveMaximum: 65_535, maximumPacketSize: 268_435_455 } as const;

/** Bytes of a PUBLISH besides topic and payload, at most: type, length, topic length, packet id, properties (3.3). */
const publishHeaderBytes = 10;

/** CONNACK codes that mean "another protocol version": 1 in MQTT 3.1.1 (3.2.2.3), 0x84 in MQTT 5 (3.2.2.2). */
const versionCodes: readonly number[] = [1, 0x84];
/** CONNACK codes that pass by themselves: server unavailable, busy, shutting down, too many connections at a time. */
const passingCodes: readonly number[] = [3, 0x88, 0x89, 0x8b, 0x9f];

/** PUBACK reason codes of MQTT 5 (3.4.2.1) that speak of the message itself; all others speak of our rights. */
const refusals: Readonly<Record<number, 'size' | 'content'>> = { 0x95: 'size', 0x99: 'content' };

/** DISCONNECT reason codes of MQTT 5 (3.14.2.1) after which coming back at once is of no use. */
const refusingCodes: Readonly<Record<number, string>> = {
  0x87: 'not authorized',
  0x8a: 'banned',
  0x8c: 'bad authentication method',
  0x8e: 'another client has our client id',
  0x97: 'quota exceeded',
  0x98: 'administrative action',
  0x9c: 'use another server',
  0x9d: 'server moved',
};

/**
 * MQTT.js as a wire and nothing more: one client per connection, no reconnecting, no store that outlives it, no queue
 * for times without a connection.
 */
export const dialMqtt: Dial = async (options, signal) => {
  const session = new MqttSession(openClient(options));
  const giveUp = (): void => session.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    await session.opened;
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
};

function openClient({ url, sessionSeconds, will, ...options }: WireOptions): MqttClient {
  const { clientId, protocol, username, password, ca, cert, key } = options;
  const settings: IClientOptions = {
    clientId,
    protocolVersion: protocol,
    clean: sessionSeconds === undefined,
    reconnectPeriod: 0,
    connectTimeout: connectTimeoutMs,
    queueQoSZero: false,
    resubscribe: false,
    keepalive: keepaliveSeconds,
    ...(sessionSeconds === undefined || protocol === 4
      ? {}
      : { properties: { sessionExpiryInterval: sessionSeconds } }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(will ? { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } } : {}),
  };
  try {
    return mqtt.connect(url, settings);
  } catch (error) {
    throw new WireError('refused', reasonOf(error), { cause: error });
  }
}

function connackError(error: unknown): WireError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'number' || passingCodes.includes(code)) {
    return new WireError('unreachable', reasonOf(error), { cause: error });
  }
  return new WireError(versionCodes.includes(code) ? 'version' : 'refused', reasonOf(error), { cause: error });
}

interface Subscription {
  readonly filter: string;
  readonly listener: (message: WireMessage) => void | Promise<void>;
}

/** MQTT.js forgets nothing that we do not take from it: every listener is there before the first byte is. */
class MqttSession implements WireSession {
  readonly opened: Promise<void>;
  readonly ended: Promise<string>;
  readonly #client: MqttClient;
  readonly #subscriptions: Subscription[] = [];
  #limits: Required<Pick<NonNullable<IConnackPacket['properties']>, 'receiveMaximum' | 'maximumPacketSize'>> = unstated;
  #canRetain = true;
  #refusal: string | undefined;
  /** Resolved by the first subscription: what a kept session brings before that has to wait. */
  #isListening = Promise.withResolvers<void>();

  constructor(client: MqttClient) {
    this.#client = client;
    client.handleMessage = (packet, done) => {
      // What a listener could not deal with is not acked; the broker will bring it again.
      this.#take(packet).then(
        () => done(),
        () => this.destroy(),
      );
    };
    let why = 'the connection was closed';
    this.opened = new Promise((resolve, reject) => {
      client.once('connect', (connack) => {
        this.#learn(connack);
        resolve();
      });
      client.on('error', (error) => {
        why = reasonOf(error);
        reject(connackError(error));
        this.destroy();
      });
      client.on('close', () => reject(new WireError('unreachable', 'the broker closed the connection')));
    });
    this.ended = new Promise((resolve) => {
      client.on('disconnect', ({ reasonCode = 0 }) => {
        this.#refusal = refusingCodes[reasonCode];
        why = `the broker said good-bye: ${this.#refusal ?? `reason code ${reasonCode}`}`;
      });
      client.on('close', () => resolve(why));
    });
  }

  get receiveMaximum(): number {
    return this.#limits.receiveMaximum;
  }

  get maxPacketBytes(): number {
    return this.#limits.maximumPacketSize;
  }

  get refusal(): string | undefined {
    return this.#refusal;
  }

  publish(topic: string, payload: Buffer | string, retain = false): Promise<Ack> {
    const bytes = Buffer.byteLength(topic) + Buffer.byteLength(payload) + publishHeaderBytes;
    if (bytes > this.maxPacketBytes) {
      const why = `the broker takes no more than ${this.maxPacketBytes} bytes`;
      return Promise.resolve({ kind: 'refused', because: 'size', why });
    }
    return new Promise((resolve) => {
      this.#client.publish(topic, payload, { qos: 1, retain: retain && this.#canRetain }, (error) => {
        if (!error) {
          resolve({ kind: 'acked' });
          return;
        }
        // An error without a reason code is the connection's end; then nobody knows what became of the message.
        const code = 'code' in error ? error.code : undefined;
        if (typeof code !== 'number') return;
        resolve({ kind: 'refused', because: refusals[code] ?? 'denied', why: reasonOf(error) });
      });
    });
  }

  async subscribe(filter: string, listener: Subscription['listener']): Promise<void> {
    this.#subscriptions.push({ filter, listener });
    this.#isListening.resolve();
    try {
      await this.#client.subscribeAsync(filter, { qos: 1 });
    } catch (error) {
      const isAnswer = error instanceof Error && 'packet' in error && error.packet !== undefined;
      if (!isAnswer) throw new WireError('unreachable', reasonOf(error), { cause: error });
      throw new WireError('refused', `the broker does not allow to subscribe ${filter}`, { cause: error });
    }
  }

  end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const giveUp = setTimeout(() => this.destroy(), endTimeoutMs);
    giveUp.unref();
    this.#client.end(false, () => resolve());
    void this.ended.then(() => resolve());
    return promise.finally(() => clearTimeout(giveUp));
  }

  destroy(): void {
    this.#client.stream.destroy();
    this.#client.end(true);
  }

  #learn({ properties = {} }: IConnackPacket): void {
    const { receiveMaximum, maximumPacketSize, retainAvailable } = properties;
    this.#limits = {
      receiveMaximum: receiveMaximum ?? unstated.receiveMaximum,
      maximumPacketSize: maximumPacketSize ?? unstated.maximumPacketSize,
    };
    this.#canRetain = retainAvailable !== false;
  }

  async #take({ topic, payload, retain }: IPublishPacket): Promise<void> {
    await this.#isListening.promise;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const message: WireMessage = { topic, payload: bytes, isRetained: retain };
    for (const { filter, listener } of this.#subscriptions) if (matches(filter, topic)) await listener(message);
  }
}

/** Whether a topic is under a filter (MQTT 4.7). */
function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true;
    if (index >= levels.length || (want !== '+' && want !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}
