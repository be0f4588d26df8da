import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A child process that talks over a channel. It ends by itself when the channel closes. */
export interface Child {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Resolves with what the child said last on its error output, or how it ended. */
  readonly ended: Promise<string>;
  kill(): void;
}

export type StartChild = (module: string) => Child;

/** V8 flags for processes that hold little: less memory for a little more work of the collector. */
const smallHeap = ['--max-semi-space-size=2', '--optimize-for-size'];
const keptErrorText = 2000;

/** Starts a module as a process of its own. Messages are structured clones: bytes and maps pass as they are. */
export const forkChild: StartChild = (module) => {
  const child: ChildProcess = fork(module, {
    serialization: 'advanced',
    execArgv: smallHeap,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errorText = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString()).slice(-keptErrorText);
  });
  child.on('error', (error) => {
    errorText ||= error.message;
  });
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      const last = errorText.split('\n').findLast((line) => /\b(Error|error)\b/.test(line));
      resolve(last?.trim() ?? (signal ? `ended by ${signal}` : `ended with code ${code ?? 0}`));
    });
  });
  return {
    ended,
    send: (message) => {
      if (child.connected) child.send(message as object, () => {});
    },
    onMessage: (listener) => void child.on('message', listener),
    kill: () => void child.kill('SIGKILL'),
  };
};

/** The file beside the calling module, whether the modules are TypeScript sources or what tsc made of them. */
export function siblingModule(url: string, name: string): string {
  return fileURLToPath(new URL(`${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url));
}
