import type { Quality, Reason, Sample, SampleTime, Value } from '../model/reading.ts';
import type { QuantityName } from '../model/quantity.ts';
import type { DeadBand } from '../model/sampling.ts';
import type { ChannelChecks, CrossCheck } from '../profiles/checks.ts';
import { QualityGate } from '../quality/gate.ts';

/** What a device called `mast` measures, and how it is tested. */
export interface RigOptions {
  /** Quantity by channel; one water depth called `c` when absent. */
  readonly channels?: Readonly<Record<string, QuantityName>>;
  readonly checks?: Readonly<Record<string, ChannelChecks>>;
  readonly crossChecks?: readonly CrossCheck[];
  readonly everyMs?: number;
  readonly deadBand?: DeadBand;
  readonly isInService?: () => boolean;
  readonly dayOf?: (time: SampleTime) => string | undefined;
}

export function gateOf({
  channels = { c: 'water_depth' },
  checks = {},
  crossChecks = [],
  everyMs,
  deadBand,
  isInService = () => false,
  dayOf = () => undefined,
}: RigOptions): QualityGate {
  const rows = Object.fromEntries(Object.entries(channels).map(([name, quantity]) => [name, { quantity }]));
  const setup = { profile: { channels: rows, crossChecks } };
  return new QualityGate({
    devices: [{ id: 'mast', setup, checks, ...(everyMs ? { everyMs } : {}), ...(deadBand ? { deadBand } : {}) }],
    dayOf,
    isInService,
  });
}

/** A good sample of `mast/c`, in seconds of the monotonic clock. */
export function sampleAt(second: number, value: Value, about: Partial<Sample> = {}): Sample {
  return { device: 'mast', channel: 'c', value, quality: 'good', time: { mono: second * 1000 }, ...about };
}

/** `good`, or the quality with its reasons, such as `suspect spike`. */
export function word({ quality, why = [] }: { readonly quality: Quality; readonly why?: readonly Reason[] }): string {
  return [quality, ...why].join(' ');
}

/** The words on values of one channel that come at equal steps, one by one. */
export function wordsOn(
  checks: ChannelChecks,
  values: readonly number[],
  stepS = 10,
  quantity?: QuantityName,
): readonly string[] {
  const gate = gateOf({ checks: { c: checks }, ...(quantity ? { channels: { c: quantity } } : {}) });
  return values.map((value, index) =>
    gate
      .judge([sampleAt(index * stepS, value)])
      .map(word)
      .join(),
  );
}
