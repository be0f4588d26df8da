import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';

/** The end of a simulated cable: a local socket for one program at a time; who opens it last has it. */
export class SimulatedPort {
  readonly #path: string;
  readonly #onData: (bytes: Uint8Array) => void;
  #server: Server | undefined;
  #socket: Socket | undefined;

  constructor(path: string, onData: (bytes: Uint8Array) => void = () => {}) {
    this.#path = path;
    this.#onData = onData;
  }

  async plug(): Promise<void> {
    if (this.#server) return;
    await rm(this.#path, { force: true });
    const server = createServer((socket) => {
      this.#socket?.destroy();
      this.#socket = socket;
      socket.on('data', this.#onData);
      socket.on('error', () => {
        // The other side went away; the close event follows.
      });
      socket.on('close', () => {
        if (this.#socket === socket) this.#socket = undefined;
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#path, resolve));
  }

  unplug(): void {
    this.#server?.close();
    this.#server = undefined;
    this.#socket?.destroy();
  }

  send(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }
}
