import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { dialMqtt } from '../platform/mqtt-wire.ts';
import type { WireSession } from '../platform/wire.ts';

/** One message as it came. */
export interface Heard {
  readonly topic: string;
  readonly payload: Buffer;
  readonly isRetained: boolean;
  /** Monotonic milliseconds. */
  readonly mono: number;
}

let serial = 0;

/** Somebody who listens to a broker and forgets nothing. */
export class Watcher implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly #session: WireSession;

  /** Resolves when everything of the filter comes in; what is retained may still be on its way. */
  static async of(
    port: number,
    filter: string,
    login: { readonly username?: string; readonly password?: string } = {},
  ): Promise<Watcher> {
    const options = {
      url: `mqtt://127.0.0.1:${port}`,
      clientId: `watcher-${++serial}`,
      protocol: 4,
      ...login,
    } as const;
    const session = await dialMqtt(options, AbortSignal.timeout(5000));
    const watcher = new Watcher(session);
    await session.subscribe(filter, ({ topic, payload, isRetained }) => {
      watcher.heard.push({ topic, payload, isRetained, mono: performance.now() });
    });
    return watcher;
  }

  private constructor(session: WireSession) {
    this.#session = session;
  }

  on(topic: string): readonly Heard[] {
    return this.heard.filter((heard) => heard.topic === topic);
  }

  /** The first message of the topic that is meant, or the first one to come. */
  async next<T = Readonly<Record<string, unknown>>>(
    topic: string,
    isMeant: (content: T, heard: Heard) => boolean = () => true,
    withinMs = 10_000,
  ): Promise<T> {
    const end = performance.now() + withinMs;
    for (;;) {
      for (const heard of this.on(topic)) {
        if (heard.payload.length === 0) continue;
        const content = contentOf(heard) as T;
        if (isMeant(content, heard)) return content;
      }
      if (performance.now() > end) throw new Error(`${topic}: nothing such within ${withinMs} ms`);
      await wait(10);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.end();
  }
}

/** What a message says, however it is packed. */
export function contentOf({ topic, payload }: Heard): unknown {
  const bytes = topic.endsWith('/gzip')
    ? gunzipSync(payload)
    : topic.endsWith('/zstd')
      ? zstdDecompressSync(payload)
      : payload;
  return JSON.parse(bytes.toString());
}
