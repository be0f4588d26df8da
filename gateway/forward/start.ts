import type { UpstreamOptions } from './upstream-options.ts';

/**
 * With `start: now`, what was there before this upstream was is one gap per epoch. When an upstream began is written
 * down at once: what comes while its first connection is still awaited belongs to it.
 */
export function registerStart({ log, upstream, start }: UpstreamOptions): void {
  if (start === 'oldest') return;
  const own = log.upstream(upstream);
  const hasBegun = own.before.size > 0 || own.delivered.values().some((set) => !set.isEmpty);
  if (own.before.has(log.epoch)) return;
  const epochs = hasBegun
    ? [{ epoch: log.epoch, head: 0 }]
    : [...log.epochs, { epoch: log.epoch, head: log.durableHead }];
  log.recordProgress({ upstream, before: Object.fromEntries(epochs.map(({ epoch, head }) => [String(epoch), head])) });
}
