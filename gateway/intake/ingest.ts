import { reasonOf } from '../model/errors.ts';
import type { Sample } from '../model/reading.ts';
import type { Attachments } from './door.ts';

/** A message on an ingest topic. */
export interface IngestMessage {
  readonly device: string;
  readonly payload: Buffer;
  readonly client: string;
  readonly packetId: number | undefined;
  readonly isRepeat: boolean;
  readonly qos: 0 | 1 | 2;
}

/** What one entry of a message says; its values stand or fall together. */
export interface IngestItem {
  readonly ref?: string;
  /** Unix milliseconds. */
  readonly at?: number;
  readonly values: readonly Omit<Sample, 'device' | 'time'>[];
}

export type ParseMessage = (
  device: string,
  content: unknown,
) => { readonly ok: true; readonly items: readonly IngestItem[] } | { readonly ok: false; readonly why: string };

export interface IngestOptions {
  readonly parse: ParseMessage;
  readonly accept: (samples: readonly Sample[], attachments: Attachments, onKept: (kept: boolean) => void) => void;
  readonly hasSeen: (key: { readonly device: string; readonly key: string }) => boolean;
  readonly whenRoom: () => Promise<void>;
  readonly quarantine: (device: string, payload: Buffer, why: string, ref: string | undefined) => Promise<void>;
  /** A 64-bit digest of a text. */
  readonly digest: (text: string) => string;
  /** Monotonic milliseconds. */
  readonly mono: () => number;
}

/**
 * Takes what outside publishers write to our ingest topics. Resolves when the message is kept, or in quarantine; a
 * repeat is kept once, and resolves when the first one is kept.
 */
export class Ingest {
  readonly #options: IngestOptions;
  /** Keys of messages that were accepted and are not durable yet, with those who wait for them. */
  readonly #coming = new Map<string, Promise<void>>();

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  async take(message: IngestMessage): Promise<void> {
    const { parse, quarantine, whenRoom } = this.#options;
    let content: unknown;
    try {
      content = JSON.parse(message.payload.toString('utf8'));
    } catch (error) {
      await quarantine(message.device, message.payload, `not JSON: ${reasonOf(error)}`, undefined);
      return;
    }
    const parsed = parse(message.device, content);
    if (!parsed.ok) {
      await quarantine(message.device, message.payload, parsed.why, refIn(content));
      return;
    }
    await whenRoom();
    await this.#keep(message, parsed.items);
  }

  /** Keeps what is new in a message, all of it together. */
  async #keep(message: IngestMessage, items: readonly IngestItem[]): Promise<void> {
    const { device } = message;
    const samples: Sample[] = [];
    const keys = new Set<string>();
    const waits: Promise<void>[] = [];
    for (const { key, isRepeatable, values } of items.flatMap((item) => this.#partsOf(message, item))) {
      const coming = key !== undefined && isRepeatable ? this.#coming.get(`${device} ${key}`) : undefined;
      const isKnown = key !== undefined && isRepeatable && (keys.has(key) || this.#options.hasSeen({ device, key }));
      if (coming) waits.push(coming);
      if (coming || isKnown) continue;
      if (key !== undefined) keys.add(key);
      samples.push(...values);
    }
    if (samples.length > 0) waits.push(this.#acceptNew(device, samples, [...keys]));
    await Promise.all(waits);
  }

  #acceptNew(device: string, samples: readonly Sample[], keys: readonly string[]): Promise<void> {
    const names = keys.map((key) => `${device} ${key}`);
    const kept = new Promise<void>((resolve, reject) => {
      this.#options.accept(samples, { keys: keys.map((key) => ({ device, key })) }, (isKept) => {
        for (const name of names) this.#coming.delete(name);
        if (isKept) resolve();
        else reject(new Error('the journal cannot keep it'));
      });
    });
    for (const name of names) this.#coming.set(name, kept);
    return kept;
  }

  /**
   * What tells a repeat from a new message: the sender's `ref`; without it the sender's time with the value, channel by
   * channel; with neither the packet itself, where the client says that it sends it again.
   */
  #partsOf(
    { device, client, packetId, payload, isRepeat }: IngestMessage,
    { ref, at, values }: IngestItem,
  ): readonly Part[] {
    const { digest, mono } = this.#options;
    const time = at === undefined ? { mono: mono() } : { sender: at };
    const samples = values.map((value): Sample => ({ device, ...value, time }));
    if (ref !== undefined) return [{ key: digest(`ref\0${ref}`), isRepeatable: true, values: samples }];
    if (at !== undefined) {
      return samples.map((sample) => ({
        key: digest(`at\0${sample.channel}\0${at}\0${JSON.stringify(sample.value)}`),
        isRepeatable: true,
        values: [sample],
      }));
    }
    if (packetId === undefined) return [{ key: undefined, isRepeatable: false, values: samples }];
    const key = digest(`packet\0${client}\0${packetId}\0${payload.toString('latin1')}`);
    return [{ key, isRepeatable: isRepeat, values: samples }];
  }
}

/** Samples that are one message to their sender. */
interface Part {
  /** Remembered when the samples are kept. */
  readonly key: string | undefined;
  /** Whether a known key means that this is a repeat; else a new message happens to look the same. */
  readonly isRepeatable: boolean;
  readonly values: readonly Sample[];
}

/** The sender's own name for a message that could not be accepted. */
function refIn(content: unknown): string | undefined {
  if (typeof content !== 'object' || content === null || !('ref' in content)) return undefined;
  return typeof content.ref === 'string' ? content.ref.slice(0, 64) : undefined;
}
