import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootPath } from '../../platform/root.ts';
import { freePort } from '../free-port.ts';
import { VirtualPort } from '../pty.ts';
import { endChild } from './load.ts';

/** 1.953 m (DFRobot wiki, SEN0312). */
export const levelFrame = Uint8Array.of(0xff, 0x07, 0xa1, 0xa7);

export function build(): void {
  const built = spawnSync('npm', ['run', 'build'], { cwd: rootPath('.'), encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`npm run build failed: ${built.stdout}${built.stderr}`);
}

const configOf = (ports: readonly VirtualPort[], every: string, broker: number, web: number): string => {
  const devices = ports.map(
    ({ path }, index) =>
      `  - { id: level-${index}, profile: dfrobot/a02yyuw, every: ${every}, source: { serial: ${path} }, settings: { sensorHeight: 3200 mm, datum: road } }\n`,
  );
  return `gateway: { id: lp-bench }\nbroker: { port: ${broker} }\nweb: { port: ${web} }\ndevices:\n${devices.join('')}`;
};

/** A gateway from `dist/` with a level sensor on each of many virtual serial ports, which says what the bench sends. */
export class SerialSite implements AsyncDisposable {
  readonly ports: readonly VirtualPort[];
  readonly brokerPort: number;
  readonly #gateway: ChildProcess;
  readonly #directory: string;

  static async start(count: number, every: string): Promise<SerialSite> {
    const directory = await mkdtemp(join(tmpdir(), 'lamppost-serial-'));
    const ports = await Promise.all(Array.from({ length: count }, () => VirtualPort.create()));
    for (const port of ports) await port.plug();
    const brokerPort = await freePort();
    await writeFile(join(directory, 'lamppost.yaml'), configOf(ports, every, brokerPort, await freePort()));
    const gateway = spawn(rootPath('dist/gateway/lamppost.js'), ['run'], { cwd: directory, stdio: 'ignore' });
    return new SerialSite({ ports, brokerPort, gateway, directory });
  }

  private constructor({
    ports,
    brokerPort,
    gateway,
    directory,
  }: {
    readonly ports: readonly VirtualPort[];
    readonly brokerPort: number;
    readonly gateway: ChildProcess;
    readonly directory: string;
  }) {
    this.ports = ports;
    this.brokerPort = brokerPort;
    this.#gateway = gateway;
    this.#directory = directory;
  }

  get pid(): number {
    return this.#gateway.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#gateway, () => this.#gateway.kill('SIGTERM'));
    for (const port of this.ports) await port.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
