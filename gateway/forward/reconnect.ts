import { WireError, type Dial, type WireOptions, type WireSession } from '../platform/wire.ts';

const firstBackoffMs = 500;
const mostBackoffMs = 30_000;

/**
 * How long to stay away after so many failures on end, milliseconds. Full jitter: five hundred gateways must not come
 * back in step when their city's broker does.
 *
 * @param failures - from 1.
 * @param random - uniform in [0, 1).
 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(mostBackoffMs, firstBackoffMs * 2 ** (failures - 1));
}

/**
 * Dials with the protocol asked for, and with 3.1.1 where the broker knows no other. MQTT 5 is asked for each time: a
 * broker that learns it is not held to its past.
 *
 * @throws WireError
 */
export async function dialEither(
  dial: Dial,
  options: WireOptions,
  signal: AbortSignal,
): Promise<{ readonly session: WireSession; readonly protocol: 4 | 5 }> {
  const { protocol } = options;
  try {
    return { session: await dial(options, signal), protocol };
  } catch (error) {
    if (!(error instanceof WireError) || error.kind !== 'version' || protocol === 4) throw error;
    return { session: await dial({ ...options, protocol: 4 }, signal), protocol: 4 };
  }
}
