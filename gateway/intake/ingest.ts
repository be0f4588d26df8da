import { reasonOf } from '../model/errors.ts';
import type { Sample } from '../model/reading.ts';
import type { Attachments, Awaited } from './door.ts';

/** A message on an ingest topic. */
export interface IngestMessage {
  readonly device: string;
  readonly payload: Buffer;
  readonly client: string;
  readonly packetId: number | undefined;
  /** The client says that it sends this again. */
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

type Read = { readonly ok: true; readonly items: readonly IngestItem[] } | { readonly ok: false; readonly why: string };

export interface IngestOptions {
  readonly parse: (device: string, content: unknown) => Read;
  readonly accept: (samples: readonly Sample[], attachments: Attachments, awaited: Awaited) => void;
  /** Whether a message of this key is durable. */
  readonly hasSeen: (key: { readonly device: string; readonly key: string }) => boolean;
  readonly whenRoom: () => Promise<void>;
  /** Resolves when the message is durable there. */
  readonly quarantine: (device: string, payload: Buffer, why: string, ref: string | undefined) => Promise<void>;
  /** A 64-bit digest of a text. */
  readonly digest: (text: string) => string;
  /** Monotonic milliseconds. */
  readonly mono: () => number;
}

/** Samples that are one message to their sender. */
interface Part {
  /** Tells a repeat; absent: only the packet itself can. */
  readonly key?: string;
  readonly samples: readonly Sample[];
}

const longestRef = 64;

/**
 * Takes what outside publishers write to our ingest topics. Resolves when the message is kept, or in quarantine; a
 * repeat is kept once, and resolves when the first one is kept. Nobody waits for a message of QoS 0.
 */
export class Ingest {
  readonly #options: IngestOptions;
  /** Keys of messages that were accepted and are not durable yet: whether they will be. */
  readonly #coming = new Map<string, Promise<boolean>>();
  /** Messages go in one after the other, as they came. */
  #line: Promise<void> = Promise.resolve();

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /** @throws Error when the journal or the quarantine cannot keep it. */
  async take(message: IngestMessage): Promise<void> {
    const { quarantine, whenRoom } = this.#options;
    const content = parseJson(message.payload);
    const read = content.ok ? this.#read(message.device, content.value) : content;
    if (!read.ok) {
      await quarantine(message.device, message.payload, read.why, content.ok ? refIn(content.value) : undefined);
      return;
    }
    this.#line = this.#line.then(whenRoom);
    await this.#line;
    const kept = this.#keep(message, read.items);
    if (message.qos > 0 && !(await kept)) throw new Error('the journal cannot keep it');
  }

  #read(device: string, content: unknown): Read {
    try {
      return this.#options.parse(device, content);
    } catch (error) {
      // Nesting deeper than the stack: a hostile message, and nothing else.
      return { ok: false, why: `it cannot be read: ${reasonOf(error)}` };
    }
  }

  /** Keeps what is new in a message, all of it together. Resolves to whether all of it is kept, old and new. */
  async #keep(message: IngestMessage, items: readonly IngestItem[]): Promise<boolean> {
    const { device } = message;
    const samples: Sample[] = [];
    const keys = new Set<string>();
    const waits: Promise<boolean>[] = [];
    const isOld = (key: string): boolean => {
      const coming = this.#coming.get(`${device} ${key}`);
      if (coming) waits.push(coming);
      return coming !== undefined || this.#options.hasSeen({ device, key });
    };
    const packet = this.#packetKey(message, items);
    const isOldPacket = packet !== undefined && message.isRepeat && isOld(packet);
    if (packet !== undefined) keys.add(packet);
    for (const part of items.flatMap((item) => this.#partsOf(device, item))) {
      const { key } = part;
      const isKnown = key === undefined ? isOldPacket : keys.has(key) || isOld(key);
      if (isKnown) continue;
      if (key !== undefined) keys.add(key);
      samples.push(...part.samples);
    }
    if (samples.length > 0) waits.push(this.#accept(message, samples, [...keys]));
    return (await Promise.all(waits)).every(Boolean);
  }

  #accept({ device, qos }: IngestMessage, samples: readonly Sample[], keys: readonly string[]): Promise<boolean> {
    const names = keys.map((key) => `${device} ${key}`);
    const urgency = qos === 0 ? 'routine' : 'ack';
    const attachments = { keys: keys.map((key) => ({ device, key })) };
    const kept = new Promise<boolean>((resolve) => {
      this.#options.accept(samples, attachments, { onKept: resolve, urgency });
    });
    for (const name of names) this.#coming.set(name, kept);
    void kept.then(() => {
      for (const name of names) if (this.#coming.get(name) === kept) this.#coming.delete(name);
    });
    return kept;
  }

  /** By the sender's `ref`; without it by the sender's time with the value, channel by channel; with neither not. */
  #partsOf(device: string, { ref, at, values }: IngestItem): readonly Part[] {
    const { digest, mono } = this.#options;
    const time = at === undefined ? { mono: mono() } : { sender: at };
    const samples = values.map((value): Sample => ({ device, ...value, time }));
    if (ref !== undefined) return [{ key: digest(`ref\0${ref}`), samples }];
    if (at === undefined) return [{ samples }];
    return samples.map((sample) => ({
      key: digest(`at\0${sample.channel}\0${at}\0${JSON.stringify(sample.value)}`),
      samples: [sample],
    }));
  }

  /** What has neither `ref` nor time is only known again where the client says that it sends the same packet again. */
  #packetKey({ client, packetId, payload }: IngestMessage, items: readonly IngestItem[]): string | undefined {
    if (packetId === undefined || !items.some(({ ref, at }) => ref === undefined && at === undefined)) return undefined;
    return this.#options.digest(`packet\0${client}\0${packetId}\0${payload.toString('latin1')}`);
  }
}

type Json = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(payload: Buffer): Json {
  try {
    return { ok: true, value: JSON.parse(utf8.decode(payload)) as unknown };
  } catch (error) {
    return { ok: false, why: `not JSON: ${reasonOf(error)}` };
  }
}

/** The sender's own name for a message that could not be accepted: of several in one message the first. */
function refIn(content: unknown): string | undefined {
  for (const entry of Array.isArray(content) ? (content as readonly unknown[]) : [content]) {
    if (typeof entry !== 'object' || entry === null || !('ref' in entry)) continue;
    if (typeof entry.ref === 'string') return entry.ref.slice(0, longestRef);
  }
  return undefined;
}
