import { alarmStates, severities } from '../model/alarm.ts';
import type { RaiseRequest } from '../model/alarm-rule.ts';
import { reasonOf } from '../model/errors.ts';
import { compileSchema, compileTest } from '../platform/validate.ts';

/** What a request on an inbound topic says, or why it cannot be followed. */
export type Parsed<T> = { readonly ok: true; readonly request: T } | { readonly ok: false; readonly why: string };

export interface CommandRequest {
  readonly id: string;
  readonly value: boolean;
  /** Unix milliseconds; later the command is not carried out any more. */
  readonly until?: number;
}

const text = {
  type: 'object',
  required: ['en'],
  additionalProperties: false,
  properties: { en: { type: 'string', maxLength: 512 }, zh: { type: 'string', maxLength: 512 } },
};

const raiseSchema = compileSchema({
  type: 'object',
  required: ['state'],
  additionalProperties: false,
  properties: { state: { enum: [...alarmStates] }, severity: { enum: [...severities] }, text },
});

const commandId = { type: 'string', minLength: 1, maxLength: 64 };

const commandSchema = compileSchema({
  type: 'object',
  required: ['id', 'value'],
  additionalProperties: false,
  properties: {
    id: commandId,
    value: { type: 'boolean' },
    until: { type: 'integer', minimum: 0 },
  },
});

const hasId = compileTest({ type: 'object', required: ['id'], properties: { id: commandId } });

const askSchema = compileSchema({ type: 'object', maxProperties: 16 });

/** `{state, severity?, text?}` of a flow on `raise/<device>/<rule>`. */
export function parseRaise(device: string, rule: string, payload: Buffer): Parsed<RaiseRequest> {
  const parsed = parseWith<Omit<RaiseRequest, 'device' | 'rule'>>(raiseSchema, payload);
  return parsed.ok ? { ok: true, request: { device, rule, ...parsed.request } } : parsed;
}

/** `{id, value, until?}` on `command/<device>/<name>`. One that gives its id can be answered, whatever else is wrong. */
export function parseCommand(payload: Buffer): Parsed<CommandRequest> & { readonly id?: string } {
  const parsed = parseWith<CommandRequest>(commandSchema, payload);
  const read = readJson(payload);
  return !parsed.ok && read.ok && hasId(read.content) ? { ...parsed, id: (read.content as CommandRequest).id } : parsed;
}

/** Any JSON object; an empty payload counts as `{}`. */
export function parseAsk(payload: Buffer): Parsed<Readonly<Record<string, unknown>>> {
  return parseWith(askSchema, payload.length === 0 ? Buffer.from('{}') : payload);
}

function parseWith<T>(check: ReturnType<typeof compileSchema>, payload: Buffer): Parsed<T> {
  const read = readJson(payload);
  if (!read.ok) return read;
  try {
    const [problem] = check(read.content);
    return problem
      ? { ok: false, why: `${problem.pointer || 'it'}: ${problem.what.en}` }
      : { ok: true, request: read.content as T };
  } catch (error) {
    // Nested deeper than the stack.
    return { ok: false, why: `it cannot be read: ${reasonOf(error)}` };
  }
}

function readJson(
  payload: Buffer,
): { readonly ok: true; readonly content: unknown } | { readonly ok: false; readonly why: string } {
  try {
    return { ok: true, content: JSON.parse(payload.toString('utf8')) };
  } catch (error) {
    return { ok: false, why: `it cannot be read: ${reasonOf(error)}` };
  }
}
