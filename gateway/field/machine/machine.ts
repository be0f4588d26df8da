import { execFile } from 'node:child_process';
import { readdir, readFile, statfs } from 'node:fs/promises';

/** The machine as probes look at it. What it does not have is `undefined`, or an empty list; nothing throws. */
export interface Machine {
  text(path: string): Promise<string | undefined>;
  names(directory: string): Promise<readonly string[]>;
  /** Free and all bytes of the disk that a directory is on. */
  disk(directory: string): Promise<{ readonly free: number; readonly total: number } | undefined>;
  /** What a program says. */
  run(command: string, ...args: readonly string[]): Promise<string | undefined>;
}

/** A tool that waits for its daemon is not waited for. */
const mostRunMs = 4000;

export const thisMachine: Machine = {
  text: (path) => readFile(path, 'utf8').catch(() => undefined),
  names: (directory) => readdir(directory).catch(() => []),
  disk: async (directory) => {
    const figures = await statfs(directory).catch(() => undefined);
    return figures && { free: figures.bavail * figures.bsize, total: figures.blocks * figures.bsize };
  },
  run: (command, ...args) =>
    new Promise((resolve) => {
      execFile(command, args, { timeout: mostRunMs, env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) => {
        resolve(error ? undefined : stdout);
      });
    }),
};
