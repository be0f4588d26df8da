import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BrokerLimits } from '../broker/limits.ts';
import type { Order, Report } from './broker-child.ts';

/** As little heap as a small board would give it, so that a leak ends it and lazy garbage does not count as one. */
const smallMachine = ['--max-old-space-size=96', '--max-semi-space-size=4'];

/** A broker in a process of its own: `guarded` is ours, `bare` is aedes alone, as a control. */
export class BrokerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /**
   * @param limits - those that differ; must be finite.
   * @param execArgv - V8 flags.
   */
  static async start(
    kind: 'guarded' | 'bare' = 'guarded',
    limits: Partial<BrokerLimits> = {},
    execArgv: readonly string[] = smallMachine,
  ): Promise<BrokerProcess> {
    const script = fileURLToPath(new URL('broker-child.ts', import.meta.url));
    const child = fork(script, [JSON.stringify({ kind, limits })], { execArgv: [...execArgv] });
    const [report] = (await once(child, 'message')) as [Report];
    return new BrokerProcess(child, report.port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  order(order: Order): void {
    this.#child.send(order);
  }

  async report(): Promise<Report> {
    const answer = once(this.#child, 'message');
    this.order({ kind: 'report' });
    const [report] = (await answer) as [Report];
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isAlive) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(timer);
  }
}
