import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Player, type Script } from '../../hardware/simulator/player.ts';

const frameEveryMs = 300;

/** A device that plays a script behind a TCP port, as behind a serial-to-Ethernet box, and whose cable can be pulled. */
export class SimulatedDevice implements AsyncDisposable {
  readonly #player: Player;
  readonly #sockets = new Set<Socket>();
  readonly #talk: NodeJS.Timeout;
  #server: Server | undefined;
  #port = 0;

  static async of(script: Script): Promise<SimulatedDevice> {
    const device = new SimulatedDevice(script);
    await device.plug();
    return device;
  }

  private constructor(script: Script) {
    this.#player = new Player(script);
    this.#talk = setInterval(() => this.#say(this.#player.say()), frameEveryMs);
  }

  get port(): number {
    return this.#port;
  }

  async plug(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('data', (bytes) => this.#player.hear(bytes).forEach((answer) => this.#say(answer)));
      socket.on('error', () => {
        // The close event follows.
      });
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  unplug(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #say(bytes: Uint8Array | undefined): void {
    if (bytes) for (const socket of this.#sockets) socket.write(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#talk);
    this.unplug();
  }
}
