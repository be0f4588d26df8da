import mqtt, { type IClientOptions, type IConnackPacket, type MqttClient } from 'mqtt';
import { reasonOf } from '../model/errors.ts';
import { WireError, type Ack, type Dial, type WireMessage, type WireSession } from './wire.ts';

const connectTimeoutMs = 20_000;
const endTimeoutMs = 2000;

/** MQTT 5 Receive Maximum and maximum packet size where the server states none (3.2.2.3.3, 3.2.2.3.6); 3.1.1 has neither. */
const unstated = { receiveMaximum: 65_535, maxPacketBytes: 268_435_455 } as const;

/** CONNACK codes that mean "another protocol version": 1 in MQTT 3.1.1 (3.2.2.3), 0x84 in MQTT 5 (3.2.2.2). */
const versionCodes: readonly number[] = [1, 0x84];

/** PUBACK reason codes of MQTT 5 (3.4.2.1) that speak of the message itself; all others speak of our rights. */
const refusals: Readonly<Record<number, 'size' | 'content'>> = { 0x95: 'size', 0x99: 'content' };

/**
 * MQTT.js as a wire and nothing more: one client per connection, no reconnecting, no store that outlives it, no queue
 * for times without a connection.
 */
export const dialMqtt: Dial = async (options, signal) => {
  const { url, clientId, protocol, username, password, ca, cert, key, will } = options;
  const settings: IClientOptions = {
    clientId,
    protocolVersion: protocol,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: connectTimeoutMs,
    queueQoSZero: false,
    resubscribe: false,
    keepalive: 30,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(will ? { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } } : {}),
  };
  const client = mqtt.connect(url, settings);
  const connack = await connected(client, signal);
  const { receiveMaximum, maximumPacketSize } = connack.properties ?? {};
  return new MqttSession(client, {
    receiveMaximum: receiveMaximum ?? unstated.receiveMaximum,
    maxPacketBytes: maximumPacketSize ?? unstated.maxPacketBytes,
  });
};

function connected(client: MqttClient, signal: AbortSignal): Promise<IConnackPacket> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      client.removeAllListeners();
      client.on('error', () => {});
      client.end(true);
      reject(wireError(error));
    };
    const abort = (): void => fail(new Error('given up'));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    client.once('connect', (connack) => {
      signal.removeEventListener('abort', abort);
      client.removeAllListeners();
      resolve(connack);
    });
    client.once('error', fail);
    client.once('close', () => fail(new Error('the broker closed the connection')));
  });
}

function wireError(error: unknown): WireError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'number') return new WireError('unreachable', reasonOf(error), { cause: error });
  return new WireError(versionCodes.includes(code) ? 'version' : 'refused', reasonOf(error), { cause: error });
}

class MqttSession implements WireSession {
  readonly receiveMaximum: number;
  readonly maxPacketBytes: number;
  readonly ended: Promise<string>;
  readonly #client: MqttClient;
  readonly #listeners: { readonly filter: string; readonly listener: (message: WireMessage) => void }[] = [];

  constructor(
    client: MqttClient,
    { receiveMaximum, maxPacketBytes }: { receiveMaximum: number; maxPacketBytes: number },
  ) {
    this.#client = client;
    this.receiveMaximum = receiveMaximum;
    this.maxPacketBytes = maxPacketBytes;
    this.ended = new Promise((resolve) => {
      let reason = 'the connection was closed';
      client.on('error', (error) => {
        reason = reasonOf(error);
      });
      client.on('disconnect', ({ reasonCode }) => {
        reason = `the broker said good-bye (reason code ${reasonCode ?? 0})`;
      });
      client.on('close', () => resolve(reason));
    });
    client.on('message', (topic, payload, { retain }) => {
      for (const { listener } of this.#listeners) listener({ topic, payload, isRetained: retain });
    });
  }

  publish(topic: string, payload: Buffer | string, retain = false): Promise<Ack> {
    return new Promise((resolve) => {
      this.#client.publish(topic, payload, { qos: 1, retain }, (error) => {
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

  async subscribe(filter: string, listener: (message: WireMessage) => void): Promise<void> {
    this.#listeners.push({ filter, listener });
    const grants = await this.#client.subscribeAsync(filter, { qos: 1 });
    if (grants.some(({ qos }) => qos >= 0x80))
      throw new WireError('refused', `the broker does not allow to subscribe ${filter}`);
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => {
        this.#client.end(true);
        resolve();
      }, endTimeoutMs);
      giveUp.unref();
      this.#client.end(false, () => {
        clearTimeout(giveUp);
        resolve();
      });
    });
  }

  destroy(): void {
    this.#client.stream.destroy();
    this.#client.end(true);
  }
}
