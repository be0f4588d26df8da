import { maxBatchBytes, maxBatchReadings, type Lane } from '../../model/delivery.ts';
import { readingId } from '../../model/reading.ts';
import type { Entry, Received, ReceivedBatch } from './decode.ts';

/** A rule of the native dialect that a message breaks. */
export interface Violation {
  readonly rule: 'shape' | 'gateway' | 'lane' | 'range' | 'ids' | 'size';
  readonly what: string;
  /** What the message says of its numbers cannot be believed, so it covers none. */
  readonly isFatal: boolean;
}

const fatal = (rule: Violation['rule'], what: string): Violation => ({ rule, what, isFatal: true });
const minor = (rule: Violation['rule'], what: string): Violation => ({ rule, what, isFatal: false });

/** Holds a message against the contract. Pure: what was received before plays no part. */
export function violationsOf(received: Received): readonly Violation[] {
  switch (received.kind) {
    case 'batch':
      return [...sender(received.gateway, received.batch.gateway), ...batchViolations(received)];
    case 'gap': {
      const { gateway, from, to } = received.gap;
      return [...sender(received.gateway, gateway), ...order(from, to ?? from)];
    }
    case 'correction': {
      const { gateway, from, to } = received.correction;
      return [...sender(received.gateway, gateway), ...order(from, to)];
    }
    case 'status':
      return sender(received.gateway, received.status.gateway);
    case 'bad':
      return [fatal('shape', received.why)];
    case 'device':
    case 'other':
      return [];
  }
}

/** Entries of a batch with their numbers, ascending. */
export function entriesOf({ epoch, readings, alarms = [] }: ReceivedBatch): readonly (readonly [number, Entry])[] {
  const numbered = [...readings, ...alarms].map((entry) => [seqOf(epoch, entry.id), entry] as const);
  return numbered.toSorted(([a], [b]) => a - b);
}

function sender(topic: string, payload: string): readonly Violation[] {
  return topic === payload ? [] : [fatal('gateway', `the topic is of ${topic}, the message of ${payload}`)];
}

function order(from: number, to: number): readonly Violation[] {
  return to >= from ? [] : [fatal('range', `${from}..${to} goes backwards`)];
}

function batchViolations({ lane, batch, bytes }: Extract<Received, { kind: 'batch' }>): readonly Violation[] {
  const { from, to, readings } = batch;
  const found = [...order(from, to), ...laneViolations(lane, batch), ...numberViolations(batch)];
  if (bytes > maxBatchBytes) found.push(minor('size', `${bytes} bytes as sent`));
  if (readings.length > maxBatchReadings) found.push(minor('size', `${readings.length} readings`));
  return found;
}

function laneViolations(lane: Lane, batch: ReceivedBatch): readonly Violation[] {
  const found: Violation[] = [];
  if (batch.lane !== lane) found.push(minor('lane', `the topic says ${lane}, the batch ${batch.lane}`));
  if (lane === 'alarm' && batch.readings.length > 0) found.push(minor('lane', 'readings in lane alarm'));
  if (lane !== 'alarm' && batch.alarms !== undefined) found.push(minor('lane', `alarms in lane ${lane}`));
  return found;
}

/** `to - from + 1 = readings + alarms + withheld`, each number once; a summary batch covers its range instead. */
function numberViolations(batch: ReceivedBatch): readonly Violation[] {
  const { epoch, from, to, withheld = 0, summaries } = batch;
  const entries = entriesOf(batch);
  const size = to - from + 1;
  if (summaries !== undefined) {
    return entries.length === 0 ? [] : [fatal('range', 'summaries and entries in one batch')];
  }
  if (size !== entries.length + withheld) {
    return [
      fatal('range', `${from}..${to} are ${size} numbers, not ${entries.length} entries and ${withheld} withheld`),
    ];
  }
  let last = from - 1;
  for (const [seq, { id }] of entries) {
    if (!(seq > last && seq <= to))
      return [fatal('ids', `${id} is not one of ${epoch}-${from}..${to}, or there twice`)];
    last = seq;
  }
  return [];
}

/** The number in an id of this epoch; NaN in any other. */
function seqOf(epoch: number, id: string): number {
  const seq = Number(id.slice(id.indexOf('-') + 1));
  return id === readingId(epoch, seq) ? seq : Number.NaN;
}
