import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aBatch, aReading, anAlarm, aStatus } from '../../test/forward/messages.ts';
import { decode, type Received } from './decode.ts';

const read = (topic: string, document: unknown): Received =>
  decode('city', topic, Buffer.from(JSON.stringify(document)));

test('reads each kind of message on its topic', () => {
  const batch = aBatch({ from: 1, to: 2 });
  expect(read('city/lp-1/live', batch)).toEqual({
    kind: 'batch',
    gateway: 'lp-1',
    lane: 'live',
    batch,
    bytes: JSON.stringify(batch).length,
  });
  const gap = { v: 1, gateway: 'lp-1', epoch: 7, from: 1, to: 5, why: 'budget', span: [1, 2], lostAtMost: 5 };
  expect(read('city/lp-1/gap', gap)).toEqual({ kind: 'gap', gateway: 'lp-1', gap });
  const status = aStatus({ 7: 10 });
  expect(read('city/lp-1/status', status)).toEqual({ kind: 'status', gateway: 'lp-1', status });
  const offline = { v: 1, gateway: 'lp-1', state: 'offline', session: 's1' };
  expect(read('city/lp-1/status', offline)).toMatchObject({ kind: 'status', status: offline });
  const correction = {
    v: 1,
    gateway: 'lp-1',
    note: 1,
    epoch: 7,
    from: 1,
    to: 2,
    shiftMs: -5,
    clock: 'synced',
    clockErrorMs: 2,
  };
  expect(read('city/lp-1/correction', correction)).toMatchObject({ kind: 'correction', correction });
  const description = { v: 1, device: 'mast', rev: 'a', profile: 'x/y', channels: {} };
  expect(read('city/lp-1/device/mast', description)).toMatchObject({ kind: 'device', device: 'mast', description });
  expect(decode('city', 'city/lp-1/device/mast', Buffer.alloc(0))).toEqual({
    kind: 'device',
    gateway: 'lp-1',
    device: 'mast',
  });
});

test('a prefix may have several levels', () => {
  const payload = Buffer.from(JSON.stringify(aBatch({ from: 1, to: 1 })));
  expect(decode('cn/shenzhen', 'cn/shenzhen/lp-1/live', payload).kind).toBe('batch');
  expect(decode('cn', 'cn/shenzhen/lp-1/live', payload).kind).toBe('other');
});

test.for([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)('unpacks %s where the topic says so, and counts the bytes as sent', ([encoding, pack]) => {
  const batch = aBatch({ from: 1, to: 300 });
  const payload = pack(Buffer.from(JSON.stringify(batch)));
  expect(decode('city', `city/lp-1/live/${encoding}`, payload)).toMatchObject({
    kind: 'batch',
    batch,
    bytes: payload.length,
  });
  expect(decode('city', 'city/lp-1/live', payload)).toMatchObject({ kind: 'bad' });
  expect(decode('city', `city/lp-1/live/${encoding}`, Buffer.from('{}'))).toMatchObject({ kind: 'bad' });
  expect(decode('city', `city/lp-1/status/${encoding}`, payload)).toMatchObject({ kind: 'other' });
});

test.for([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)(
  'a few kilobytes of %s that unpack to 64 MiB are a bad message, and are not unpacked',
  ([encoding, pack]) => {
    const bomb = pack(Buffer.alloc(64 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(100_000);
    expect(decode('city', `city/lp-1/live/${encoding}`, bomb)).toMatchObject({ kind: 'bad', gateway: 'lp-1' });
  },
);

test('a document of a million values is refused before it is checked', () => {
  const flood = { ...aBatch({ from: 1, to: 1 }), readings: Array.from({ length: 1_000_000 }, () => 0) };
  const began = performance.now();
  expect(read('city/lp-1/live', flood)).toMatchObject({ kind: 'bad' });
  const nested = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
  expect(decode('city', 'city/lp-1/live', Buffer.from(nested)).kind).toBe('bad');
  expect(performance.now() - began).toBeLessThan(2000);
});

test('fields that it does not know are ignored, as newer gateways may have them', () => {
  const batch = { ...aBatch({ from: 1, to: 1 }), readings: [{ ...aReading(1), colour: 'red' }], new: { field: true } };
  expect(read('city/lp-1/live', batch).kind).toBe('batch');
  expect(read('city/lp-1/status', { ...aStatus({}), more: 1 }).kind).toBe('status');
});

test.for<[string, string, unknown]>([
  ['a version that it does not know', 'live', { ...aBatch({ from: 1, to: 1 }), v: 2 }],
  ['no number at all', 'live', { ...aBatch({ from: 1, to: 1 }), from: undefined }],
  ['number zero', 'live', { ...aBatch({ from: 1, to: 1 }), from: 0 }],
  [
    'a reading without a time',
    'live',
    { ...aBatch({ from: 1, to: 1 }), readings: [{ ...aReading(1), at: undefined }] },
  ],
  [
    'a reading of no quality',
    'live',
    { ...aBatch({ from: 1, to: 1 }), readings: [{ ...aReading(1), quality: 'fine' }] },
  ],
  [
    'an alarm without a state',
    'alarm',
    { ...aBatch({ from: 1, to: 1 }), alarms: [{ ...anAlarm(1), state: undefined }] },
  ],
  ['an epoch beyond 48 bits', 'live', { ...aBatch({ from: 1, to: 1 }), epoch: 2 ** 48 }],
  ['a gap for an unknown reason', 'gap', { v: 1, gateway: 'lp-1', epoch: 7, from: 1, to: 5, why: 'tired' }],
  ['a gap without an end', 'gap', { v: 1, gateway: 'lp-1', epoch: 7, from: 1, to: null, why: 'budget' }],
  [
    'an unclean stop without a note',
    'gap',
    { v: 1, gateway: 'lp-1', epoch: 7, from: 1, to: null, why: 'unclean_stop' },
  ],
  ['a status without heads', 'status', { ...aStatus({}), epochs: undefined }],
  ['a status with a head of words', 'status', { ...aStatus({}), epochs: { 7: 'many' } }],
  ['nothing', 'live', null],
  ['a list', 'live', []],
])('%s makes a bad message, with the reason in words', ([, kind, document]) => {
  const received = read(`city/lp-1/${kind}`, document);
  expect(received).toMatchObject({ kind: 'bad', gateway: 'lp-1', topic: `city/lp-1/${kind}` });
  expect(received.kind === 'bad' && received.why.length).toBeGreaterThan(10);
});

test('a gateway or device with a name that cannot be is a bad message', () => {
  expect(read('city/LP 1/live', aBatch({ from: 1, to: 1 }))).toEqual(
    expect.objectContaining({ kind: 'bad', gateway: undefined }),
  );
  expect(read('city/lp-1/device/Ä', {})).toMatchObject({ kind: 'bad' });
});

test('whatever comes on whatever topic, nothing is thrown', () => {
  const level = fc.constantFrom(
    'city',
    'lp-1',
    'live',
    'alarm',
    'backfill',
    'gap',
    'status',
    'device',
    'gzip',
    'zstd',
    'ask',
    '',
    '#',
    '中',
  );
  const topics = fc.array(level, { maxLength: 6 }).map((levels) => levels.join('/'));
  const valid = fc.constant(JSON.stringify(aBatch({ from: 1, to: 3 })));
  const torn = fc
    .tuple(valid, fc.nat({ max: 400 }), fc.string({ maxLength: 3 }))
    .map(([text, at, junk]) => text.slice(0, at) + junk + text.slice(at + 1));
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    torn.map((text) => Buffer.from(text)),
    torn.map((text) => gzipSync(text).subarray(0, text.length)),
  );
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(topics, payloads, (topic, payload) => {
      const { kind } = decode('city', `city/lp-1/${topic}`, payload);
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      const direct = decode('city', topic, payload);
      seen.set(direct.kind, (seen.get(direct.kind) ?? 0) + 1);
    }),
    { numRuns: 2000 },
  );
  expect(seen.get('bad')).toBeGreaterThan(100);
  expect(seen.get('other')).toBeGreaterThan(100);
});
