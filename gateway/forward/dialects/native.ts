import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Encoding, Gap, GatewayStatus, Lane } from '../../model/delivery.ts';

/** Where the native dialect puts what: `<prefix>/<gateway>/…`. */
export class NativeTopics {
  readonly #base: string;
  readonly #suffix: string;

  constructor(prefix: string, gateway: string, encoding: Encoding) {
    this.#base = `${prefix}/${gateway}`;
    this.#suffix = encoding === 'json' ? '' : `/${encoding}`;
  }

  batch(lane: Lane): string {
    return `${this.#base}/${lane}${this.#suffix}`;
  }

  get gap(): string {
    return `${this.#base}/gap`;
  }

  get status(): string {
    return `${this.#base}/status`;
  }

  device(device: string): string {
    return `${this.#base}/device/${device}`;
  }
}

export interface BatchParts {
  readonly gateway: string;
  readonly epoch: number;
  readonly lane: Lane;
  readonly from: number;
  /** Unix milliseconds. */
  readonly sent: number;
  /** JSON of consecutive entries, as stored. */
  readonly entries: readonly Buffer[];
}

/** A batch's JSON. The entries' own JSON is copied as it lies in the journal, neither parsed nor printed again. */
export function batchJson({ gateway, epoch, lane, from, sent, entries }: BatchParts): Buffer {
  const head = { v: 1, gateway, epoch, lane, from, to: from + entries.length - 1, sent };
  const opening = JSON.stringify(head).slice(0, -1);
  const [before, after] = lane === 'alarm' ? [',"readings":[],"alarms":[', ']}'] : [',"readings":[', ']}'];
  const parts: Buffer[] = [Buffer.from(opening + before)];
  for (const [index, entry] of entries.entries()) {
    if (index > 0) parts.push(comma);
    parts.push(entry);
  }
  parts.push(Buffer.from(after));
  return Buffer.concat(parts);
}

const comma = Buffer.from(',');

/** Packs a batch for the wire: one frame a payload. */
export function encodePayload(json: Buffer, encoding: Encoding): Buffer {
  switch (encoding) {
    case 'json':
      return json;
    case 'gzip':
      return gzipSync(json);
    case 'zstd':
      return zstdCompressSync(json);
  }
}

export function gapJson(gap: Gap): string {
  return JSON.stringify(gap);
}

export function statusJson(status: GatewayStatus): string {
  return JSON.stringify(status);
}
