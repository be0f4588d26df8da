import type { WireSession } from '../platform/wire.ts';

/** The retained states of gateways, on any broker. */
const statusFilter = 'lamppost/1/+/status';

/** What is asked of a connection to find out whose broker it is. */
export interface FoundGateway {
  readonly gateway: string;
  readonly state: 'online' | 'offline';
  /** Unix milliseconds. */
  readonly since: number;
}

/** Asks a broker which gateway it belongs to; `undefined` when none says so within `withinMs`, as on any other broker. */
export async function findGateway(session: WireSession, withinMs: number): Promise<FoundGateway | undefined> {
  const { promise, resolve } = Promise.withResolvers<FoundGateway | undefined>();
  const timer = setTimeout(() => resolve(undefined), withinMs);
  void session.ended.then(() => resolve(undefined));
  await session.subscribe(statusFilter, ({ topic, payload }) => {
    const found = statusIn(topic, payload);
    if (found) resolve(found);
  });
  return promise.finally(() => clearTimeout(timer));
}

function statusIn(topic: string, payload: Buffer): FoundGateway | undefined {
  const gateway = topic.split('/')[2];
  if (gateway === undefined || payload.length === 0) return undefined;
  try {
    const { state, since } = JSON.parse(payload.toString()) as Partial<FoundGateway>;
    return (state === 'online' || state === 'offline') && typeof since === 'number'
      ? { gateway, state, since }
      : undefined;
  } catch {
    return undefined; // somebody else's message on a topic like ours
  }
}
