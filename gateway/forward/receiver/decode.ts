import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { AlarmTransition } from '../../model/alarm.ts';
import {
  encodings,
  lanes,
  type Batch,
  type Encoding,
  type Gap,
  type GatewayStatus,
  type Lane,
} from '../../model/delivery.ts';
import { reasonOf } from '../../model/errors.ts';
import { isId } from '../../model/names.ts';
import type { Reading } from '../../model/reading.ts';
import { shapes, type Shape } from './shapes.ts';

/** A statistic in place of readings that were thinned: a reading without an id. */
export type Summary = Omit<Reading, 'id'>;
export type ReceivedBatch = Batch & { readonly summaries?: readonly Summary[] };
export type Entry = Reading | AlarmTransition;

/** Moves the times of readings whose clock was not set. */
export interface Correction {
  readonly v: 1;
  readonly gateway: string;
  readonly note: number;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly shiftMs: number;
  readonly clockErrorMs?: number;
}

/** A message of the native dialect. What is no such message is `bad`; what concerns nobody here is `other`. */
export type Received =
  /** `bytes`: as sent. */
  | {
      readonly kind: 'batch';
      readonly gateway: string;
      readonly lane: Lane;
      readonly batch: ReceivedBatch;
      readonly bytes: number;
    }
  | { readonly kind: 'gap'; readonly gateway: string; readonly gap: Gap }
  | { readonly kind: 'correction'; readonly gateway: string; readonly correction: Correction }
  | { readonly kind: 'status'; readonly gateway: string; readonly status: GatewayStatus }
  /** `description` is absent for a device that is no more. */
  | { readonly kind: 'device'; readonly gateway: string; readonly device: string; readonly description?: unknown }
  | { readonly kind: 'other'; readonly topic: string }
  | { readonly kind: 'bad'; readonly gateway: string | undefined; readonly topic: string; readonly why: string };

/** 500 entries with texts of 1 KiB each, every character escaped, come to less. */
const mostUnpackedBytes = 4 * 1024 * 1024;
/** Numbers, texts, lists and groups in one message: 500 entries with 40 each. */
const mostValues = 20_000;

/** Reads one message. Never throws: a bad one is data. @param prefix - without the slash at its end. */
export function decode(prefix: string, topic: string, payload: Buffer): Received {
  if (!topic.startsWith(`${prefix}/`)) return { kind: 'other', topic };
  const [gateway = '', kind = '', last, ...more] = topic.slice(prefix.length + 1).split('/');
  const bad = (why: string): Received => ({ kind: 'bad', gateway: isId(gateway) ? gateway : undefined, topic, why });
  if (!isId(gateway)) return bad(`no gateway is called ${gateway}`);
  if (more.length > 0 || kind === 'ask') return { kind: 'other', topic };
  if (isLane(kind)) {
    const encoding = last ?? 'json';
    if (!isEncoding(encoding) || last === 'json') return { kind: 'other', topic };
    const batch = read(shapes.batch, () => unpack(payload, encoding));
    return typeof batch === 'string'
      ? bad(batch)
      : { kind: 'batch', gateway, lane: kind, batch, bytes: payload.length };
  }
  if (kind === 'device' && last !== undefined) return decodeDevice(gateway, last, payload, bad);
  if (last !== undefined) return { kind: 'other', topic };
  return decodePlain(gateway, kind, () => bounded(payload), bad) ?? { kind: 'other', topic };
}

function decodePlain(
  gateway: string,
  kind: string,
  bytes: () => Buffer,
  bad: (why: string) => Received,
): Received | undefined {
  switch (kind) {
    case 'gap': {
      const gap = read(shapes.gap, bytes);
      return typeof gap === 'string' ? bad(gap) : { kind, gateway, gap };
    }
    case 'status': {
      const status = read(shapes.status, bytes);
      return typeof status === 'string' ? bad(status) : { kind, gateway, status };
    }
    case 'correction': {
      const correction = read(shapes.correction, bytes);
      return typeof correction === 'string' ? bad(correction) : { kind, gateway, correction };
    }
    default:
      return undefined;
  }
}

function decodeDevice(gateway: string, device: string, payload: Buffer, bad: (why: string) => Received): Received {
  if (!isId(device)) return bad(`no device is called ${device}`);
  if (payload.length === 0) return { kind: 'device', gateway, device };
  const description = read(shapes.device, () => bounded(payload));
  return typeof description === 'string' ? bad(description) : { kind: 'device', gateway, device, description };
}

/** @returns the document, or in words why it is none. */
function read<T extends object>(shape: Shape<T>, bytes: () => Buffer): T | string {
  try {
    const document: unknown = JSON.parse(bytes().toString());
    return isBrief(document) ? shape(document) : 'there is more in it than a message can say';
  } catch (error) {
    return reasonOf(error); // not JSON, not packed as its topic says, or too much
  }
}

/** @throws RangeError or an error of zlib for what is damaged or unpacks to more than a batch can hold. */
function unpack(payload: Buffer, encoding: Encoding): Buffer {
  const limit = { maxOutputLength: mostUnpackedBytes };
  switch (encoding) {
    case 'json':
      return bounded(payload);
    case 'gzip':
      return gunzipSync(payload, limit);
    case 'zstd':
      return zstdDecompressSync(payload, limit);
  }
}

function bounded(payload: Buffer): Buffer {
  if (payload.length > mostUnpackedBytes) throw new RangeError(`${payload.length} bytes are no message`);
  return payload;
}

/** Whether a document has no more values than a message may have: checking a flood of them would cost more than sending it. */
function isBrief(document: unknown): boolean {
  const waiting: unknown[] = [document];
  let values = 0;
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (++values > mostValues) return false;
    if (typeof value !== 'object' || value === null) continue;
    for (const part of Object.values(value)) if (waiting.push(part) > mostValues) return false;
  }
  return true;
}

const isLane = (text: string): text is Lane => (lanes as readonly string[]).includes(text);
const isEncoding = (text: string): text is Encoding => (encodings as readonly string[]).includes(text);
