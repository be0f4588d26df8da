import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** Settings of a broker that remembers its sessions when it is killed. */
export const withMemory: readonly string[] = [
  'persistence true',
  'persistence_location %DIR/',
  'autosave_on_changes true',
  'autosave_interval 1',
];

const isSetBy = (settings: readonly string[], line: string): boolean =>
  settings.some((setting) => setting.split(' ')[0] === line.split(' ')[0]);

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}

/** A city's broker: Debian's mosquitto on a free port of 127.0.0.1, with files of its own. */
export class Mosquitto {
  readonly port: number;
  readonly directory: string;
  #child: ChildProcess | undefined;

  /**
   * @param settings - lines of mosquitto.conf(5); `%DIR` stands for its directory. Anonymous unless they say otherwise.
   * @param prepare - writes further files that the settings name.
   */
  static async start(
    settings: readonly string[] = [],
    prepare: (files: Mosquitto) => Promise<void> = async () => {},
  ): Promise<Mosquitto> {
    const mosquitto = new Mosquitto(await freePort(), await mkdtemp(join(tmpdir(), 'lamppost-mosquitto-')));
    const isOpen = !settings.some((line) => line.startsWith('allow_anonymous'));
    const lines = [
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `listener ${mosquitto.port} 127.0.0.1`,
      ...(isOpen ? ['allow_anonymous true'] : []),
      // What it acks must have left for the subscriber: a kill then loses nothing that a test could miss.
      ...['max_inflight_messages 0', 'max_queued_messages 0'].filter((line) => !isSetBy(settings, line)),
      ...settings,
    ];
    await mosquitto.write('mosquitto.conf', lines.join('\n').replaceAll('%DIR', mosquitto.directory));
    await prepare(mosquitto);
    await mosquitto.launch();
    return mosquitto;
  }

  private constructor(port: number, directory: string) {
    this.port = port;
    this.directory = directory;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.directory, name), `${text}\n`, { mode: 0o600 });
  }

  /** Sets a user's password in the file `users`. */
  setPassword(user: string, password: string): void {
    const users = join(this.directory, 'users');
    const create = existsSync(users) ? [] : ['-c'];
    const { status, stderr } = spawnSync('mosquitto_passwd', [...create, '-b', users, user, password]);
    if (status !== 0) throw new Error(String(stderr));
  }

  /** Starts it, again on the same port and with the same files. */
  async launch(): Promise<void> {
    const child = spawn('mosquitto', ['-c', join(this.directory, 'mosquitto.conf')], { stdio: 'ignore' });
    this.#child = child;
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await canConnect(this.port)) return;
      if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
      await wait(25);
    }
    throw new Error('mosquitto does not answer');
  }

  /** Reads its files again. */
  reload(): void {
    this.#child?.kill('SIGHUP');
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
