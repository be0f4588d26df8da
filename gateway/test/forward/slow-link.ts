import type { Sent } from '../fakes/fake-wire.ts';
import type { ForwardRig } from './rig.ts';

/** MQTT, TCP and IP headers of a message. */
const overheadBytes = 60;

/**
 * Puts a line between forwarder and broker: bytes go one after the other, and each message is acked a round trip after
 * its last byte left. Returns what the line saw.
 */
export function throughLink(
  rig: ForwardRig,
  link: { readonly bitsPerSecond: number; readonly roundTripMs: number },
): { bytes: number; readonly tookMs: Map<Sent, number> } {
  const seen = { bytes: 0, tookMs: new Map<Sent, number>() };
  let freeAt = 0;
  rig.wire.onSent = (sent, session) => {
    const now = rig.clock.mono();
    const bytes = sent.payload.length + sent.topic.length + overheadBytes;
    seen.bytes += bytes;
    freeAt = Math.max(freeAt, now) + (bytes * 8000) / link.bitsPerSecond;
    const tookMs = freeAt - now + link.roundTripMs;
    rig.clock.after(tookMs, () => {
      if (session.left !== undefined) return;
      seen.tookMs.set(sent, tookMs);
      rig.deliver(sent);
    });
  };
  return seen;
}
