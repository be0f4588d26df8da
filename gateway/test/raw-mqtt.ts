import { connect, type Socket } from 'node:net';

/** MQTT 3.1.1 by hand, so that a test can send what no library would. Nothing here checks what it is given. */

export interface ConnectFields {
  readonly clientId?: string;
  readonly clean?: boolean;
  readonly keepAliveSeconds?: number;
  readonly name?: string;
  readonly password?: string;
  readonly will?: {
    readonly topic: string;
    readonly payload: string;
    readonly qos?: number;
    readonly retain?: boolean;
  };
  readonly protocol?: string;
  readonly level?: number;
  /** Changes these bits of the connect flags. */
  readonly flipFlags?: number;
}

export interface PublishFields {
  readonly topic: string | Buffer;
  readonly payload?: string | Buffer;
  readonly qos?: number;
  readonly id?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
}

const uint16 = (value: number): Buffer => Buffer.of((value >> 8) & 0xff, value & 0xff);

/** A string or bytes behind their length. */
export function field(content: string | Buffer): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([uint16(bytes.length), bytes]);
}

/** The bytes of a length (2.2.3). */
export function lengthBytes(length: number): Buffer {
  const bytes: number[] = [];
  for (let rest = length; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128))
    bytes.push((rest % 128) + (rest >= 128 ? 0x80 : 0));
  return Buffer.from(bytes);
}

export function packet(head: number, ...body: readonly Buffer[]): Buffer {
  const whole = Buffer.concat(body);
  return Buffer.concat([Buffer.of(head), lengthBytes(whole.length), whole]);
}

export function connectPacket(fields: ConnectFields = {}): Buffer {
  const { clientId = 'test', clean = true, keepAliveSeconds = 0, name, password, will } = fields;
  const { protocol = 'MQTT', level = 4, flipFlags = 0 } = fields;
  const flags =
    (name === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40) |
    (will ? 0x04 | ((will.qos ?? 0) << 3) | (will.retain ? 0x20 : 0) : 0) |
    (clean ? 0x02 : 0);
  return packet(
    0x10,
    field(protocol),
    Buffer.of(level, flags ^ flipFlags),
    uint16(keepAliveSeconds),
    field(clientId),
    ...(will ? [field(will.topic), field(will.payload)] : []),
    ...(name === undefined ? [] : [field(name)]),
    ...(password === undefined ? [] : [field(password)]),
  );
}

export function publishPacket({ topic, payload = '', qos = 0, id = 1, retain, dup }: PublishFields): Buffer {
  const head = 0x30 | (qos << 1) | (retain ? 1 : 0) | (dup ? 8 : 0);
  return packet(head, field(topic), ...(qos > 0 ? [uint16(id)] : []), Buffer.from(payload));
}

export function subscribePacket(id: number, filters: Readonly<Record<string, number>>): Buffer {
  const lists = Object.entries(filters).flatMap(([filter, qos]) => [field(filter), Buffer.of(qos)]);
  return packet(0x82, uint16(id), ...lists);
}

export function unsubscribePacket(id: number, ...filters: readonly string[]): Buffer {
  return packet(0xa2, uint16(id), ...filters.map(field));
}

export const pubackPacket = (id: number): Buffer => packet(0x40, uint16(id));
export const pubrecPacket = (id: number): Buffer => packet(0x50, uint16(id));
export const pubrelPacket = (id: number): Buffer => packet(0x62, uint16(id));
export const pubcompPacket = (id: number): Buffer => packet(0x70, uint16(id));
export const pingPacket = packet(0xc0);
export const disconnectPacket = packet(0xe0);

const kinds = {
  2: 'connack',
  3: 'publish',
  4: 'puback',
  5: 'pubrec',
  6: 'pubrel',
  7: 'pubcomp',
  9: 'suback',
  11: 'unsuback',
  13: 'pingresp',
} as const;

/** What a broker sends. */
export type Kind = (typeof kinds)[keyof typeof kinds];

export interface Received {
  readonly kind: Kind;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  /** Packet identifier; 0 where there is none. */
  readonly id: number;
  /** Return codes of CONNACK and SUBACK. */
  readonly codes: readonly number[];
}

function decode(head: number, body: Buffer): Received {
  const kind = kinds[(head >> 4) as keyof typeof kinds];
  if (!kind) throw new Error(`a broker sent a packet of type ${head >> 4}`);
  const common = { kind, qos: (head >> 1) & 3, retain: (head & 1) === 1, dup: (head & 8) === 8 };
  const none = { topic: '', payload: Buffer.alloc(0), id: 0, codes: [] };
  if (kind === 'connack') return { ...common, ...none, codes: [body[1] ?? -1] };
  if (kind !== 'publish')
    return { ...common, ...none, id: body.length > 1 ? body.readUInt16BE(0) : 0, codes: [...body.subarray(2)] };
  const end = 2 + body.readUInt16BE(0);
  const id = common.qos > 0 ? body.readUInt16BE(end) : 0;
  return {
    ...common,
    topic: body.toString('utf8', 2, end),
    payload: body.subarray(common.qos > 0 ? end + 2 : end),
    id,
    codes: [],
  };
}

/** Cuts what a broker sends into packets. */
export class PacketReader {
  #rest = Buffer.alloc(0);

  read(chunk: Buffer): readonly Received[] {
    let bytes = Buffer.concat([this.#rest, chunk]);
    const found: Received[] = [];
    for (;;) {
      let [at, length, factor] = [1, 0, 1];
      for (; at < bytes.length; factor *= 128) {
        const byte = bytes[at++] ?? 0;
        length += (byte & 0x7f) * factor;
        if (byte < 0x80) break;
      }
      const isTold = at > 1 && (bytes[at - 1] ?? 0) < 0x80;
      if (!isTold || at + length > bytes.length) break;
      found.push(decode(bytes[0] ?? 0, bytes.subarray(at, at + length)));
      bytes = bytes.subarray(at + length);
    }
    this.#rest = bytes;
    return found;
  }
}

const patienceMs = 10_000;

/** A client that says exactly what it is told to. */
export class RawClient {
  readonly socket: Socket;
  /** All packets, in order. */
  readonly received: Received[] = [];
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  readonly #reader = new PacketReader();
  readonly #unclaimed: Received[] = [];
  readonly #listeners = new Set<() => void>();
  #isClosed = false;

  constructor(port: number, { host = '127.0.0.1', from }: { readonly host?: string; readonly from?: string } = {}) {
    this.socket = connect({ port, host, noDelay: true, ...(from === undefined ? {} : { localAddress: from }) });
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: Buffer) => {
      const packets = this.#reader.read(chunk);
      this.received.push(...packets);
      this.#unclaimed.push(...packets);
      for (const listener of this.#listeners) listener();
    });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        this.#isClosed = true;
        for (const listener of this.#listeners) listener();
        resolve();
      });
    });
  }

  /** A client that was let in. */
  static async open(port: number, fields: ConnectFields = {}): Promise<RawClient> {
    const client = new RawClient(port);
    const code = await client.connect(fields);
    if (code !== 0) throw new Error(`CONNACK ${code}`);
    return client;
  }

  /** The return code of CONNACK; -1 when the connection ends without one. */
  async connect(fields: ConnectFields = {}): Promise<number> {
    this.send(connectPacket(fields));
    const connack = await this.take('connack').catch(() => undefined);
    return connack?.codes[0] ?? -1;
  }

  /** The granted QoS, 128 for a refusal. */
  async subscribe(filter: string, qos = 0): Promise<number> {
    this.send(subscribePacket(1, { [filter]: qos }));
    return (await this.take('suback')).codes[0] ?? -1;
  }

  send(...packets: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(packets));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The next packet of a kind that nobody has taken. Rejects when the connection ends first. */
  take(kind: Kind, waitMs = patienceMs): Promise<Received> {
    return new Promise((resolve, reject) => {
      const settle = (): boolean => {
        const at = this.#unclaimed.findIndex((one) => one.kind === kind);
        const [found] = at < 0 ? [] : this.#unclaimed.splice(at, 1);
        if (found) resolve(found);
        else if (this.#isClosed) reject(new Error(`the connection ended before ${kind} came`));
        return found !== undefined || this.#isClosed;
      };
      if (settle()) return;
      const listener = (): void => {
        if (settle()) stop();
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`no ${kind} within ${waitMs} ms`));
      }, waitMs);
      const stop = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
      };
      this.#listeners.add(listener);
    });
  }

  /** A round trip: what was sent before has been dealt with. */
  async ping(): Promise<void> {
    this.send(pingPacket);
    await this.take('pingresp');
  }

  /** Ends the connection without a good-bye, at once and without leaving the port in TIME_WAIT. */
  drop(): Promise<void> {
    this.socket.resetAndDestroy();
    return this.closed;
  }
}
