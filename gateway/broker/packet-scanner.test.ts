import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  connectPacket,
  disconnectPacket,
  field,
  lengthBytes,
  packet,
  pingPacket,
  pubackPacket,
  pubcompPacket,
  publishPacket,
  pubrecPacket,
  pubrelPacket,
  subscribePacket,
  unsubscribePacket,
} from '../test/raw-mqtt.ts';
import { PacketScanner } from './packet-scanner.ts';

const maxPacketBytes = 4096;
const unbounded = Number.POSITIVE_INFINITY;

interface Verdict {
  readonly passed: Buffer;
  readonly cost: number;
  readonly why: string | undefined;
}

/** What a connection's bytes come to when they arrive in these chunks. */
function verdictOn(chunks: readonly Buffer[], allowance = unbounded): Verdict {
  const scanner = new PacketScanner(maxPacketBytes);
  const passed: Buffer[] = [];
  let cost = 0;
  for (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0;) {
      const scanned = scanner.scan(rest, allowance);
      passed.push(scanned.packets);
      cost += scanned.cost;
      if (scanned.trouble) return { passed: Buffer.concat(passed), cost, why: scanned.trouble.why };
      rest = scanned.rest;
    }
  }
  return { passed: Buffer.concat(passed), cost, why: undefined };
}

const connected = connectPacket();
const afterConnect = (bytes: Buffer): Verdict => verdictOn([Buffer.concat([connected, bytes])]);
const id = Buffer.of(0, 1);
const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);
/** Protocol level, connect flags, keep-alive. */
const flags = (value: number): Buffer => bytes(4, value, 0, 0);
const costOf = (one: Buffer): number => afterConnect(one).cost - 1;
const text = (content: string | Buffer): Buffer => publishPacket({ topic: content });

/** Bytes that are no string of MQTT, or that other brokers disconnect for. */
const unsoundStrings: readonly (readonly [string, Buffer])[] = [
  ['U+0000', Buffer.from('a\u0000b')],
  ['U+0001, a control character', Buffer.from('a\u0001b')],
  ['U+001F, a control character', Buffer.from('a\u001fb')],
  ['U+007F, a control character', Buffer.from('a\u007fb')],
  ['U+0080, a control character', Buffer.from('a\u0080b')],
  ['U+009F, a control character', Buffer.from('a\u009fb')],
  ['U+FFFE, a noncharacter', Buffer.from('a\ufffeb')],
  ['U+FFFF, a noncharacter', Buffer.from('a\uffffb')],
  ['U+FDD0, a noncharacter', Buffer.from('a\ufdd0b')],
  ['U+1FFFF, a noncharacter', Buffer.from('a\u{1ffff}b')],
  ['a lone high surrogate', bytes(0x61, 0xed, 0xa0, 0x80)],
  ['a lone low surrogate', bytes(0x61, 0xed, 0xbf, 0xbf)],
  ['a pair of surrogates (CESU-8)', bytes(0xed, 0xa0, 0x81, 0xed, 0xb0, 0x80)],
  ['an over-long slash', bytes(0x61, 0xc0, 0xaf)],
  ['an over-long NUL', bytes(0x61, 0xc0, 0x80)],
  ['an over-long NUL of three bytes', bytes(0x61, 0xe0, 0x80, 0x80)],
  ['a character beyond U+10FFFF', bytes(0x61, 0xf4, 0x90, 0x80, 0x80)],
  ['half a character', bytes(0x61, 0xe6, 0xb0)],
  ['a stray continuation byte', bytes(0x61, 0x80)],
  ['a byte that is never UTF-8', bytes(0x61, 0xff)],
];

const soundStrings = ['a', 'tele/door4/SENSOR', '水位/立交桥 7', 'é', '\u{1f327}', '\ufeffbom', '\u00a0', '/', ' '];

const good: readonly (readonly [string, Buffer])[] = [
  ...soundStrings.map((topic) => [`PUBLISH to ${JSON.stringify(topic)}`, text(topic)] as const),
  ['PUBLISH QoS 1', publishPacket({ topic: 'a', payload: '1', qos: 1, id: 65_535 })],
  ['PUBLISH QoS 2, retained, again', publishPacket({ topic: 'a', qos: 2, retain: true, dup: true })],
  ['PUBLISH with any bytes as payload', publishPacket({ topic: 'a', payload: bytes(0, 0xff, 0xc0, 0x80) })],
  ['PUBLISH of the largest size', publishPacket({ topic: 'a', payload: Buffer.alloc(maxPacketBytes - 6) })],
  ['PUBLISH on 16 levels', text('a/'.repeat(15) + 'a')],
  ['PUBLISH to a topic of 512 bytes', text('a'.repeat(512))],
  ['SUBSCRIBE', subscribePacket(1, { '#': 0, 'a/+/b': 1, '+': 2, '+/#': 0, '/': 0, '$SYS/#': 0 })],
  ['UNSUBSCRIBE', unsubscribePacket(9, 'a/#', 'b')],
  ['PUBACK', pubackPacket(1)],
  ['PUBREC', pubrecPacket(2)],
  ['PUBREL', pubrelPacket(3)],
  ['PUBCOMP', pubcompPacket(4)],
  ['PINGREQ', pingPacket],
  ['DISCONNECT', disconnectPacket],
  ['a length in more bytes than it needs', Buffer.concat([bytes(0x30, 0x83, 0x00), field('a')])],
];

const bad: readonly (readonly [string, Buffer, string])[] = [
  ...unsoundStrings.map(([name, string]) => [`PUBLISH to ${name}`, text(string), 'forbidden characters'] as const),
  ['PUBLISH to nothing', text(''), 'empty'],
  ['PUBLISH to a topic of 513 bytes', text('a'.repeat(513)), 'too long'],
  ['PUBLISH on 17 levels', text('a/'.repeat(16) + 'a'), 'levels'],
  ['PUBLISH to #', text('a/#'), 'wildcard'],
  ['PUBLISH to +', text('a/+/b'), 'wildcard'],
  ['PUBLISH QoS 0 again (MQTT-3.3.1-2)', publishPacket({ topic: 'a', dup: true }), 'again'],
  ['PUBLISH QoS 3', publishPacket({ topic: 'a', qos: 3 }), 'QoS 3'],
  ['PUBLISH QoS 1 without a packet identifier', packet(0x32, field('a')), 'identifier'],
  ['PUBLISH QoS 1 with half of one', packet(0x32, field('a'), bytes(1)), 'identifier'],
  ['PUBLISH QoS 2 with packet identifier 0', publishPacket({ topic: 'a', qos: 2, id: 0 }), 'identifier'],
  ['PUBLISH whose topic ends behind it', packet(0x30, bytes(0, 9, 0x61)), 'malformed'],
  ['PUBLISH of nothing', packet(0x30), 'malformed'],
  ['PUBLISH over the limit', publishPacket({ topic: 'a', payload: Buffer.alloc(maxPacketBytes) }), 'over the limit'],
  ['SUBSCRIBE to nothing', packet(0x82, id), 'no topic filter'],
  ['SUBSCRIBE without an identifier', packet(0x82), 'identifier'],
  ['SUBSCRIBE with identifier 0', subscribePacket(0, { a: 0 }), 'identifier'],
  ['SUBSCRIBE without a QoS', packet(0x82, id, field('a')), 'QoS'],
  ['SUBSCRIBE with QoS 3', subscribePacket(1, { a: 3 }), 'QoS'],
  ['SUBSCRIBE with reserved QoS bits', subscribePacket(1, { a: 0x80 }), 'QoS'],
  ['SUBSCRIBE to an empty filter', subscribePacket(1, { '': 0 }), 'malformed'],
  ['SUBSCRIBE to a#', subscribePacket(1, { 'a#': 0 }), 'malformed'],
  ['SUBSCRIBE to #/a', subscribePacket(1, { '#/a': 0 }), 'malformed'],
  ['SUBSCRIBE to a+', subscribePacket(1, { 'a+': 0 }), 'malformed'],
  ['SUBSCRIBE to +a', subscribePacket(1, { '+a/b': 0 }), 'malformed'],
  ['SUBSCRIBE on 17 levels', subscribePacket(1, { ['+/'.repeat(16) + '+']: 0 }), 'malformed'],
  ['SUBSCRIBE to U+0000', subscribePacket(1, { 'a\u0000': 0 }), 'forbidden characters'],
  ['SUBSCRIBE with other flags', packet(0x80, id, field('a'), bytes(0)), 'flags'],
  ['UNSUBSCRIBE from U+0000', unsubscribePacket(1, 'a\u0000'), 'forbidden characters'],
  ['UNSUBSCRIBE from nothing', packet(0xa2, id), 'no topic filter'],
  ['PUBACK of nothing', packet(0x40), 'acknowledgement'],
  ['PUBACK with more behind it', packet(0x40, id, bytes(0)), 'acknowledgement'],
  ['PUBREL with identifier 0', pubrelPacket(0), 'acknowledgement'],
  ['PUBREL with other flags', packet(0x60, id), 'flags'],
  ['PUBREC with other flags', packet(0x52, id), 'flags'],
  ['PINGREQ with a body', packet(0xc0, bytes(0)), 'malformed'],
  ['DISCONNECT with a body', packet(0xe0, bytes(0)), 'malformed'],
  ['a second CONNECT', connectPacket(), 'second CONNECT'],
  ['CONNACK', packet(0x20, id), 'no packet of a client'],
  ['SUBACK', packet(0x90, id), 'no packet of a client'],
  ['PINGRESP', packet(0xd0), 'no packet of a client'],
  ['type 0', packet(0x00), 'no packet of a client'],
  ['AUTH of MQTT 5', packet(0xf0), 'no packet of a client'],
  ['a length that does not end', bytes(0x30, 0xff, 0xff, 0xff, 0xff), 'length'],
];

const will = { topic: 'a/b', payload: 'gone', qos: 1 } as const;

const badConnects: readonly (readonly [string, Buffer, string])[] = [
  ['PUBLISH first', text('a'), 'not CONNECT'],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'not CONNECT'],
  ['TLS', bytes(0x16, 3, 1, 0, 5, 1), 'flags'],
  ['CONNECT with flags', Buffer.concat([bytes(0x11), connected.subarray(1)]), 'flags'],
  ['another protocol', connectPacket({ protocol: 'MQTX' }), 'no MQTT'],
  ['MQTT 5', connectPacket({ level: 5 }), 'version'],
  ['MQTT level 0', connectPacket({ level: 0 }), 'version'],
  ['the reserved flag', connectPacket({ flipFlags: 1 }), 'flags'],
  ['will QoS 3', connectPacket({ will, flipFlags: 0x10 }), 'flags'],
  ['will QoS without a will', connectPacket({ flipFlags: 0x08 }), 'flags'],
  ['will retain without a will', connectPacket({ flipFlags: 0x20 }), 'flags'],
  ['a password without a name', connectPacket({ password: 'x' }), 'flags'],
  ['a name that is not there', connectPacket({ flipFlags: 0x80 }), 'malformed'],
  ['a name that no flag speaks of', connectPacket({ name: 'x', flipFlags: 0x80 }), 'malformed'],
  ['a will that is not there', connectPacket({ flipFlags: 0x04 }), 'malformed'],
  ['will topic U+0000', connectPacket({ will: { ...will, topic: 'a\u0000' } }), 'forbidden characters'],
  ['a will topic with a wildcard', connectPacket({ will: { ...will, topic: 'a/#' } }), 'wildcard'],
  ['an empty will topic', connectPacket({ will: { ...will, topic: '' } }), 'empty'],
  ['client id U+0000', connectPacket({ clientId: '\u0000' }), 'forbidden characters'],
  ['user name U+FFFF', connectPacket({ name: '\uffff', password: '' }), 'forbidden characters'],
  ['a bridge with client id U+0000', connectPacket({ level: 0x84, clientId: '\u0000' }), 'forbidden characters'],
  ['MQTT at the level of MQIsdp', connectPacket({ level: 3 }), 'version'],
  ['no more than a protocol name', packet(0x10, field('MQTT')), 'malformed'],
  ['half a CONNECT', packet(0x10, field('MQTT'), bytes(4)), 'malformed'],
  ['CONNECT without keep-alive', packet(0x10, field('MQTT'), bytes(4, 2)), 'malformed'],
  ['more behind the client id', packet(0x10, field('MQTT'), bytes(4, 2, 0, 0), field('a'), id), 'malformed'],
  ['9 KiB', connectPacket({ clientId: 'a'.repeat(9000) }), 'over the limit'],
  ['5 KiB of nothing but length', bytes(0x10, 0x80, 0x28), 'over the limit'],
];

const goodConnects: readonly (readonly [string, Buffer])[] = [
  ['MQTT 3.1.1', connected],
  ['MQTT 3.1', connectPacket({ protocol: 'MQIsdp', level: 3 })],
  ['a bridge', connectPacket({ level: 0x84 })],
  ['no client id', connectPacket({ clientId: '' })],
  ['all fields', connectPacket({ clientId: '水', will, name: 'é', password: 'x', keepAliveSeconds: 65_535 })],
  ['a name alone', connectPacket({ name: 'x' })],
  ['an empty will', connectPacket({ will: { topic: 'a', payload: '', retain: true } })],
];

describe('the scanner lets pass', () => {
  test.each(good)('%s', (_name, packetBytes) => {
    const verdict = afterConnect(packetBytes);
    expect(verdict.why).toBeUndefined();
    expect(verdict.passed).toEqual(Buffer.concat([connected, packetBytes]));
  });

  test.each(goodConnects)('CONNECT: %s', (_name, packetBytes) => {
    expect(verdictOn([packetBytes])).toMatchObject({ why: undefined, passed: packetBytes });
  });
});

describe('the scanner refuses', () => {
  test.each(bad)('%s', (_name, packetBytes, why) => {
    const verdict = afterConnect(packetBytes);
    expect(verdict.why).toContain(why);
    expect(verdict.passed).toEqual(connected);
  });

  test.each(badConnects)('first: %s', (_name, packetBytes, why) => {
    const verdict = verdictOn([packetBytes]);
    expect(verdict.why).toContain(why);
    expect(verdict.passed).toHaveLength(0);
  });

  test.each(unsoundStrings)('client id, user name, will topic and filters with %s', (_name, string) => {
    const first = [
      packet(0x10, field('MQTT'), flags(0x02), field(string)),
      packet(0x10, field('MQTT'), flags(0x82), field('a'), field(string)),
      packet(0x10, field('MQTT'), flags(0x06), field('a'), field(string), field('gone')),
    ];
    for (const one of first) expect(verdictOn([one]).why).toContain('forbidden characters');
    for (const one of [packet(0x82, id, field(string), bytes(0)), packet(0xa2, id, field(string))])
      expect(afterConnect(one).why).toContain('forbidden characters');
  });

  test('a packet that claims 256 MB at its header, before any of it comes', () => {
    const header = Buffer.concat([bytes(0x30), lengthBytes(268_435_455)]);
    expect(afterConnect(header).why).toContain('over the limit');
    expect(afterConnect(header.subarray(0, -1)).why).toBeUndefined();
  });

  test('another version with the CONNACK that says so', () => {
    const { trouble } = new PacketScanner(maxPacketBytes).scan(connectPacket({ level: 5 }), 1);
    expect(Buffer.from(trouble?.reply ?? [])).toEqual(bytes(0x20, 2, 0, 1));
  });
});

describe('however the bytes are split into chunks', () => {
  const stream = fc
    .array(fc.oneof(fc.constantFrom(...good), fc.constantFrom(...bad.map(([name, one]) => [name, one] as const))), {
      maxLength: 6,
    })
    .map((packets) => Buffer.concat([connected, ...packets.map(([, one]) => one)]));

  test('the verdict is the same and the same bytes pass', () => {
    let refused = 0;
    fc.assert(
      fc.property(stream, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (whole, places) => {
        const cuts = [0, ...places.map((place) => Math.floor(place * whole.length)).toSorted((a, b) => a - b)];
        const chunks = cuts.map((from, index) => whole.subarray(from, cuts[index + 1] ?? whole.length));
        const expected = verdictOn([whole]);
        if (expected.why !== undefined) refused++;
        expect(verdictOn(chunks.filter((chunk) => chunk.length > 0))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  test.each([...good, ...bad.map(([name, one]) => [name, one] as const)])('byte by byte: %s', (_name, packetBytes) => {
    const whole = Buffer.concat([connected, packetBytes]);
    const single = [...whole].map((byte) => bytes(byte));
    expect(verdictOn(single)).toEqual(verdictOn([whole]));
  });

  test('no more passes at a time than is allowed, and all of it in the end', () => {
    const whole = Buffer.concat([connected, ...Array.from({ length: 700 }, () => text('a'))]);
    const scanner = new PacketScanner(maxPacketBytes);
    expect(scanner.scan(whole, 1).packets).toEqual(connected);
    const rest = whole.subarray(connected.length);
    expect(scanner.scan(rest, 10).packets).toHaveLength(10 * text('a').length);
    expect(new PacketScanner(maxPacketBytes).scan(whole, unbounded).cost).toBe(256);
    expect(verdictOn([whole], 3)).toEqual({ passed: whole, cost: 701, why: undefined });
  });
});

test('a subscription costs its filters, an acknowledgement next to nothing', () => {
  expect(costOf(text('a'))).toBe(1);
  expect(costOf(subscribePacket(1, { a: 0, b: 0, c: 0 }))).toBe(4);
  expect(costOf(pubackPacket(1))).toBeLessThan(0.2);
});
