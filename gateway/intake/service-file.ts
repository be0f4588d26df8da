import { join } from 'node:path';
import type { Files } from '../platform/files.ts';
import { compileTest } from '../platform/validate.ts';
import { longestServiceMs, type KeptService } from './maintenance.ts';

const time = { type: 'integer', minimum: 0 };
const text = { type: 'string' };
const isSound = compileTest({
  type: 'array',
  items: {
    type: 'object',
    required: ['device', 'since', 'until'],
    properties: { device: text, since: time, until: time, by: text },
  },
});

/** Bytes; a thousand devices in service have room in it. */
const mostBytes = 1024 * 1024;

/**
 * The devices in service, kept over restarts beside the journal. Written anew each time, in one step that survives a
 * power cut.
 */
export class ServiceFile {
  readonly #files: Files;
  readonly #directory: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(files: Files, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** Nothing where there is no file. @throws Error when it cannot be read. */
  async read(): Promise<readonly KeptService[]> {
    const path = join(this.#directory, name);
    if (!(await this.#files.list(this.#directory)).includes(name)) return [];
    const file = await this.#files.openRead(path);
    try {
      const bytes = await file.read(0, Math.min(mostBytes, await this.#files.size(path)));
      const content: unknown = JSON.parse(Buffer.from(bytes).toString());
      if (!isSound(content)) throw new Error('it is no list of services');
      const services = content as readonly KeptService[]; // it follows the schema
      return services.filter(({ since, until }) => until - since <= longestServiceMs);
    } finally {
      await file.close();
    }
  }

  /** Resolves when it is on the medium; one after the other. */
  write(services: readonly KeptService[]): Promise<void> {
    const next = this.#writing.catch(() => {}).then(() => this.#writeNow(services)); // whoever wrote before was told
    this.#writing = next;
    return next;
  }

  async #writeNow(services: readonly KeptService[]): Promise<void> {
    const path = join(this.#directory, name);
    const bytes = Buffer.from(`${JSON.stringify(services)}\n`);
    const file = await this.#files.create(`${path}.tmp`);
    try {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at), at);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#files.rename(`${path}.tmp`, path);
    await this.#files.syncDir(this.#directory);
  }
}

const name = 'service.json';
