import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './wait.ts';

/** A virtual serial port with a device at its end: socat joins a pty to a socket of ours. Killing socat pulls the cable. */
export class VirtualPort {
  readonly path: string;
  readonly got: number[] = [];
  /** Told of everything that the device gets. */
  onHeard: (bytes: Uint8Array) => void = () => {};
  readonly #directory: string;
  readonly #server: Server;
  #socket: Socket | undefined;
  #socat: ChildProcess | undefined;

  static async create(): Promise<VirtualPort> {
    const directory = await mkdtemp(join(tmpdir(), 'lamppost-pty-'));
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new VirtualPort(directory, server);
  }

  private constructor(directory: string, server: Server) {
    this.path = join(directory, 'tty');
    this.#directory = directory;
    this.#server = server;
    server.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('data', (bytes: Buffer) => {
        this.got.push(...bytes);
        this.onHeard(bytes);
      });
      socket.on('error', () => {
        // socat was killed; the close event follows.
      });
    });
  }

  get isPlugged(): boolean {
    return this.#socat !== undefined;
  }

  async plug(): Promise<void> {
    this.#socket = undefined;
    const { port } = this.#server.address() as AddressInfo;
    this.#socat = spawn('socat', [`PTY,raw,echo=0,link=${this.path}`, `TCP:127.0.0.1:${port},nodelay`], {
      stdio: 'ignore',
    });
    await until(() => existsSync(this.path) && this.#socket !== undefined);
  }

  /** Pulls the cable: the port is gone with everything on its way. */
  async unplug(): Promise<void> {
    const socat = this.#socat;
    this.#socat = undefined;
    if (!socat) return;
    const gone = new Promise((resolve) => socat.once('exit', resolve));
    socat.kill('SIGKILL');
    await gone;
    await rm(this.path, { force: true });
  }

  send(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  async close(): Promise<void> {
    await this.unplug();
    this.#socket?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true, force: true });
  }
}
