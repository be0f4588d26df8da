import type { Sample } from '../model/reading.ts';
import type { Attachments, Awaited } from './door.ts';

export interface PacketsOptions {
  readonly accept: (samples: readonly Sample[], attachments: Attachments, awaited: Awaited) => void;
  /** Whether a packet of this key is durable. */
  readonly hasSeen: (key: { readonly device: string; readonly key: string }) => boolean;
  readonly whenRoom: () => Promise<void>;
  /** A 64-bit digest of a text. */
  readonly digest: (text: string) => string;
}

/** Takes packets of devices that send them again until they are kept: a repeat is kept once. */
export class Packets {
  readonly #options: PacketsOptions;
  /** Packets that were accepted and are not durable yet: whether they will be. */
  readonly #coming = new Map<string, Promise<boolean>>();

  constructor(options: PacketsOptions) {
    this.#options = options;
  }

  /**
   * Resolves to whether the packet is kept, now or from before.
   *
   * @param mayRepeat - whether one with the same key is a repeat; else it is something new that looks the same.
   */
  async take(device: string, samples: readonly Sample[], key: string | undefined, mayRepeat = true): Promise<boolean> {
    const { whenRoom, hasSeen, digest } = this.#options;
    await whenRoom();
    if (key === undefined) return this.#accept(samples, {});
    const seen = { device, key: digest(`packet of\0${key}`) };
    if (mayRepeat && hasSeen(seen)) return true;
    const name = `${device} ${seen.key}`;
    const coming = this.#coming.get(name);
    if (mayRepeat && coming) return coming;
    const kept = this.#accept(samples, { keys: [seen] });
    this.#coming.set(name, kept);
    void kept.then(() => this.#coming.get(name) === kept && this.#coming.delete(name));
    return kept;
  }

  #accept(samples: readonly Sample[], attachments: Attachments): Promise<boolean> {
    return new Promise((resolve) => this.#options.accept(samples, attachments, { onKept: resolve, urgency: 'ack' }));
  }
}
