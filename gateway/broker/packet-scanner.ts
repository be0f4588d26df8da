import { checkPacket, packetTypes, type Trouble } from './packet-check.ts';

/** CONNECT is small: nobody is known yet. */
const maxConnectBytes = 8 * 1024;

/** A list of topic filters is worked off at a stroke. */
const maxFilterBytes = 64 * 1024;

/** At most so many packets are handed on in one turn, so that one client's flood is not everybody's pause. */
const mostAtOnce = 256;

const nothing = Buffer.alloc(0);

/** What a chunk of bytes brought. */
export interface Scanned {
  /** Whole and sound packets. */
  readonly packets: Buffer;
  /** What they cost their sender, in messages. */
  readonly cost: number;
  /** What was not looked at, because enough passed. */
  readonly rest: Buffer;
  readonly trouble?: Trouble;
}

/**
 * Cuts the bytes of one connection into packets before the broker sees them, and lets whole, sound packets pass. Of an
 * unfinished one it keeps what has come, in memory for about as much, whatever the packet claims to be.
 */
export class PacketScanner {
  readonly #maxPacketBytes: number;
  #hasConnected = false;
  /** The unfinished packet is the first `#filled` bytes. */
  #begun = nothing;
  #filled = 0;

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  /** @param allowance - packets pass until their cost reaches this; one always does. */
  scan(chunk: Buffer, allowance: number): Scanned {
    const begun = this.#filled > 0 ? this.#finish(chunk) : { used: 0, packet: nothing, cost: 0 };
    if (begun.trouble) return { packets: nothing, cost: 0, rest: nothing, trouble: begun.trouble };
    let { used, cost } = begun;
    let count = begun.packet.length > 0 ? 1 : 0;
    const result = (end: number, rest: Buffer): Scanned => {
      const whole = chunk.subarray(begun.used, end);
      const packets = count === 0 || begun.packet.length === 0 ? whole : Buffer.concat([begun.packet, whole]);
      return { packets, cost, rest };
    };
    while (used < chunk.length && (count === 0 || (cost < allowance && count < mostAtOnce))) {
      const verdict = this.#judge(chunk.subarray(used));
      if (verdict === undefined) {
        this.#keep(chunk.subarray(used));
        return result(used, nothing);
      }
      if ('why' in verdict) return { ...result(used, nothing), trouble: verdict };
      used += verdict.size;
      cost += verdict.cost;
      count++;
    }
    return result(used, chunk.subarray(used));
  }

  /** Adds to the unfinished packet what belongs to it. */
  #finish(chunk: Buffer): { used: number; packet: Buffer; cost: number; trouble?: Trouble } {
    let used = 0;
    let size = sizeOf(this.#begun, this.#filled);
    for (; size === undefined && used < chunk.length; size = sizeOf(this.#begun, this.#filled))
      this.#keep(chunk.subarray(used, ++used));
    const missing = chunk.subarray(used, used + Math.max(0, (size ?? 0) - this.#filled));
    this.#keep(missing);
    used += missing.length;
    const packet = this.#begun.subarray(0, this.#filled);
    const verdict = this.#judge(packet);
    if (verdict === undefined) return { used, packet: nothing, cost: 0 };
    if ('why' in verdict) return { used, packet: nothing, cost: 0, trouble: verdict };
    this.#begun = nothing;
    this.#filled = 0;
    return { used, packet, cost: verdict.cost };
  }

  #keep(bytes: Buffer): void {
    const filled = this.#filled + bytes.length;
    if (filled > this.#begun.length) {
      const larger = Buffer.allocUnsafe(Math.max(filled, 2 * this.#begun.length, 32));
      this.#begun.copy(larger, 0, 0, this.#filled);
      this.#begun = larger;
    }
    bytes.copy(this.#begun, this.#filled);
    this.#filled = filled;
  }

  /** The packet that `bytes` begin with: its size and cost, what is wrong with it, or `undefined` when it is unfinished. */
  #judge(bytes: Buffer): { readonly size: number; readonly cost: number } | Trouble | undefined {
    const size = sizeOf(bytes, bytes.length);
    if (size === undefined) return undefined;
    if (size === 0) return { why: 'malformed packet length' };
    const head = bytes[0] ?? 0;
    const wrong = this.#checkHeader(head >> 4, size);
    if (wrong !== undefined) return { why: wrong };
    if (bytes.length < size) return undefined;
    const verdict = checkPacket(head, bytes.subarray(bodyAt(bytes), size));
    if ('why' in verdict) return verdict;
    this.#hasConnected = true;
    return { size, cost: verdict.cost };
  }

  #checkHeader(type: number, size: number): string | undefined {
    if (size > this.#maxPacketBytes) return `packet of ${size} bytes is over the limit`;
    if (type !== packetTypes.connect && !this.#hasConnected) return 'first packet is not CONNECT';
    if (type === packetTypes.connect && this.#hasConnected) return 'second CONNECT';
    if (type === packetTypes.connect && size > maxConnectBytes) return 'CONNECT is too long';
    const isList = type === packetTypes.subscribe || type === packetTypes.unsubscribe;
    return isList && size > maxFilterBytes ? 'list of topic filters is too long' : undefined;
  }
}

/** Where the body begins: behind one to four length bytes (MQTT 3.1.1, 2.2.3). */
function bodyAt(packet: Buffer): number {
  let at = 1;
  while ((packet[at] ?? 0) >= 0x80) at++;
  return at + 1;
}

/** The size of a packet whose first `known` bytes are there; `undefined`: not told yet; 0: it has no end. */
function sizeOf(bytes: Buffer, known: number): number | undefined {
  let length = 0;
  for (let at = 1; at <= 4; at++) {
    if (at >= known) return undefined;
    const byte = bytes[at] ?? 0;
    length += (byte & 0x7f) * 128 ** (at - 1);
    if (byte < 0x80) return 1 + at + length;
  }
  return 0;
}
