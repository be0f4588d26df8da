import { reasonOf } from '../model/errors.ts';
import type { Reading } from '../model/reading.ts';

type Request = Readonly<Record<string, unknown>>;

/** What is asked on `ask/<name>/<token>` and answered on `answer/<name>/<token>`. */
export type Answer =
  | { readonly ok: true; readonly [key: string]: unknown }
  | { readonly ok: false; readonly why: string };

export interface AskHandlers {
  readonly backlog: () => Request;
  readonly history: (query: {
    readonly device?: string;
    readonly channel?: string;
    readonly from?: number;
    readonly to?: number;
    readonly limit: number;
  }) => Promise<readonly Reading[]>;
  /** Resolves when it is kept, to whether there was an active alarm. */
  readonly acknowledge: (device: string, rule: string) => Promise<boolean>;
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
        const limit = Math.min(mostReadings, Math.floor(numberIn(request, 'limit') ?? defaultLimit));
        const [device, channel] = [textIn(request, 'device'), textIn(request, 'channel')];
        const [from, to] = [numberIn(request, 'from'), numberIn(request, 'to')];
        const readings = await this.#handlers.history({
          limit,
          ...(device === undefined ? {} : { device }),
          ...(channel === undefined ? {} : { channel }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        });
        return { ok: true, readings };
      }
      case 'acknowledge': {
        const [device, rule] = [textIn(request, 'device'), textIn(request, 'rule')];
        if (device === undefined || rule === undefined) return { ok: false, why: 'device and rule are needed' };
        const isSeen = await this.#handlers.acknowledge(device, rule);
        return isSeen ? { ok: true } : { ok: false, why: 'no such active alarm' };
      }
      default:
        return { ok: false, why: `nobody here knows about ${name}` };
    }
  }
}

function textIn(request: Request, key: string): string | undefined {
  const value = request[key];
  return typeof value === 'string' ? value : undefined;
}

function numberIn(request: Request, key: string): number | undefined {
  const value = request[key];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
