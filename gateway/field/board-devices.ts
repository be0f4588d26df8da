import { joinedReasons, worstQuality } from '../model/statistics.ts';
import type { Reason } from '../model/reading.ts';
import type { Clock } from '../platform/clock.ts';
import type { Component } from '../profiles/connect.ts';
import type { Fields } from '../profiles/grammar.ts';
import type { Hear, Running } from './components.ts';
import { normalise, type NormalisedValue } from './normalise/normalise.ts';
import { Sampling } from './normalise/sampling.ts';
import type { DevicePlan, FromChild } from './protocol.ts';

interface Device {
  readonly plan: DevicePlan;
  readonly sampling: Sampling;
  running: Running;
  state: unknown;
  isUp: boolean;
}

/** One device for the component that it is. */
export interface DeviceContext {
  readonly plan: DevicePlan;
  readonly component: Component;
  /** How long to wait between two questions to it, as things stand. */
  readonly askMs: () => number;
  readonly heard: Hear;
  /** It cannot work. */
  readonly fault: (why: string) => void;
}

export interface BoardDevicesOptions {
  readonly devices: readonly DevicePlan[];
  readonly clock: Clock;
  readonly send: (message: FromChild) => void;
}

/** The devices of a board, whatever board it is: what they are heard to say goes to the core. */
export class BoardDevices {
  readonly #clock: Clock;
  readonly #send: (message: FromChild) => void;
  readonly #devices: readonly Device[];
  #startedMono = 0;

  constructor({ devices, clock, send }: BoardDevicesOptions) {
    this.#clock = clock;
    this.#send = send;
    const startMono = clock.mono();
    this.#devices = devices.map((plan) => {
      return { plan, sampling: new Sampling(plan, startMono), running: {}, state: plan.state, isUp: false };
    });
  }

  get ids(): readonly string[] {
    return this.#devices.map(({ plan }) => plan.device);
  }

  /** Brings each component to life, one after the other; they get their power now. */
  async start(begin: (context: DeviceContext) => Promise<Running>): Promise<void> {
    this.#startedMono = this.#clock.mono();
    for (const device of this.#devices) {
      const { connect } = device.plan.setup.profile;
      if (connect.kind !== 'board') continue;
      device.running = await begin({
        plan: device.plan,
        component: connect.component,
        askMs: () => device.sampling.askMs,
        heard: (fields, extra) => this.#heard(device, fields, extra),
        fault: (why) => this.#tell(device, false, why),
      });
    }
  }

  /** Gives what fell due; call it a few times a second. */
  tick(): void {
    const mono = this.#clock.mono();
    for (const device of this.#devices) {
      device.running.tick?.(mono);
      this.#hand(device, device.sampling.tick(mono));
    }
  }

  /** Call it each second. */
  poll(): void {
    for (const { running } of this.#devices) running.poll?.();
  }

  /** The board is not there, or no more. */
  lost(why: string): void {
    for (const device of this.#devices) this.#tell(device, false, why);
  }

  /** What runs for a device. */
  running(id: string): Running | undefined {
    return this.#devices.find(({ plan }) => plan.device === id)?.running;
  }

  /** Outputs go to where they do no harm. */
  release(): void {
    for (const { running } of this.#devices) running.release?.();
  }

  #heard(
    device: Device,
    fields: Fields,
    { doubt, state }: { readonly doubt?: Reason; readonly state?: unknown } = {},
  ): void {
    const mono = this.#clock.mono();
    const { setup } = device.plan;
    if (!device.isUp) this.#tell(device, true);
    const isWarmingUp = mono - this.#startedMono < setup.profile.warmUpMs;
    const values = normalise(setup, fields, { isWarmingUp });
    const samples = device.sampling.add(doubt ? values.map((value) => doubted(value, doubt)) : values, mono);
    // Samples of a period that ended before this moment go with the state of before it.
    this.#hand(device, samples);
    if (state !== undefined) device.state = state;
  }

  #hand({ plan, state }: Device, samples: ReturnType<Sampling['tick']>): void {
    if (samples.length === 0) return;
    this.#send({ kind: 'samples', device: plan.device, samples, ...(state === undefined ? {} : { state }) });
  }

  #tell(device: Device, isUp: boolean, why?: string): void {
    device.isUp = isUp;
    this.#send({ kind: 'link', device: device.plan.device, isUp, ...(why === undefined ? {} : { why }) });
  }
}

function doubted(value: NormalisedValue, reason: Reason): NormalisedValue {
  return { ...value, quality: worstQuality([value.quality, 'suspect']), why: joinedReasons([value.why, [reason]]) };
}
