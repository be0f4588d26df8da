import { open, rename, type FileHandle } from 'node:fs/promises';

/** What could not be understood, and why. */
export interface QuarantineEntry {
  /** Unix milliseconds. */
  readonly at: number;
  readonly device: string;
  readonly why: string;
  /** The bytes, in hex, or as text where they are text. */
  readonly hex?: string;
  readonly text?: string;
  readonly ref?: string;
}

const ringBytes = 16 * 1024 * 1024;
/** More than this does not wait for the disk. */
const mostWaitingBytes = 1024 * 1024;
/** A message's bytes are kept so far. */
const keptBytes = 4096;

/** Puts bytes into an entry, as text where they are printable. */
export function quarantineEntry(
  {
    at,
    device,
    why,
    ref,
  }: { readonly at: number; readonly device: string; readonly why: string; readonly ref?: string | undefined },
  bytes: Uint8Array,
): QuarantineEntry {
  const kept = Buffer.from(bytes.subarray(0, keptBytes));
  const text = kept.toString('utf8');
  const isText = !/[\p{Cc}\ufffd]/u.test(text.replaceAll(/[\r\n\t]/g, ''));
  return {
    at,
    device,
    why,
    ...(isText ? { text } : { hex: kept.toString('hex') }),
    ...(ref === undefined ? {} : { ref }),
  };
}

/**
 * The ring of quarantined messages: lines of JSON in two files that take turns, the newest 16 MiB of them. It lies
 * apart from the journal, so that nobody can fill that with rubbish, and never goes upstream.
 */
export class QuarantineRing {
  readonly #path: string;
  readonly #bytes: number;
  #file: FileHandle | undefined;
  #size = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;

  constructor(path: string, bytes = ringBytes) {
    this.#path = path;
    this.#bytes = bytes;
  }

  /**
   * Resolves when the entry is durable.
   *
   * @throws Error when more comes in than the disk takes.
   */
  async add(entry: QuarantineEntry): Promise<void> {
    const line = `${JSON.stringify(entry)}\n`;
    if (this.#waitingBytes + line.length > mostWaitingBytes) throw new Error('too much for the quarantine');
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    // The write that runs now began without this line; the next one takes it.
    await this.#writing?.catch(() => {});
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.#writing?.catch(() => {});
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(): Promise<void> {
    const lines = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#file && this.#size + lines.length > this.#bytes / 2) {
      await this.#file.close();
      this.#file = undefined;
      await rename(this.#path, `${this.#path}.1`);
    }
    if (!this.#file) {
      this.#file = await open(this.#path, 'a', 0o640);
      this.#size = (await this.#file.stat()).size;
    }
    await this.#file.write(lines);
    await this.#file.datasync();
    this.#size += lines.length;
  }
}
