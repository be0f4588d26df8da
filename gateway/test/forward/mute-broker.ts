import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** MQTT 5 packets (2.1.2): the first byte's upper half is the type. */
const types = { connect: 1, pingreq: 12 } as const;
const connack = Buffer.from([0x20, 3, 0, 0, 0]);
const pingresp = Buffer.from([0xd0, 0]);

/** A broker that lets everybody in, answers pings and never acks anything; made good, it hands new clients to a real one. */
export class MuteBroker implements AsyncDisposable {
  /** Connections that it took and left without an ack. */
  muted = 0;
  #isMute = true;
  readonly #sockets = new Set<Socket>();
  readonly #server;

  static async before(port: number): Promise<MuteBroker> {
    const broker = new MuteBroker(port);
    broker.#server.listen(0, '127.0.0.1');
    await once(broker.#server, 'listening');
    return broker;
  }

  private constructor(port: number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      this.#keep(client);
      if (this.#isMute) this.#letIn(client);
      else this.#pass(client, port);
    });
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  makeGood(): void {
    this.#isMute = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #letIn(client: Socket): void {
    this.muted++;
    client.on('data', (bytes: Buffer) => {
      // What it looks for comes in a segment of its own; the rest is not worth a parser.
      const type = (bytes[0] ?? 0) >> 4;
      if (type === types.connect) client.write(connack);
      else if (type === types.pingreq) client.write(pingresp);
    });
  }

  #pass(client: Socket, port: number): void {
    const real = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#keep(real);
    client.pipe(real).pipe(client);
    client.once('close', () => real.destroy());
    real.once('close', () => client.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}); // the close event follows
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
