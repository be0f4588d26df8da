import type { Reading } from '../model/reading.ts';
import type { Files } from '../platform/files.ts';
import { splitLines } from './entries.ts';
import { readBody, spansOf, type SegmentTable } from './segments.ts';

/** Which stored readings are wanted. */
export interface HistoryQuery {
  readonly device?: string;
  readonly channel?: string;
  /** Unix milliseconds, both included. */
  readonly from?: number;
  readonly to?: number;
  /** At most so many, the newest ones. */
  readonly limit: number;
}

/**
 * Stored readings, newest first in the order in which they were accepted. Reads frame by frame from the end, so that a
 * short answer costs little however much is stored.
 *
 * @param epochs - newest first.
 */
export async function findReadings(
  { files, table, epochs }: { readonly files: Files; readonly table: SegmentTable; readonly epochs: readonly number[] },
  query: HistoryQuery,
): Promise<readonly Reading[]> {
  const found = new Map<string, Reading>(); // after a failed commit two copies of a number may lie on the disk
  const { from = 0, to = Number.MAX_SAFE_INTEGER, limit } = query;
  for (const epoch of epochs) {
    for (const segment of table.of(epoch).toReversed()) {
      if (segment.newestAt !== undefined && segment.newestAt < from) continue;
      for (const span of (await spansOf(files, segment)).toReversed()) {
        const { kind, minAt, maxAt } = span.header;
        if (kind !== 'entries' || maxAt < from || minAt > to) continue;
        const body = await readBody(files, segment.path, span);
        for (const reading of body ? readingsIn(body, query) : []) found.set(reading.id, reading);
        if (found.size >= limit) return [...found.values()].slice(0, limit);
      }
    }
  }
  return [...found.values()];
}

/** Newest first. */
function readingsIn(
  body: Buffer,
  { device, channel, from = 0, to = Number.MAX_SAFE_INTEGER }: HistoryQuery,
): readonly Reading[] {
  const readings: Reading[] = [];
  for (const { tag, json } of splitLines(body)) {
    // Most lines are of other devices: looking for the name is cheaper than reading the line.
    if (tag !== 'r' || (device !== undefined && !json.includes(`"device":"${device}"`))) continue;
    const reading = JSON.parse(json.toString()) as Reading;
    if (device !== undefined && reading.device !== device) continue;
    if (channel !== undefined && reading.channel !== channel) continue;
    if (reading.at >= from && reading.at <= to) readings.push(reading);
  }
  return readings.toReversed();
}
