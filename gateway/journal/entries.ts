import type { Severity, AlarmState } from '../model/alarm.ts';

const lineFeed = 0x0a;

/**
 * The body of an entries frame is text, one line an entry, in the order of their numbers. The first character tells
 * what the line is; the rest is JSON, exactly as subscribers and upstreams get it:
 * `r` a reading and `a` an alarm transition take one number each; `k` the keys of an ingest message and `s` the state
 * of a device's source ride along, so that they are kept together with what they belong to, and take none.
 */
export type LineTag = 'r' | 'a' | 'k' | 's';

/** An accepted reading or alarm transition. */
export type Entry = ReadingEntry | AlarmEntry;

export interface ReadingEntry {
  readonly kind: 'reading';
  readonly seq: number;
  readonly device: string;
  readonly channel: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** The value is a sum over an interval: the next one of this channel begins where this one ends. */
  readonly isSum?: boolean;
  readonly json: string;
}

export interface AlarmEntry {
  readonly kind: 'alarm';
  readonly seq: number;
  readonly device: string;
  readonly rule: string;
  readonly state: AlarmState;
  readonly severity: Severity;
  readonly raisedAt: number;
  readonly at: number;
  readonly json: string;
}

/** Remembers a part of a message of a device that was accepted, so that a repeat is not stored again. */
export interface IngestKey {
  readonly device: string;
  /** A 64-bit digest in base64url. */
  readonly key: string;
}

/** Characters of a key. */
export const ingestKeyLength = 11;

/** Where a device's source stands (a rain counter's last count), to go on from there after a restart. */
export interface SourceState {
  readonly device: string;
  readonly state: unknown;
}

/** What is kept together or not at all. */
export interface Group {
  readonly entries: readonly Entry[];
  /** All keys of one device are of one message. */
  readonly keys?: readonly IngestKey[];
  readonly states?: readonly SourceState[];
}

export function encodeGroups(groups: readonly Group[]): Buffer {
  let text = '';
  for (const { entries, keys, states } of groups) {
    for (const entry of entries) text += `${entry.kind === 'reading' ? 'r' : 'a'}${entry.json}\n`;
    for (const [device, own] of messagesIn(keys)) text += `k${device} ${own}\n`;
    for (const state of states ?? []) text += `s${JSON.stringify(state)}\n`;
  }
  return Buffer.from(text, 'utf8');
}

/** The keys of each device's message, one behind the other. */
export function messagesIn(keys: readonly IngestKey[] = []): ReadonlyMap<string, string> {
  const messages = new Map<string, string>();
  for (const { device, key } of keys) messages.set(device, (messages.get(device) ?? '') + key);
  return messages;
}

/** What a `k` line says: the keys of a message, one behind the other. */
export function parseKeys(text: string): { readonly device: string; readonly keys: string } {
  const space = text.indexOf(' ');
  return { device: text.slice(0, space), keys: text.slice(space + 1) };
}

/** The lines of an entries body: tag and JSON bytes, without copying. */
export function* splitLines(body: Buffer): Generator<{ readonly tag: LineTag; readonly json: Buffer }> {
  let start = 0;
  for (let end = body.indexOf(lineFeed, start); end >= 0; end = body.indexOf(lineFeed, start)) {
    yield { tag: String.fromCharCode(body[start] ?? 0) as LineTag, json: body.subarray(start + 1, end) };
    start = end + 1;
  }
}

/** Whether a line takes a number. */
export function isNumbered(tag: LineTag): tag is 'r' | 'a' {
  return tag === 'r' || tag === 'a';
}
