import type { AlarmLimit, DeadBand } from '../../model/sampling.ts';
import type { Sample } from '../../model/reading.ts';

export interface DeadBandPlan extends DeadBand {
  readonly alarmLimits?: Readonly<Record<string, readonly AlarmLimit[]>>;
}

interface Published {
  readonly sample: Sample;
  /** When the next one is due, whatever it says. */
  readonly dueMono: number;
}

/**
 * Keeps back what says nothing new: a value that lies within the channel's band around the last published one. A change
 * of quality, of a state, or to another side of an alarm limit is always new. However little changes, the latest value
 * that was kept back is published once the last one is `mostMs` old, so that silence still means trouble.
 */
export class DeadBandFilter {
  readonly #plan: DeadBandPlan;
  readonly #published = new Map<string, Published>();
  readonly #kept = new Map<string, Sample>();

  constructor(plan: DeadBandPlan) {
    this.#plan = plan;
  }

  /** Those of the samples that say something new. Take what is `due` before. */
  pass(samples: readonly Sample[], mono: number): readonly Sample[] {
    return samples.filter((sample) => {
      const { channel } = sample;
      if (this.#plan.bands[channel] === undefined) return true;
      const last = this.#published.get(channel);
      if (last && mono < last.dueMono && !this.#isNews(sample, last.sample)) {
        this.#kept.set(channel, sample);
        return false;
      }
      this.#publish(sample, mono);
      return true;
    });
  }

  /** Values kept back whose channel has been silent for long enough. */
  due(mono: number): readonly Sample[] {
    const samples = [...this.#kept.values()].filter(
      ({ channel }) => mono >= (this.#published.get(channel)?.dueMono ?? -Infinity),
    );
    for (const sample of samples) this.#publish(sample, mono);
    return samples;
  }

  #publish(sample: Sample, mono: number): void {
    this.#kept.delete(sample.channel);
    this.#published.set(sample.channel, { sample, dueMono: mono + this.#plan.mostMs });
  }

  #isNews(sample: Sample, last: Sample): boolean {
    if (sample.quality !== last.quality || String(sample.why ?? '') !== String(last.why ?? '')) return true;
    const [value, before] = [sample.value, last.value];
    if (typeof value !== 'number' || typeof before !== 'number') return value !== before;
    if (Math.abs(value - before) > (this.#plan.bands[sample.channel] ?? 0) * binaryDust) return true;
    const limits = this.#plan.alarmLimits?.[sample.channel] ?? [];
    return limits.some(({ limit, clear }) => isAcross(limit, before, value) || isAcross(clear, before, value));
  }
}

/** 1.006 - 1.001 is a little more than 0.005 in binary. */
const binaryDust = 1 + 1e-9;

const isAcross = (limit: number, a: number, b: number): boolean => Math.sign(a - limit) !== Math.sign(b - limit);
