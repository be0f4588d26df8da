import type { AlarmLimit, Burst, BurstReason } from '../../model/sampling.ts';
import type { Sample } from '../../model/reading.ts';
import type { Setup } from '../../profiles/setup.ts';
import type { NormalisedValue } from './normalise.ts';

export interface BurstPlan extends Burst {
  readonly setup: Setup;
  /** The usual length of a period, over which rising is judged. */
  readonly usualMs: number;
  readonly alarmLimits?: Readonly<Record<string, readonly AlarmLimit[]>>;
}

/** A published value, or the total so far of a channel whose values add up. */
interface Point {
  readonly mono: number;
  readonly value: number;
}

/** Rising is judged over one usual period; published values come a little early or late. */
const slack = 1.25;

/**
 * Whether a device should be read faster for a while, because an alarm limit is near or a channel rises.
 *
 * Near is judged on each value as it comes, so that a flood does not wait for the end of a period. Rising is judged on
 * what is published, over one usual period: between two values a tenth of a second apart there is more noise than water.
 */
export class BurstWatch {
  readonly #plan: BurstPlan;
  readonly #points = new Map<string, Point[]>();
  #untilMono = -Infinity;

  constructor(plan: BurstPlan) {
    this.#plan = plan;
  }

  /** The length of a period at a moment. */
  everyMs(mono: number): number {
    return mono < this.#untilMono ? this.#plan.everyMs : this.#plan.usualMs;
  }

  /** Takes the values of one moment. */
  heard(values: readonly NormalisedValue[], mono: number): void {
    const isNear = values.some(({ channel, value, quality }) => {
      const near = this.#plan.channels[channel]?.near;
      if (near === undefined || typeof value !== 'number' || quality === 'bad') return false;
      return (this.#plan.alarmLimits?.[channel] ?? []).some((limit) => isWithin(limit, near, value));
    });
    if (isNear) this.#hold(mono);
  }

  /** Takes what is published. */
  published(samples: readonly Sample[]): void {
    for (const { channel, value, quality, time } of samples) {
      const reason = this.#plan.channels[channel];
      if (!reason || typeof value !== 'number' || quality === 'bad' || !('mono' in time)) continue;
      if (this.#isRising(channel, reason, { mono: time.mono, value })) this.#hold(time.mono);
    }
  }

  #hold(mono: number): void {
    this.#untilMono = Math.max(this.#untilMono, mono + this.#plan.holdMs);
  }

  #isRising(channel: string, { risingPerMs }: BurstReason, { mono, value }: Point): boolean {
    if (risingPerMs === undefined) return false;
    const before = this.#points.get(channel) ?? [];
    const isSum = this.#plan.setup.profile.channels[channel]?.stat === 'sum';
    const now = { mono, value: isSum ? (before.at(-1)?.value ?? 0) + value : value };
    const { usualMs } = this.#plan;
    // The last one stays, however old: over a silence there is still a rise.
    const kept = before.filter((point, index) => index === before.length - 1 || mono - point.mono <= slack * usualMs);
    this.#points.set(channel, [...kept, now]);
    const [first] = kept;
    if (!first || mono - first.mono < usualMs / 2) return false;
    return now.value - first.value > risingPerMs * (mono - first.mono);
  }
}

function isWithin({ kind, limit }: AlarmLimit, near: number, value: number): boolean {
  return kind === 'above' ? value > limit - near : value < limit + near;
}
