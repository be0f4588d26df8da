import { ingestKeyLength, type IngestKey } from './entries.ts';

/** How many messages of one device are remembered. */
export const rememberedMessages = 10_000;
/**
 * Keys of all devices together, which share them fairly where they are short: they are in each segment's snapshot, and
 * a snapshot must stay far smaller than a segment. Twenty devices with messages of one key each get their full share.
 */
export const rememberedKeys = 200_000;

/** What is remembered of one device. */
interface Memory {
  /** Key → number of the latest message that it came with. */
  readonly numbers: Map<string, number>;
  /** Number → the message's keys, one behind the other. */
  readonly messages: Map<number, string>;
  oldest: number;
  next: number;
}

/** Keys of the last accepted ingest messages of each device, oldest forgotten first. */
export class IngestWindow {
  readonly #devices = new Map<string, Memory>();

  has({ device, key }: IngestKey): boolean {
    return this.#devices.get(device)?.numbers.has(key) ?? false;
  }

  /** @param keys - of one message, one behind the other. */
  add(device: string, keys: string): void {
    let memory = this.#devices.get(device);
    if (!memory) {
      memory = { numbers: new Map(), messages: new Map(), oldest: 0, next: 0 };
      this.#devices.set(device, memory);
    }
    const number = memory.next++;
    memory.messages.set(number, keys);
    for (const key of keysIn(keys)) memory.numbers.set(key, number);
    const share = rememberedKeys / this.#devices.size;
    const isOver = (): boolean => memory.messages.size > rememberedMessages || memory.numbers.size > share;
    while (memory.messages.size > 1 && isOver()) forgetOldest(memory);
  }

  /** Per device the messages, oldest first, with a space in between. */
  pack(): readonly (readonly [device: string, messages: string])[] {
    return [...this.#devices].map(([device, { messages }]) => [device, [...messages.values()].join(' ')] as const);
  }

  unpack(packed: readonly (readonly [device: string, messages: string])[]): void {
    for (const [device, messages] of packed) for (const keys of messages.split(' ')) this.add(device, keys);
  }
}

function* keysIn(keys: string): Generator<string> {
  for (let at = 0; at < keys.length; at += ingestKeyLength) yield keys.slice(at, at + ingestKeyLength);
}

/** A key that came again later stays. */
function forgetOldest(memory: Memory): void {
  const number = memory.oldest++;
  for (const key of keysIn(memory.messages.get(number) ?? '')) {
    if (memory.numbers.get(key) === number) memory.numbers.delete(key);
  }
  memory.messages.delete(number);
}
