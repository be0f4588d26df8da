import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a local port that can be cut: then connections end and new ones are refused. */
export class CuttableLink {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isUp = true;

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ noDelay: true }, (near) => this.#connect(near));
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  set(isUp: boolean): void {
    this.#isUp = isUp;
    if (!isUp) for (const socket of this.#sockets) socket.destroy();
  }

  #connect(near: Socket): void {
    if (!this.#isUp) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: this.#target, noDelay: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => {
        // The close event follows.
      });
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
