import { noRights } from '../broker/access.ts';
import { Broker, type BrokerOptions, type InboundMessage } from '../broker/broker.ts';
import { createLog, type LogEvent } from '../platform/log.ts';
import { RawClient, type ConnectFields } from './raw-mqtt.ts';

/** A user whom the broker of a bench lets in. */
export const pump = { name: 'pump', password: 'rain' } as const;
export const pumpRights = { ...noRights, read: ['pump'], ingest: ['pump'], topics: ['free/pump/#'] };

export const prefix = 'lamppost/1/lp';

/** A real broker on a port of its own, with clients that send raw bytes. Ends with `await using`. */
export class BrokerBench implements AsyncDisposable {
  readonly broker: Broker;
  readonly arrived: InboundMessage[];
  readonly events: LogEvent[];
  readonly #clients: RawClient[] = [];

  private constructor(broker: Broker, arrived: InboundMessage[], events: LogEvent[]) {
    this.broker = broker;
    this.arrived = arrived;
    this.events = events;
  }

  static async start(changes: Partial<BrokerOptions> = {}): Promise<BrokerBench> {
    const arrived: InboundMessage[] = [];
    const events: LogEvent[] = [];
    const { receive = async () => {}, ...others } = changes;
    const broker = await Broker.listen({
      gateway: 'lp',
      host: '127.0.0.1',
      port: 0,
      log: createLog((event) => events.push(event), Date.now, 'debug'),
      login: async (name, password) => (name === pump.name && password === pump.password ? pumpRights : undefined),
      receive: (message) => {
        arrived.push(message);
        return receive(message);
      },
      ...others,
    });
    return new BrokerBench(broker, arrived, events);
  }

  /** Somebody who has not said who it is. */
  dial(from?: string): RawClient {
    const client = new RawClient(this.broker.port, from === undefined ? {} : { from });
    this.#clients.push(client);
    return client;
  }

  /** A client that was let in. */
  async open(fields: ConnectFields = {}): Promise<RawClient> {
    const client = this.dial();
    const code = await client.connect({ clientId: `client-${this.#clients.length}`, ...fields });
    if (code !== 0) throw new Error(`CONNACK ${code}`);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    await this.broker.close();
  }
}

/** Topics of the messages that a client was sent. */
export const topicsOf = ({ received }: RawClient): readonly string[] =>
  received.filter(({ kind }) => kind === 'publish').map(({ topic }) => topic);
