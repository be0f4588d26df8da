import type { Sample, SampleTime } from '../model/reading.ts';
import type { DeadBand } from '../model/sampling.ts';
import type { ChannelChecks, CrossCheck } from '../profiles/checks.ts';
import type { Channel } from '../profiles/profile.ts';
import { ChannelGate } from './channel-gate.ts';
import { crossCheck, groupsOf, type Group } from './cross-check.ts';

/** A device as the gate knows it. */
export interface CheckedDevice {
  readonly id: string;
  readonly setup: {
    readonly profile: {
      readonly channels: Readonly<Record<string, Pick<Channel, 'quantity'>>>;
      readonly crossChecks?: readonly CrossCheck[];
    };
  };
  /** By channel; those of the profile with what the site says. */
  readonly checks: Readonly<Record<string, ChannelChecks>>;
  readonly everyMs?: number;
  /** A channel with a band may be silent for `mostMs`. */
  readonly deadBand?: DeadBand;
}

export interface QualityGateOptions {
  readonly devices: readonly CheckedDevice[];
  /** `MM-DD` where the gateway stands at the time of a sample; `undefined` when nobody knows. */
  readonly dayOf: (time: SampleTime) => string | undefined;
  /** Whether somebody works at a device: what it measures meanwhile is not judged, and not remembered. */
  readonly isInService?: (device: string) => boolean;
}

/**
 * Judges every sample of a gateway on its way to the door. The same samples come out at once, in their order: none is
 * held back, none is amended but for `quality`, which only gets worse, and `why`, which names each test that failed.
 * Knows no clock; memory is bounded for each channel, whatever comes.
 */
export class QualityGate {
  readonly #dayOf: QualityGateOptions['dayOf'];
  readonly #isInService: (device: string) => boolean;
  readonly #gates = new Map<string, Map<string, ChannelGate>>();
  readonly #crossChecks = new Map<string, readonly CrossCheck[]>();

  constructor({ devices, dayOf, isInService = () => false }: QualityGateOptions) {
    this.#dayOf = dayOf;
    this.#isInService = isInService;
    for (const { id, setup, checks, everyMs, deadBand } of devices) {
      const { channels, crossChecks = [] } = setup.profile;
      const gates = Object.entries(checks).flatMap(([name, own]): [string, ChannelGate][] => {
        const quantity = channels[name]?.quantity;
        if (!quantity) return [];
        const longestMs = deadBand?.bands[name] === undefined ? everyMs : deadBand.mostMs;
        const pace = longestMs === undefined ? {} : { everyMs: longestMs };
        return [[name, new ChannelGate({ quantity, checks: own, ...pace })]];
      });
      if (gates.length > 0) this.#gates.set(id, new Map(gates));
      if (crossChecks.length > 0) this.#crossChecks.set(id, crossChecks);
    }
  }

  judge(samples: readonly Sample[]): readonly Sample[] {
    const judged = samples.map((sample) => {
      const gate = this.#gates.get(sample.device)?.get(sample.channel);
      return gate && !this.#isInService(sample.device) ? gate.judge(sample, this.#dayOf) : sample;
    });
    if (this.#crossChecks.size > 0) {
      for (const group of groupsOf(judged)) this.#crossCheck(group, judged);
    }
    return judged;
  }

  #crossCheck(group: Group, judged: Sample[]): void {
    const [first = -1] = group.values();
    const device = judged[first]?.device ?? '';
    for (const check of this.#crossChecks.get(device) ?? []) crossCheck(check, group, judged);
  }
}
