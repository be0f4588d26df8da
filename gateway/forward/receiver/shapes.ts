import { gapReasons, lanes, type Gap, type GatewayStatus } from '../../model/delivery.ts';
import alarmSchema from '../../model/schema/alarm.schema.json' with { type: 'json' };
import readingSchema from '../../model/schema/reading.schema.json' with { type: 'json' };
import { whatAndHint } from '../../platform/problem.ts';
import { compileSchema } from '../../platform/validate.ts';
import type { Correction, ReceivedBatch } from './decode.ts';

/** Gives a document back as what it is, or says in words why it is not. */
export type Shape<T> = (document: unknown) => T | string;

const text = { type: 'string', maxLength: 64 };
const id = { type: 'string', pattern: '^[a-z0-9-]{1,64}$' };
const version = { const: 1 };
const time = { type: 'integer', minimum: 0 };
const seq = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const epoch = { type: 'integer', minimum: 1, maximum: 2 ** 48 - 1 };
const count = { type: 'integer', minimum: 0 };
const span = { type: 'array', items: time, minItems: 2, maxItems: 2 };

/** Receivers ignore fields that they do not know. */
const open = <T extends object>(schema: T): T => ({ ...schema, additionalProperties: true });
const { id: _, ...summaryProperties } = readingSchema.properties;
const summaryRequired = [...readingSchema.required.filter((name) => name !== 'id'), 'start', 'stat', 'n'];
const summary = { type: 'object', required: summaryRequired, properties: summaryProperties };

const batch = {
  type: 'object',
  required: ['v', 'gateway', 'epoch', 'lane', 'from', 'to', 'sent', 'readings'],
  properties: {
    v: version,
    gateway: id,
    epoch,
    lane: { enum: lanes },
    from: seq,
    to: seq,
    sent: time,
    readings: { type: 'array', items: open(readingSchema) },
    alarms: { type: 'array', items: open(alarmSchema) },
    withheld: count,
    summaries: { type: 'array', items: summary },
  },
};

const gap = {
  type: 'object',
  required: ['v', 'gateway', 'epoch', 'from', 'to', 'why'],
  properties: { v: version, gateway: id, epoch, from: seq, span, lostAtMost: count, note: seq },
  anyOf: [
    { required: ['note'], properties: { why: { const: 'unclean_stop' }, to: { type: 'null' } } },
    { properties: { why: { enum: gapReasons.filter((why) => why !== 'unclean_stop') }, to: seq } },
  ],
};

const correction = {
  type: 'object',
  required: ['v', 'gateway', 'note', 'epoch', 'from', 'to', 'shiftMs'],
  properties: { v: version, gateway: id, note: seq, epoch, from: seq, to: seq, shiftMs: { type: 'number' } },
};

const heads = {
  type: 'object',
  propertyNames: { pattern: '^[1-9][0-9]{0,14}$' },
  additionalProperties: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
};
const waiting = {
  type: 'object',
  required: ['alarm', 'live', 'backfill'],
  properties: { alarm: count, live: count, backfill: count, oldest: time },
};
const status = {
  type: 'object',
  required: ['v', 'gateway', 'state', 'session'],
  properties: { v: version, gateway: id, session: text },
  anyOf: [
    {
      required: ['at', 'every', 'epoch', 'epochs', 'waiting'],
      properties: { state: { const: 'online' }, at: time, every: count, epoch, epochs: heads, waiting },
    },
    { properties: { state: { const: 'offline' } } },
  ],
};

const device = { type: 'object', required: ['v', 'device', 'rev', 'channels'], properties: { v: version, device: id } };

/** A document breaks one rule or a thousand; so many are told. */
const mostProblems = 3;

function shape<T extends object>(schema: object): Shape<T> {
  const validate = compileSchema(schema);
  return (document) => {
    const problems = validate(document);
    if (problems.length === 0) return document as T;
    const told = problems
      .slice(0, mostProblems)
      .map((problem) => `${problem.pointer} ${whatAndHint(problem).en}`.trim());
    return problems.length > mostProblems ? `${told.join('; ')}; …` : told.join('; ');
  };
}

/** The messages of the native dialect, version 1. */
export const shapes = {
  batch: shape<ReceivedBatch>(batch),
  gap: shape<Gap>(gap),
  correction: shape<Correction>(correction),
  status: shape<GatewayStatus>(status),
  device: shape<object>(device),
} as const;
