import { setImmediate as nextTurn } from 'node:timers/promises';
import { isOurs } from '../model/topic.ts';
import { filterMatches, hasWildcard } from './filter.ts';
import type { BrokerLimits } from './limits.ts';

/** A message as the broker keeps it. */
export interface RetainedPacket {
  readonly cmd: 'publish';
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos: 0 | 1 | 2;
}

/** After so many topics a search lets others run. */
const searchStep = 500;

/**
 * The last retained message of each topic. Those of other programs are bounded in number and bytes: what does not fit
 * is delivered but not kept, and an older one of its topic goes, for it is no longer true. Ours come from the
 * configuration, and always fit.
 */
export class RetainedMessages {
  /** Others' messages that were not retained for want of room. */
  refused = 0;
  readonly #limits: Pick<BrokerLimits, 'maxRetained' | 'maxRetainedBytes'>;
  readonly #byTopic = new Map<string, RetainedPacket>();
  #foreign = 0;
  #foreignBytes = 0;

  constructor(limits: Pick<BrokerLimits, 'maxRetained' | 'maxRetainedBytes'>) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#byTopic.size;
  }

  /** Bytes of others' messages. */
  get foreignBytes(): number {
    return this.#foreignBytes;
  }

  /** An empty payload removes the message of its topic (MQTT-3.3.1-10). */
  store({ topic, payload, qos }: RetainedPacket): void {
    this.#forget(topic);
    const bytes = Buffer.byteLength(payload);
    if (bytes === 0) return;
    const isOwn = isOurs(topic);
    if (!isOwn && !this.#makeRoom(sizeOf(topic, bytes))) return;
    this.#byTopic.set(topic, { cmd: 'publish', topic, payload: isOwn ? payload : copyOf(payload, bytes), qos });
  }

  #makeRoom(size: number): boolean {
    const { maxRetained, maxRetainedBytes } = this.#limits;
    if (this.#foreign >= maxRetained || this.#foreignBytes + size > maxRetainedBytes) {
      this.refused++;
      return false;
    }
    this.#foreign++;
    this.#foreignBytes += size;
    return true;
  }

  /** The messages that belong to filters, filter by filter. */
  async *find(filters: readonly string[]): AsyncGenerator<RetainedPacket> {
    let looked = 0;
    for (const filter of filters) {
      if (!hasWildcard(filter)) {
        const packet = this.#byTopic.get(filter);
        if (packet) yield packet;
        continue;
      }
      for (const packet of this.#byTopic.values()) {
        if (++looked % searchStep === 0) await nextTurn();
        if (filterMatches(filter, packet.topic)) yield packet;
      }
    }
  }

  #forget(topic: string): void {
    const packet = this.#byTopic.get(topic);
    if (!packet) return;
    this.#byTopic.delete(topic);
    if (isOurs(topic)) return;
    this.#foreign--;
    this.#foreignBytes -= sizeOf(topic, Buffer.byteLength(packet.payload));
  }
}

function sizeOf(topic: string, payloadBytes: number): number {
  return Buffer.byteLength(topic) + payloadBytes;
}

/** A payload that came in is a piece of all that its sender sent at the time, which must not be kept for its sake. */
function copyOf(payload: Buffer | string, bytes: number): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes);
  own.set(typeof payload === 'string' ? Buffer.from(payload) : payload);
  return own;
}
