import { open as openFile, mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** An open file. `write` may write less than asked, as POSIX allows; `sync` returns when the data is on the medium. */
export interface OpenFile {
  read(position: number, length: number): Promise<Uint8Array>;
  write(bytes: Uint8Array, position: number): Promise<number>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The file system as the journal uses it, so that a test can cut the power after any operation.
 *
 * Contract: what `sync` returned for survives a power cut, byte for byte; everything else may survive, vanish or tear.
 * A name that was created, renamed or removed is durable only after `syncDir` of its directory. Errors are Node's, with
 * `code` (`ENOENT`, `ENOSPC`, `EIO` …).
 */
export interface Files {
  /** Names in a directory, unordered. */
  list(directory: string): Promise<readonly string[]>;
  makeDir(directory: string): Promise<void>;
  openRead(path: string): Promise<OpenFile>;
  /** A new, empty file; an existing one is emptied. */
  create(path: string): Promise<OpenFile>;
  size(path: string): Promise<number>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or an empty directory. */
  remove(path: string): Promise<void>;
  syncDir(directory: string): Promise<void>;
  /** Bytes that this user may still write on the file system of `path`. */
  free(path: string): Promise<number>;
}

async function handle(path: string, flags: string): Promise<OpenFile> {
  const file = await openFile(path, flags, 0o640);
  return {
    read: async (position, length) => {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(buffer, 0, length, position);
      return buffer.subarray(0, bytesRead);
    },
    write: async (bytes, position) => (await file.write(bytes, 0, bytes.length, position)).bytesWritten,
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

export const systemFiles: Files = {
  list: (directory) => readdir(directory),
  makeDir: async (directory) => {
    await mkdir(directory, { recursive: true, mode: 0o750 });
  },
  openRead: (path) => handle(path, 'r'),
  create: (path) => handle(path, 'w+'),
  size: async (path) => (await stat(path)).size,
  rename: (from, to) => rename(from, to),
  remove: async (path) => {
    await rm(path, { recursive: false, force: false }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_FS_EISDIR') throw error;
      const { rmdir } = await import('node:fs/promises');
      await rmdir(path);
    });
  },
  syncDir: async (directory) => {
    const file = await openFile(directory, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  },
  free: async (path) => {
    const { bavail, bsize } = await statfs(await existing(path));
    return bavail * bsize;
  },
};

/** The path itself or its nearest ancestor that exists. */
async function existing(path: string): Promise<string> {
  return (await stat(path).catch(() => undefined)) ? path : existing(dirname(path));
}

/** The error code of a failed file operation, or `undefined`. */
export function fileErrorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}
