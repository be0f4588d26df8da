import type { DeviceState } from '../model/device.ts';
import type { Reason, Sample } from '../model/reading.ts';

/** What is watched of one device. */
export interface WatchedDevice {
  readonly device: string;
  readonly channels: readonly string[];
  /** Whether it is reached over a link of ours, which has to come up first. */
  readonly hasLink?: boolean;
  /** It need not have all of its channels: those of which nothing ever came are not missed. */
  readonly isPartial?: boolean;
  /** Silence of a channel for longer than this means that its value is stale; absent: it sends when it likes. */
  readonly staleAfterMs?: number;
  /** The same for channels of which the site or the profile says otherwise. */
  readonly gaps?: ReadonlyMap<string, number>;
}

/** What is to be done about silence: readings that say `missing`, and states that change. */
export interface Findings {
  readonly samples: readonly Sample[];
  readonly states: readonly { readonly device: string; readonly state: DeviceState; readonly why?: string }[];
}

interface Watch {
  readonly plan: WatchedDevice;
  readonly heard: Map<string, number>;
  readonly toldMissing: Map<string, number>;
  /** `undefined`: nobody has tried yet. */
  isUp: boolean | undefined;
  why: string | undefined;
  state: DeviceState | undefined;
  stateWhy: string | undefined;
}

/** A value that stays away is told at the transition and so often after it, milliseconds. */
const tellAgainMs = 600_000;

/**
 * Watches for silence: which devices have stopped sending, and whether because of a broken link. Knows no clock;
 * times are monotonic milliseconds.
 */
export class Staleness {
  readonly #watches = new Map<string, Watch>();

  constructor(devices: readonly WatchedDevice[], mono: number) {
    for (const plan of devices) {
      const heard = new Map(plan.isPartial ? [] : plan.channels.map((channel) => [channel, mono]));
      const rest = { isUp: plan.hasLink ? undefined : true, why: undefined, state: undefined, stateWhy: undefined };
      this.#watches.set(plan.device, { plan, heard, toldMissing: new Map(), ...rest });
    }
  }

  /** A value came, or the sender's word that it has none. */
  heard(device: string, channel: string, mono: number): void {
    const watch = this.#watches.get(device);
    if (!watch?.plan.channels.includes(channel)) return;
    watch.heard.set(channel, mono);
    watch.toldMissing.delete(channel);
  }

  /** The way to a device broke or came back. Without a reason the one known before stays. */
  link(device: string, isUp: boolean, why?: string): void {
    const watch = this.#watches.get(device);
    if (!watch) return;
    watch.isUp = isUp;
    watch.why = isUp ? undefined : (why ?? watch.why);
  }

  tick(mono: number): Findings {
    const samples: Sample[] = [];
    const states: { device: string; state: DeviceState; why?: string }[] = [];
    for (const watch of this.#watches.values()) {
      samples.push(...missing(watch, mono));
      const { state, why } = stateOf(watch, mono);
      if (state === watch.state && why === watch.stateWhy) continue;
      watch.state = state;
      watch.stateWhy = why;
      states.push({ device: watch.plan.device, state, ...(why === undefined ? {} : { why }) });
    }
    return { samples, states };
  }
}

function isSilent({ plan, heard }: Watch, channel: string, mono: number): boolean {
  const after = plan.gaps?.get(channel) ?? plan.staleAfterMs;
  return after !== undefined && mono - (heard.get(channel) ?? mono) > after;
}

function missing(watch: Watch, mono: number): readonly Sample[] {
  const { plan, toldMissing, isUp } = watch;
  const why: Reason = isUp ? 'stale' : 'device_fault';
  return plan.channels.flatMap((channel): Sample[] => {
    if (!isSilent(watch, channel, mono)) return [];
    const told = toldMissing.get(channel);
    if (told !== undefined && mono - told < tellAgainMs) return [];
    toldMissing.set(channel, mono);
    return [{ device: plan.device, channel, value: null, quality: 'missing', why: [why], time: { mono } }];
  });
}

function stateOf(watch: Watch, mono: number): { readonly state: DeviceState; readonly why?: string } {
  if (watch.isUp === undefined) return { state: 'offline', why: 'not connected yet' };
  if (!watch.isUp) return { state: 'fault', ...(watch.why === undefined ? {} : { why: watch.why }) };
  const silent = watch.plan.channels.filter((channel) => isSilent(watch, channel, mono));
  if (silent.length === 0) return { state: 'online' };
  return { state: 'stale', why: `nothing came of ${silent.join(', ')}` };
}
