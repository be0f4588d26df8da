import { dirname, join } from 'node:path';
import { fileErrorCode, type Files, type OpenFile } from '../platform/files.ts';
import type { QuarantineEntry } from './quarantine.ts';

const ringBytes = 16 * 1024 * 1024;
/** The ring turns by files of this part of it. */
const partsOfRing = 16;
/** More than this does not wait for the disk. */
const mostWaitingBytes = 1024 * 1024;

interface RingFile {
  readonly number: number;
  size: number;
}

/**
 * The ring of quarantined messages: lines of JSON in numbered files, the newest 16 MiB of them. It lies apart from the
 * journal, so that nobody can fill that with rubbish, and never goes upstream. Nothing is read before the first message
 * comes.
 */
export class QuarantineRing {
  readonly #files: Files;
  readonly #directory: string;
  readonly #ringBytes: number;
  readonly #fileBytes: number;
  /** Oldest first; `undefined` until they were looked for, and after a failure. */
  #ring: RingFile[] | undefined;
  /** The newest one, open for more. */
  #open: OpenFile | undefined;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;

  constructor(files: Files, directory: string, bytes = ringBytes) {
    this.#files = files;
    this.#directory = directory;
    this.#ringBytes = bytes;
    this.#fileBytes = Math.floor(bytes / partsOfRing);
  }

  /**
   * Resolves when the entry is durable.
   *
   * @throws Error when more comes in than the disk takes, or it takes nothing.
   */
  async add(entry: QuarantineEntry): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    const isTooMuch = line.length > this.#fileBytes || this.#waitingBytes + line.length > mostWaitingBytes;
    if (isTooMuch) throw new Error('too much for the quarantine');
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    // The write that runs now began without this line; the next one takes it.
    await this.#idle();
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    while (this.#writing) await this.#idle();
    await this.#open?.close();
    this.#open = undefined;
    this.#ring = undefined;
  }

  async #idle(): Promise<void> {
    await this.#writing?.catch(() => {
      // Its own lines' senders hear of it.
    });
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      for (const chunk of chunksOf(lines, this.#fileBytes)) await this.#append(chunk);
    } catch (error) {
      // Nothing more goes into a file whose write or sync failed: the next write makes a copy of what is sound in it.
      const failed = this.#open;
      this.#open = undefined;
      this.#ring = undefined;
      await failed?.close().catch(() => {});
      throw error;
    }
  }

  async #append(chunk: Buffer): Promise<void> {
    const ring = (this.#ring ??= await this.#findFiles());
    const newest = ring.at(-1);
    const hasRoom = newest && newest.size + chunk.length <= this.#fileBytes;
    if (hasRoom && this.#open) {
      await writeAll(this.#open, chunk, newest.size);
      await this.#open.sync();
      newest.size += chunk.length;
      return;
    }
    await this.#open?.close();
    this.#open = undefined;
    await this.#makeRoom(ring);
    const old = hasRoom ? await this.#soundPart(newest) : undefined;
    if (newest && old) await this.#continue(newest, Buffer.concat([old, chunk]));
    else await this.#begin(ring, (newest?.number ?? 0) + 1, chunk);
  }

  async #findFiles(): Promise<RingFile[]> {
    const ring: RingFile[] = [];
    for (const name of await this.#list()) {
      const path = join(this.#directory, name);
      const [, number] = /^(\d{1,12})\.ndjson$/.exec(name) ?? [];
      if (number !== undefined) ring.push({ number: Number(number), size: await this.#files.size(path) });
      else if (name.endsWith('.tmp')) await this.#files.remove(path);
    }
    return ring.sort((a, b) => a.number - b.number);
  }

  async #list(): Promise<readonly string[]> {
    try {
      return await this.#files.list(this.#directory);
    } catch (error) {
      if (fileErrorCode(error) !== 'ENOENT') throw error;
      await this.#files.makeDir(this.#directory);
      await this.#files.syncDir(dirname(this.#directory));
      return [];
    }
  }

  /** The oldest files go until one more fits. */
  async #makeRoom(ring: RingFile[]): Promise<void> {
    const used = (): number => ring.reduce((sum, { size }) => sum + size, 0);
    let isChanged = false;
    for (let oldest = ring[0]; oldest && used() + this.#fileBytes > this.#ringBytes; oldest = ring[0]) {
      await this.#files.remove(this.#path(oldest));
      ring.shift();
      isChanged = true;
    }
    if (isChanged) await this.#files.syncDir(this.#directory);
  }

  /** The sound lines of a file of an earlier life, or one that failed; nothing where it cannot be read any more. */
  async #soundPart(file: RingFile): Promise<Buffer | undefined> {
    try {
      const bytes = await readAll(this.#files, this.#path(file), file.size);
      const lines = bytes.toString('utf8').split('\n').filter(isEntry);
      return Buffer.from(lines.map((line) => `${line}\n`).join(''));
    } catch {
      // It stays as it is, and the ring goes on in the next one.
      return undefined;
    }
  }

  /** A copy with more in it takes a file's place. */
  async #continue(file: RingFile, content: Buffer): Promise<void> {
    const path = this.#path(file);
    this.#open = await this.#files.create(`${path}.tmp`);
    await writeAll(this.#open, content, 0);
    await this.#open.sync();
    await this.#files.rename(`${path}.tmp`, path);
    await this.#files.syncDir(this.#directory);
    file.size = content.length;
  }

  async #begin(ring: RingFile[], number: number, chunk: Buffer): Promise<void> {
    this.#open = await this.#files.create(this.#path({ number }));
    await writeAll(this.#open, chunk, 0);
    await this.#open.sync();
    await this.#files.syncDir(this.#directory);
    ring.push({ number, size: chunk.length });
  }

  #path({ number }: Pick<RingFile, 'number'>): string {
    return join(this.#directory, `${number}.ndjson`);
  }
}

/** A power cut leaves half lines and noise behind the last line that was promised. */
function isEntry(line: string): boolean {
  try {
    return line !== '' && typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

/** Lines in pieces of at most `most` bytes. */
function chunksOf(lines: readonly Buffer[], most: number): readonly Buffer[] {
  const chunks: Buffer[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    if (bytes + line.length > most) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(line);
    bytes += line.length;
  }
  return chunks.map((chunk) => Buffer.concat(chunk));
}

async function readAll(files: Files, path: string, size: number): Promise<Buffer> {
  const file = await files.openRead(path);
  try {
    const parts: Uint8Array[] = [];
    for (let done = 0; done < size;) {
      const part = await file.read(done, size - done);
      if (part.length === 0) break;
      parts.push(part);
      done += part.length;
    }
    return Buffer.concat(parts);
  } finally {
    await file.close();
  }
}

async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const written = await file.write(bytes.subarray(done), position + done);
    if (written <= 0) throw new Error('the file takes no more bytes');
    done += written;
  }
}
