import { spawn, type ChildProcess } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { rootPath } from '../platform/root.ts';
import { until } from './wait.ts';

/** One `lamppost …` on a terminal of its own, with somebody at the keys. */
export class Terminal {
  readonly ended: Promise<number | null>;
  readonly #socat: ChildProcess;
  #shown = '';
  #all = '';

  constructor(args: readonly string[], { cwd, lang = 'C.UTF-8' }: { readonly cwd: string; readonly lang?: string }) {
    const line = `stty cols 100 rows 50; exec ${process.execPath} ${rootPath('gateway/lamppost.js')} ${args.join(' ')}`;
    const { PATH = '' } = process.env;
    this.#socat = spawn('socat', ['-', `SYSTEM:"${line}",pty,setsid,ctty,stderr`], {
      cwd,
      env: { PATH, LANG: lang, TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#socat.stdout?.on('data', (chunk: Buffer) => {
      const text = stripVTControlCharacters(chunk.toString());
      this.#shown = (this.#shown + text).slice(-40_000);
      this.#all += text;
    });
    this.ended = new Promise((resolve) => this.#socat.once('exit', resolve));
  }

  /** Everything that was shown since the last `press`. */
  get shown(): string {
    return this.#shown;
  }

  /** Everything that was shown since the start. */
  get all(): string {
    return this.#all;
  }

  /** Waits until the words have come since the last `press`. */
  sees(words: string, withinMs?: number): Promise<void> {
    return until(() => this.#shown.includes(words), withinMs).catch((error: unknown) => {
      throw new Error(`not on the terminal: ${words}\n${this.#shown}`, { cause: error });
    });
  }

  press(keys: string): void {
    this.#shown = '';
    this.#socat.stdin?.write(keys);
  }

  stop(): void {
    this.#socat.kill();
  }
}

export const keys = { enter: '\r', down: '\u001B[B', escape: '\u001B', leave: '\u0003', clear: '\u0015' } as const;
