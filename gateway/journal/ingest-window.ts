import type { IngestKey } from './entries.ts';

/** How many messages of one device are remembered. */
const rememberedPerDevice = 10_000;

/** Keys of the last accepted ingest messages of each device, oldest forgotten first. */
export class IngestWindow {
  readonly #devices = new Map<string, Set<string>>();

  has({ device, key }: IngestKey): boolean {
    return this.#devices.get(device)?.has(key) ?? false;
  }

  add({ device, key }: IngestKey): void {
    let keys = this.#devices.get(device);
    if (!keys) this.#devices.set(device, (keys = new Set()));
    keys.add(key);
    if (keys.size > rememberedPerDevice) for (const oldest of keys) return void keys.delete(oldest);
  }

  /** Per device all keys in one string, oldest first: each key has the same length. */
  pack(): readonly (readonly [device: string, keys: string])[] {
    return [...this.#devices].map(([device, keys]) => [device, [...keys].join('')] as const);
  }

  unpack(packed: readonly (readonly [device: string, keys: string])[]): void {
    for (const [device, keys] of packed) {
      for (let at = 0; at < keys.length; at += ingestKeyLength)
        this.add({ device, key: keys.slice(at, at + ingestKeyLength) });
    }
  }
}

/** Characters of a 64-bit digest in base64url. */
export const ingestKeyLength = 11;
