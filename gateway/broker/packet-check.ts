import { isUtf8 } from 'node:buffer';
import { isFilter } from './filter.ts';
import { maxTopicBytes, maxTopicLevels } from './limits.ts';

/** Control packets that a client may send (MQTT 3.1.1, table 2.1). */
export const packetTypes = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const;

/** Why a connection must end. */
export interface Trouble {
  readonly why: string;
  /** What the client is told before. */
  readonly reply?: Uint8Array;
}

/** What a sound packet costs its sender, in messages. */
export interface Sound {
  readonly cost: number;
}

const trouble = (why: string): Trouble => ({ why });

/** CONNACK 1, unacceptable protocol level (3.2.2.3; required by MQTT-3.1.2-2). */
const unknownVersion: Trouble = { why: 'unknown protocol version', reply: Uint8Array.of(0x20, 2, 0, 1) };

/** MQTT 3.1.1 and 3.1. */
const protocolLevels: ReadonlyMap<string, number> = new Map([
  ['MQTT', 4],
  ['MQIsdp', 3],
]);

/** Acks are answers: a client that is sent much must send many. */
const ackCost = 1 / 8;

const oneMessage: Sound = { cost: 1 };
const oneAck: Sound = { cost: ackCost };

/**
 * Judges one whole packet by the rules of MQTT 3.1.1 and our limits. What passes has sound UTF-8 without characters
 * that other brokers disconnect for, sound topics and filters, flags that agree with each other, and ends where it says.
 *
 * @param head - the first byte: type and flags.
 */
export function checkPacket(head: number, body: Buffer): Sound | Trouble {
  const [type, flags] = [head >> 4, head & 0x0f];
  switch (type) {
    case packetTypes.publish:
      return checkPublish(flags, body) ?? oneMessage;
    case packetTypes.connect:
      return (flags === 0 ? checkConnect(body) : trouble('flags of CONNECT')) ?? oneMessage;
    case packetTypes.subscribe:
    case packetTypes.unsubscribe:
      return flags === 2 ? checkFilters(body, type === packetTypes.subscribe) : trouble('flags of SUBSCRIBE');
    case packetTypes.puback:
    case packetTypes.pubrec:
    case packetTypes.pubrel:
    case packetTypes.pubcomp:
      if (flags !== (type === packetTypes.pubrel ? 2 : 0)) return trouble('flags of an acknowledgement');
      return body.length === 2 && body.readUInt16BE(0) !== 0 ? oneAck : trouble('malformed acknowledgement');
    case packetTypes.pingreq:
    case packetTypes.disconnect:
      return flags === 0 && body.length === 0 ? oneMessage : trouble('malformed PINGREQ or DISCONNECT');
    default:
      return trouble('no packet of a client');
  }
}

function checkPublish(flags: number, body: Buffer): Trouble | undefined {
  const qos = (flags >> 1) & 3;
  if (qos === 3) return trouble('QoS 3');
  if (qos === 0 && (flags & 8) !== 0) return trouble('QoS 0 sent again');
  const topic = stringAt(body, 0);
  if (!topic) return trouble('malformed PUBLISH');
  const wrong = checkTopic(topic);
  if (wrong) return wrong;
  if (qos === 0) return undefined;
  const idAt = 2 + topic.length;
  return idAt + 2 <= body.length && body.readUInt16BE(idAt) !== 0 ? undefined : trouble('no packet identifier');
}

function checkTopic(topic: Buffer): Trouble | undefined {
  if (topic.length === 0 || topic.length > maxTopicBytes) return trouble('topic is empty or too long');
  if (!isSound(topic)) return trouble('forbidden characters in a topic');
  let levels = 1;
  for (const byte of topic) {
    if (byte === 0x23 || byte === 0x2b) return trouble('wildcard in a topic');
    if (byte === 0x2f) levels++;
  }
  return levels > maxTopicLevels ? trouble('topic has too many levels') : undefined;
}

/** Topic filters of a SUBSCRIBE (each with a QoS) or UNSUBSCRIBE (3.8.3, 3.10.3). */
function checkFilters(body: Buffer, withQos: boolean): Sound | Trouble {
  if (body.length < 2 || body.readUInt16BE(0) === 0) return trouble('no packet identifier');
  let count = 0;
  for (let offset = 2; offset < body.length; count++) {
    const bytes = stringAt(body, offset);
    if (!bytes || bytes.length === 0 || bytes.length > maxTopicBytes) return trouble('malformed topic filter');
    if (!isSound(bytes)) return trouble('forbidden characters in a topic filter');
    const filter = bytes.toString('utf8');
    if (!isFilter(filter) || filter.split('/').length > maxTopicLevels) return trouble('malformed topic filter');
    offset += 2 + bytes.length;
    if (withQos && (body[offset++] ?? 3) > 2) return trouble('malformed QoS of a subscription');
  }
  return count === 0 ? trouble('no topic filter') : { cost: 1 + count };
}

/** 3.1.2 and 3.1.3. A bridge sets the highest bit of the protocol level. */
function checkConnect(body: Buffer): Trouble | undefined {
  const protocol = stringAt(body, 0)?.toString('latin1') ?? '';
  const known = protocolLevels.get(protocol);
  if (known === undefined) return trouble('no MQTT');
  const flagsAt = 3 + protocol.length;
  const [level, flags] = [body[flagsAt - 1], body[flagsAt]];
  if (level === undefined) return trouble('malformed CONNECT');
  if ((level & 0x7f) !== known) return unknownVersion;
  if (flags === undefined) return trouble('malformed CONNECT');
  const [hasUser, hasPassword, hasWill] = [(flags & 0x80) !== 0, (flags & 0x40) !== 0, (flags & 0x04) !== 0];
  const isContradictory = (!hasWill && (flags & 0x38) !== 0) || (hasPassword && !hasUser);
  if ((flags & 1) !== 0 || ((flags >> 3) & 3) === 3 || isContradictory) return trouble('flags inside CONNECT');
  // Client id, will topic, will payload, user name, password, as far as the flags say that they are there.
  const wanted = ['text', ...(hasWill ? ['topic', 'bytes'] : []), ...(hasUser ? ['text'] : [])];
  if (hasPassword) wanted.push('bytes');
  let offset = flagsAt + 3;
  for (const kind of wanted) {
    const field = stringAt(body, offset);
    if (!field) return trouble('malformed CONNECT');
    const wrong = kind === 'topic' ? checkTopic(field) : undefined;
    if (wrong) return wrong;
    if (kind === 'text' && !isSound(field)) return trouble('forbidden characters in CONNECT');
    offset += 2 + field.length;
  }
  return offset === body.length ? undefined : trouble('malformed CONNECT');
}

/** UTF-8 without U+0000, control characters, surrogates and noncharacters (MQTT-1.5.3-1, -2 and the "SHOULD NOT" of 1.5.3). */
function isSound(text: Buffer): boolean {
  let isAscii = true;
  for (const byte of text) {
    if (byte < 0x20 || byte === 0x7f) return false;
    if (byte >= 0x80) isAscii = false;
  }
  return isAscii || (isUtf8(text) && !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text.toString('utf8')));
}

/** The string at `offset`, behind its two length bytes, or `undefined` when it does not end within the body. */
function stringAt(body: Buffer, offset: number): Buffer | undefined {
  if (offset + 2 > body.length) return undefined;
  const end = offset + 2 + body.readUInt16BE(offset);
  return end > body.length ? undefined : body.subarray(offset + 2, end);
}
