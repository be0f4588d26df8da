import { reasonOf } from '../../model/errors.ts';
import { sleep, type Clock } from '../../platform/clock.ts';
import type { Ids } from '../../platform/ids.ts';
import { WireError, type Dial, type WireMessage, type WireOptions, type WireSession } from '../../platform/wire.ts';
import { backoffMs, dialEither } from '../reconnect.ts';
import type { Violation } from './contract.ts';
import { decode, type Received } from './decode.ts';
import type { Fresh, Ledger } from './ledger.ts';
import { writeLedger } from './ledger-file.ts';

export interface ReceiveOptions {
  readonly wire: Omit<WireOptions, 'clientId' | 'protocol' | 'will' | 'sessionSeconds'>;
  /** 5 falls back to 3.1.1. */
  readonly protocol: 4 | 5;
  readonly prefix: string;
  /** A fixed id: the broker then keeps for a week what comes while we are away. */
  readonly clientId?: string;
  /** What was received before, `new Ledger()` or `readLedger(file)`; brought up to date as messages come. */
  readonly ledger: Ledger;
  /** Where to keep the ledger: at most a second behind, never ahead of what the handlers have dealt with. */
  readonly ledgerFile?: string;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Called one at a time; a message is acked when its handlers are done. What a handler throws ends `receive`, and the
 * message stays unacked.
 */
export interface ReceiveHandlers {
  /** Each entry, summary, gap and correction once. */
  readonly fresh?: (fresh: Fresh) => void | Promise<void>;
  /** Status and device messages, as they come; the ledger has taken them into account. */
  readonly notice?: (notice: Extract<Received, { kind: 'status' | 'device' }>) => void;
  readonly violation?: (violation: Violation, topic: string) => void;
  readonly link?: (link: { readonly state: 'online' | 'waiting'; readonly why?: string }) => void;
}

/** How long a broker keeps our session while we are away. */
const sessionSeconds = 7 * 86_400;
const saveEveryMs = 1000;

/**
 * The reference receiver: subscribes a prefix, hands on what is new, keeps the ledger. Reconnects until the signal
 * aborts. Between two attempts nothing of it keeps the process alive.
 *
 * @throws WireError when the broker refuses us at the first attempt; what a handler throws; what saving throws.
 */
export async function receive(options: ReceiveOptions, handlers: ReceiveHandlers, signal: AbortSignal): Promise<void> {
  const { ledger, ledgerFile, clock } = options;
  const inner = new AbortController();
  const both = AbortSignal.any([signal, inner.signal]);
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    inner.abort();
  };
  let isDirty = false;
  const take = async (message: WireMessage): Promise<void> => {
    try {
      await handle(options, handlers, message);
      isDirty = true;
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  const save = async (): Promise<void> => {
    if (ledgerFile === undefined || !isDirty) return;
    isDirty = false;
    await writeLedger(ledgerFile, ledger);
  };
  const saving = (async () => {
    while (!both.aborted) {
      await sleep(clock, saveEveryMs, both);
      await save();
    }
  })().catch(fail);
  await keepListening(options, { take, link: handlers.link ?? (() => {}) }, both).catch(fail);
  inner.abort();
  await saving;
  await save();
  if (failure !== undefined) throw failure;
}

interface Listener {
  readonly take: (message: WireMessage) => Promise<void>;
  readonly link: NonNullable<ReceiveHandlers['link']>;
}

async function keepListening(options: ReceiveOptions, { take, link }: Listener, signal: AbortSignal): Promise<void> {
  const { wire, protocol, prefix, clientId, dial, clock, ids } = options;
  const kept = clientId === undefined ? {} : { sessionSeconds };
  const wireOptions = { ...wire, ...kept, protocol, clientId: clientId ?? `lamppost-receive-${ids.token()}` };
  let hasBeenOnline = false;
  let failures = 0;
  while (!signal.aborted) {
    let why: string;
    try {
      const { session } = await dialEither(dial, wireOptions, signal);
      why = await listenOn(
        session,
        `${prefix}/#`,
        {
          take,
          link: (news) => {
            hasBeenOnline = true;
            failures = 0;
            link(news);
          },
        },
        signal,
      );
    } catch (error) {
      why = reasonOf(error);
      const isRefusal = error instanceof WireError && error.kind !== 'unreachable';
      if (isRefusal && !hasBeenOnline) throw error;
    }
    if (signal.aborted) return;
    link({ state: 'waiting', why });
    await sleep(clock, backoffMs(++failures, ids.random()), signal);
  }
}

/** @returns why the connection ended. */
async function listenOn(
  session: WireSession,
  filter: string,
  { take, link }: Listener,
  signal: AbortSignal,
): Promise<string> {
  const leave = (): void => void session.end();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await session.subscribe(filter, take);
    link({ state: 'online' });
    return await session.ended;
  } finally {
    signal.removeEventListener('abort', leave);
    session.destroy();
  }
}

/** First who is to have it, then the ledger: it never claims what nobody was given. */
async function handle(options: ReceiveOptions, handlers: ReceiveHandlers, message: WireMessage): Promise<void> {
  const { ledger, prefix } = options;
  const received = decode(prefix, message.topic, message.payload);
  const { fresh, violations } = ledger.examine(received);
  for (const violation of violations) handlers.violation?.(violation, message.topic);
  for (const one of fresh) await handlers.fresh?.(one);
  ledger.accept(received);
  if (received.kind === 'status' || received.kind === 'device') handlers.notice?.(received);
}
