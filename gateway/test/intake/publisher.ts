import { Ingest, type IngestItem, type IngestMessage, type IngestOptions } from '../../intake/ingest.ts';
import type { Attachments, Awaited } from '../../intake/door.ts';
import type { Sample } from '../../model/reading.ts';
import { digest64 } from '../../platform/ids.ts';

/** One accepted group that waits for the disk. */
export interface Held extends Attachments {
  readonly samples: readonly Sample[];
  readonly awaited: Awaited;
}

/** An ingest in front of a store that keeps when it is told to. What a message says is its JSON: `{c: value, …}`. */
export class PublisherRig {
  readonly held: Held[] = [];
  readonly stored: Sample[] = [];
  readonly keys = new Set<string>();
  readonly quarantined: { readonly device: string; readonly why: string; readonly ref: string | undefined }[] = [];
  readonly ingest: Ingest;
  room = Promise.resolve();

  constructor(changes: Partial<IngestOptions> = {}) {
    this.ingest = new Ingest({
      parse: parseItems,
      accept: (samples, attachments, awaited) => this.held.push({ samples, ...attachments, awaited }),
      hasSeen: ({ device, key }) => this.keys.has(`${device} ${key}`),
      whenRoom: () => this.room,
      quarantine: async (device, _payload, why, ref) => void this.quarantined.push({ device, why, ref }),
      digest: digest64,
      mono: () => 1000,
      ...changes,
    });
  }

  /** Everything that waits is on the disk now, or never will be. */
  commit(kept = true): void {
    for (const { samples, keys = [], awaited } of this.held.splice(0)) {
      if (kept) {
        this.stored.push(...samples);
        for (const { device, key } of keys) this.keys.add(`${device} ${key}`);
      }
      awaited.onKept(kept);
    }
  }

  /** `channel=value` of what is stored. */
  get values(): string[] {
    return this.stored.map(({ channel, value }) => `${channel}=${value}`);
  }
}

/** A message as it comes from the broker. */
export function messageOf(content: unknown, changes: Partial<IngestMessage> = {}): IngestMessage {
  const payload = content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(JSON.stringify(content));
  return { device: 'pump-house', payload, client: 'plc', packetId: 1, isRepeat: false, qos: 1, ...changes };
}

/** Reads `{c: value, at?, ref?}` or an array of such; the real grammar is `field/normalise/message.ts`. */
export function parseItems(
  device: string,
  content: unknown,
): { readonly ok: true; readonly items: readonly IngestItem[] } | { readonly ok: false; readonly why: string } {
  if (device === 'nowhere') return { ok: false, why: 'no device of this name takes messages' };
  const items: IngestItem[] = [];
  for (const entry of [content].flat()) {
    if (typeof entry !== 'object' || entry === null) return { ok: false, why: `${JSON.stringify(entry)} is no object` };
    const { at, ref, ...values } = entry as Readonly<Record<string, number>> & { readonly ref?: string };
    items.push({
      ...(at === undefined ? {} : { at }),
      ...(ref === undefined ? {} : { ref }),
      values: Object.entries(values).map(([channel, value]) => ({ channel, value, quality: 'good' })),
    });
  }
  return { ok: true, items };
}
