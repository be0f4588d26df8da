import { reasonOf } from '../model/errors.ts';
import type { Reading } from '../model/reading.ts';
import { longestServiceMs, usualServiceMs, type ServiceOrder } from './maintenance.ts';
import { compileSchema } from '../platform/validate.ts';

type Request = Readonly<Record<string, unknown>>;

/** What is asked on `ask/<name>/<token>` and answered on `answer/<name>/<token>`. */
export type Answer =
  | { readonly ok: true; readonly [key: string]: unknown }
  | { readonly ok: false; readonly why: string };

export interface AskHandlers {
  readonly backlog: () => Request;
  readonly history: (query: HistoryQuestion & { readonly limit: number }) => Promise<readonly Reading[]>;
  /** Resolves when it is kept, to whether the alarm is acknowledged now. */
  readonly acknowledge: (device: string, rule: string) => Promise<boolean>;
  /** Begins a service, or ends it where there is no time. Resolves, when it is kept, to how the device is then. */
  readonly maintenance: (
    order: Omit<ServiceOrder, 'forMs'> & { readonly forMs: number | undefined },
  ) => Promise<Answer>;
}

interface HistoryQuestion {
  readonly device?: string;
  readonly channel?: string;
  /** Unix milliseconds. */
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
}

const text = { type: 'string' };
const time = { type: 'integer', minimum: 0 };

const historySchema = compileSchema({
  type: 'object',
  additionalProperties: false,
  properties: { device: text, channel: text, from: time, to: time, limit: { type: 'integer', minimum: 1 } },
});

const acknowledgeSchema = compileSchema({
  type: 'object',
  additionalProperties: false,
  required: ['device', 'rule'],
  properties: { device: text, rule: text },
});

const maintenanceSchema = compileSchema({
  type: 'object',
  additionalProperties: false,
  required: ['device'],
  properties: {
    device: text,
    forMs: { type: 'integer', minimum: 1000, maximum: longestServiceMs },
    by: { type: 'string', minLength: 1, maxLength: 64 },
    off: { const: true },
  },
});

interface MaintenanceQuestion {
  readonly device: string;
  readonly forMs?: number;
  readonly by?: string;
  readonly off?: true;
}

const defaultLimit = 1000;
const mostReadings = 10_000;
/** Answers that are being made at a time; more would be a way to keep the gateway busy. */
const mostAtOnce = 4;

/** Answers questions about what the gateway holds. */
export class Asks {
  readonly #handlers: AskHandlers;
  #running = 0;

  constructor(handlers: AskHandlers) {
    this.#handlers = handlers;
  }

  async answer(name: string, request: Request): Promise<Answer> {
    if (this.#running >= mostAtOnce) return { ok: false, why: 'busy; ask again' };
    this.#running++;
    try {
      return await this.#answer(name, request);
    } catch (error) {
      return { ok: false, why: reasonOf(error) };
    } finally {
      this.#running--;
    }
  }

  async #answer(name: string, request: Request): Promise<Answer> {
    switch (name) {
      case 'backlog':
        return { ok: true, ...this.#handlers.backlog() };
      case 'history': {
        const why = wrongIn(request, historySchema);
        if (why !== undefined) return { ok: false, why };
        const { limit = defaultLimit, ...query }: HistoryQuestion = request;
        return { ok: true, readings: await this.#handlers.history({ ...query, limit: Math.min(mostReadings, limit) }) };
      }
      case 'acknowledge': {
        const why = wrongIn(request, acknowledgeSchema);
        if (why !== undefined) return { ok: false, why };
        const { device, rule } = request as { readonly device: string; readonly rule: string };
        const isSeen = await this.#handlers.acknowledge(device, rule);
        return isSeen ? { ok: true } : { ok: false, why: 'no such active alarm' };
      }
      case 'maintenance': {
        const why = wrongIn(request, maintenanceSchema);
        if (why !== undefined) return { ok: false, why };
        const { off, forMs = usualServiceMs, ...order } = request as unknown as MaintenanceQuestion; // it follows the schema
        return this.#handlers.maintenance({ ...order, forMs: off ? undefined : forMs });
      }
      default:
        return { ok: false, why: `nobody here knows about ${name}` };
    }
  }
}

/** What is wrong with a question, for whoever asks. */
function wrongIn(request: Request, check: ReturnType<typeof compileSchema>): string | undefined {
  const [problem] = check(request);
  return problem && `${problem.pointer || 'it'}: ${problem.what.en}`;
}
