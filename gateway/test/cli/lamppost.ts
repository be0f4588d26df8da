import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dialMqtt } from '../../platform/mqtt-wire.ts';
import { rootPath } from '../../platform/root.ts';
import { freePort } from '../free-port.ts';

/** What a command line did. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One `lamppost …` as a process of its own, in a plain English environment. */
export class Lamppost {
  readonly ended: Promise<Ran>;
  readonly #child: ChildProcess;
  #out = '';
  #err = '';
  #look: () => void = () => {};

  constructor(args: readonly string[], { cwd, input, env = {} }: RunOptions) {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [rootPath('gateway/lamppost.js'), ...args], {
      cwd,
      env: { PATH, LANG: 'C', ...env },
      stdio: 'pipe',
    });
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => {
      this.#out += chunk.toString();
      this.#look();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#err += chunk.toString();
      this.#look();
    });
    child.stdin.on('error', () => {}); // a command that fails early does not read it
    child.stdin.end(input ?? '');
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => resolve({ code, out: this.#out, err: this.#err }));
    });
  }

  /** Resolves when the pattern has come out; rejects when the process ends before. */
  until(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (pattern.test(this.#out) || pattern.test(this.#err)) resolve();
      };
      this.#look();
      void this.ended.then(({ out, err }) => reject(new Error(`it ended before ${String(pattern)}: ${out}${err}`)));
    });
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ran> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** Runs a command to its end. */
export const lamppost = (args: readonly string[], options: RunOptions): Promise<Ran> =>
  new Lamppost(args, options).ended;

/** A directory of its own with a `lamppost.yaml`, and a free port for its broker. */
export class Site {
  readonly directory: string;
  readonly port: number;
  #gateway: Lamppost | undefined;

  /** @param config - the port of its broker goes in for `{port}`. */
  static async make(config: string): Promise<Site> {
    const directory = await mkdtemp(join(tmpdir(), 'lamppost-cli-'));
    const port = await freePort();
    await writeFile(join(directory, 'lamppost.yaml'), config.replaceAll('{port}', String(port)));
    return new Site(directory, port);
  }

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.port = port;
  }

  async start(): Promise<void> {
    this.#gateway = new Lamppost(['run'], { cwd: this.directory });
    await this.#gateway.until(/gateway runs/);
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop();
    this.#gateway = undefined;
  }

  /** Ends the gateway as a power cut would; its children notice by themselves. */
  async kill(): Promise<void> {
    await this.#gateway?.stop('SIGKILL');
    this.#gateway = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  run(args: readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> {
    return lamppost(args, { cwd: this.directory, ...options });
  }

  /** Publishes to a topic of the gateway `lp-test` and waits for the ack. */
  async publish(topic: string, content: unknown, login: { username?: string; password?: string } = {}): Promise<void> {
    const url = `mqtt://127.0.0.1:${this.port}`;
    const session = await dialMqtt({ url, clientId: 'test', protocol: 4, ...login }, AbortSignal.timeout(5000));
    await session.publish(`lamppost/1/lp-test/${topic}`, JSON.stringify(content));
    await session.end();
  }
}
