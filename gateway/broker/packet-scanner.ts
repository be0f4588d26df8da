import { isUtf8 } from 'node:buffer';

/** MQTT 3.1.1 control packet types (table 2.1). */
const packetTypes = { connect: 1, publish: 3, subscribe: 8, unsubscribe: 10, disconnect: 14 } as const;

/** Strings that a packet begins with are checked; of a longer one so many bytes are looked at. */
const mostStringBytes = 16 * 1024;

/** CONNECT before anything else, and small: nobody is known yet. */
const mostConnectBytes = 8 * 1024;

/**
 * Looks at the bytes of one connection before the broker does and says what may not pass: packets that claim more than
 * the limit, strings that are not UTF-8 or hold characters that other brokers disconnect for (MQTT 3.1.1, 1.5.3), a
 * first packet that is no CONNECT, QoS 3. It keeps at most the strings of one packet, whatever the packet claims.
 */
export class PacketScanner {
  /** PUBLISH packets seen so far. */
  publishes = 0;
  readonly #maxPacketBytes: number;
  #header: number[] = [];
  #body: Buffer[] = [];
  /** Bytes of the packet's body that are still to come. */
  #remaining = 0;
  /** Bytes of the body that must be seen before its strings can be checked; 0: nothing to check. */
  #wanted = 0;
  #seen = 0;
  #connected = false;

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  /** @returns why the connection must end, or `undefined` when all is well. */
  scan(chunk: Buffer): string | undefined {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#remaining === 0) {
        this.#header.push(chunk[offset++] ?? 0);
        const trouble = this.#scanHeader();
        if (trouble) return trouble;
      } else {
        const part = chunk.subarray(offset, offset + this.#remaining);
        offset += part.length;
        this.#remaining -= part.length;
        const trouble = this.#scanBody(part);
        if (trouble) return trouble;
      }
    }
    return undefined;
  }

  #scanHeader(): string | undefined {
    const [first = 0, ...lengthBytes] = this.#header;
    const last = lengthBytes.at(-1);
    if (last === undefined) return undefined;
    if (last >= 0x80) return lengthBytes.length >= 4 ? 'malformed packet length' : undefined;
    const length = lengthBytes.reduce((sum, byte, index) => sum + (byte & 0x7f) * 128 ** index, 0);
    const type = first >> 4;
    this.#header = [first];
    if (length > this.#maxPacketBytes) return `packet of ${length} bytes is over the limit`;
    if (!this.#connected && type !== packetTypes.connect) return 'first packet is not CONNECT';
    if (this.#connected && type === packetTypes.connect) return 'second CONNECT';
    if (type === packetTypes.connect && length > mostConnectBytes) return 'CONNECT is too long';
    if (type === packetTypes.publish) {
      this.publishes++;
      if (((first >> 1) & 3) === 3) return 'QoS 3';
    }
    this.#connected = true;
    this.#remaining = length;
    this.#seen = 0;
    this.#body = [];
    this.#wanted = hasStrings(type) ? Math.min(length, type === packetTypes.publish ? 2 : mostStringBytes) : 0;
    if (length === 0) this.#header = [];
    return undefined;
  }

  #scanBody(part: Buffer): string | undefined {
    const type = (this.#header[0] ?? 0) >> 4;
    if (this.#wanted > this.#seen) {
      this.#body.push(part.subarray(0, mostStringBytes));
      this.#seen += part.length;
      if (this.#seen >= this.#wanted) {
        const body = this.#body.length === 1 ? part : Buffer.concat(this.#body);
        const trouble = this.#checkStrings(type, body);
        if (trouble) return trouble;
      }
    }
    if (this.#remaining === 0) this.#header = [];
    return undefined;
  }

  #checkStrings(type: number, body: Buffer): string | undefined {
    if (type === packetTypes.publish) {
      const end = 2 + body.readUInt16BE(0);
      if (end > mostStringBytes || end > this.#seen + this.#remaining) return 'topic is too long';
      if (body.length < end) {
        this.#wanted = end;
        return undefined;
      }
      this.#wanted = 0;
      return isSound(body.subarray(2, end)) ? undefined : 'topic has forbidden characters';
    }
    if (body.length < this.#wanted) return undefined;
    this.#wanted = 0;
    const strings =
      type === packetTypes.connect ? connectStrings(body) : filterStrings(body, type === packetTypes.subscribe);
    if (!strings) return 'malformed packet';
    return strings.every((text) => isSound(text)) ? undefined : 'forbidden characters';
  }
}

function hasStrings(type: number): boolean {
  return (
    type === packetTypes.publish ||
    type === packetTypes.connect ||
    type === packetTypes.subscribe ||
    type === packetTypes.unsubscribe
  );
}

/** UTF-8 without U+0000, control characters, surrogates and U+FFFF (MQTT 3.1.1, 1.5.3-1 to 1.5.3-3 and its "SHOULD NOT"). */
function isSound(text: Buffer): boolean {
  let plain = true;
  for (const byte of text) {
    if (byte < 0x20 || byte === 0x7f) return false;
    if (byte >= 0x80) plain = false;
  }
  return plain || (isUtf8(text) && !/[\u0080-\u009F\uFFFE\uFFFF\uFDD0-\uFDEF]/u.test(text.toString('utf8')));
}

/** The string at `offset` with its two length bytes, or `undefined` when it does not end within the body. */
function stringAt(body: Buffer, offset: number): Buffer | undefined {
  if (offset + 2 > body.length) return undefined;
  const end = offset + 2 + body.readUInt16BE(offset);
  return end > body.length ? undefined : body.subarray(offset + 2, end);
}

/** Topic filters of a SUBSCRIBE or UNSUBSCRIBE body. */
function filterStrings(body: Buffer, withQos: boolean): Buffer[] | undefined {
  const strings: Buffer[] = [];
  for (let offset = 2; offset < body.length;) {
    const text = stringAt(body, offset);
    if (!text || text.length === 0) return undefined;
    strings.push(text);
    offset += 2 + text.length + (withQos ? 1 : 0);
  }
  return strings.length === 0 ? undefined : strings;
}

/** Protocol name, client id, will topic and user name of a CONNECT body (MQTT 3.1.1, 3.1.2 and 3.1.3). */
function connectStrings(body: Buffer): Buffer[] | undefined {
  const protocol = stringAt(body, 0);
  if (!protocol || protocol.length > 6) return undefined;
  const strings = [protocol];
  const level = body[2 + protocol.length];
  const flags = body[3 + protocol.length];
  if (level === undefined || flags === undefined) return undefined;
  // Other versions have other layouts; the broker answers them with "unacceptable protocol version".
  if (level !== 3 && level !== 4) return strings;
  const [hasUser, hasPassword, hasWill] = [(flags & 0x80) !== 0, (flags & 0x40) !== 0, (flags & 0x04) !== 0];
  const willQos = (flags >> 3) & 3;
  if ((flags & 1) !== 0 || willQos === 3 || (!hasWill && (flags & 0x38) !== 0) || (hasPassword && !hasUser))
    return undefined;
  let offset = 6 + protocol.length;
  const take = (isText: boolean): boolean => {
    const text = stringAt(body, offset);
    if (!text) return false;
    if (isText) strings.push(text);
    offset += 2 + text.length;
    return true;
  };
  const isWhole =
    take(true) &&
    (!hasWill || (take(true) && take(false))) &&
    (!hasUser || take(true)) &&
    (!hasPassword || take(false));
  return isWhole && offset === body.length ? strings : undefined;
}
