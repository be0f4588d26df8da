import type { Calibration } from '../model/calibration.ts';
import type { Sample } from '../model/reading.ts';
import type { Child, StartChild } from '../platform/children.ts';
import { siblingModule } from '../platform/children.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { Backoff } from './backoff.ts';
import {
  devicesOfWork,
  initialCredits,
  silenceMs,
  withDevicesOf,
  type ChildPlan,
  type DevicePlan,
  type FromChild,
  type SentPacket,
  type ToChild,
} from './protocol.ts';

/** What a field child has to say, for the core. */
export interface FieldHandlers {
  /** Takes samples and the source state that goes with them; resolves when there is room for more. */
  readonly samples: (
    samples: readonly Sample[],
    source: { readonly device: string; readonly state: unknown } | undefined,
  ) => Promise<void>;
  /** Takes samples whose device waits for them; resolves to whether they are kept. A key tells a repeat. */
  readonly packet: (device: string, samples: readonly Sample[], key: string | undefined) => Promise<boolean>;
  /** A device says what the time is, Unix milliseconds, at a monotonic moment. */
  readonly time: (device: string, utcMs: number, mono: number) => void;
  readonly link: (device: string, isUp: boolean, why: string | undefined) => void;
  readonly garbage: (device: string, why: string, bytes: Uint8Array) => void;
  /** The latest source state of a device, for a child that starts. */
  readonly stateOf: (device: string) => unknown;
}

export interface FieldOptions {
  readonly plans: readonly ChildPlan[];
  readonly handlers: FieldHandlers;
  readonly startChild: StartChild;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long an output command may take. */
const commandMs = 3000;
/** How long a child may take to let go of its pins. */
const endMs = 500;
/** A child that lived so long starts its back-off anew when it ends. */
const healthyMs = 30_000;

/** The core's side of the field: starts the children, hears them, restarts those that fall. */
export class FieldHost {
  readonly #supervised: readonly SupervisedChild[];
  readonly #clock: Clock;

  constructor({ plans, handlers, startChild, clock, log }: FieldOptions) {
    this.#clock = clock;
    this.#supervised = plans.map((plan) => new SupervisedChild(plan, { handlers, startChild, clock, log }));
  }

  start(): void {
    for (const child of this.#supervised) child.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#supervised.map((child) => child.stop()));
  }

  /** Other calibrations of a device are in force; a child that starts later gets them with its plan. */
  calibrate(device: string, calibrations: ReadonlyMap<string, Calibration>): void {
    for (const child of this.#supervised) {
      if (child.devices.includes(device)) child.send({ kind: 'calibrations', device, calibrations });
    }
  }

  /** Switches an output. @returns why it could not be done, or `undefined` when it is done. */
  async command(device: string, name: string, value: boolean): Promise<string | undefined> {
    const child = this.#supervised.find(({ devices }) => devices.includes(device));
    if (!child) return 'this device takes no commands';
    const late = new Promise<string>((resolve) => {
      this.#clock.after(commandMs, () => resolve('the board did not answer'));
    });
    return Promise.race([child.command(device, name, value), late]);
  }
}

class SupervisedChild {
  readonly devices: readonly string[];
  readonly #plan: ChildPlan;
  readonly #options: Omit<FieldOptions, 'plans'>;
  readonly #backoff = new Backoff();
  readonly #results = new Map<number, (why: string | undefined) => void>();
  #child: Child | undefined;
  #heardMono = 0;
  #nextId = 1;
  #isStopping = false;
  #cancelTimers: (() => void)[] = [];

  constructor(plan: ChildPlan, options: Omit<FieldOptions, 'plans'>) {
    this.#plan = plan;
    this.#options = options;
    this.devices = devicesOf(plan).map(({ device }) => device);
  }

  start(): void {
    const { startChild, clock, handlers } = this.#options;
    const child = startChild(siblingModule(import.meta.url, './child'));
    const startedMono = (this.#heardMono = clock.mono());
    this.#child = child;
    child.onMessage((message) => this.#heard(child, message as FromChild));
    this.send({ kind: 'plan', plan: withStates(this.#plan, handlers.stateOf), credits: initialCredits });
    const cancelWatch = clock.every(1000, () => {
      if (clock.mono() - this.#heardMono > silenceMs) child.kill();
      else if (this.#hasPins) this.send({ kind: 'alive' });
    });
    this.#cancelTimers = [cancelWatch];
    void child.ended.then((why) => this.#ended(why, clock.mono() - startedMono));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const cancel of this.#cancelTimers) cancel();
    if (this.#hasPins) await this.#end();
    this.#child?.kill();
    await this.#child?.ended;
  }

  /** This machine's own pins have no firmware that would see to them. */
  get #hasPins(): boolean {
    return this.#plan.kind === 'board' && this.#plan.source.kind === 'gpio';
  }

  /** Lets the child put its outputs to their safe level; one that hangs is not waited for. */
  async #end(): Promise<void> {
    this.send({ kind: 'end' });
    const late = new Promise<void>((resolve) => {
      this.#options.clock.after(endMs, resolve);
    });
    await Promise.race([this.#child?.ended, late]);
  }

  command(device: string, name: string, value: boolean): Promise<string | undefined> {
    if (!this.#child) return Promise.resolve('the board is not connected');
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#results.set(id, resolve);
      this.send({ kind: 'command', id, device, name, value });
    });
  }

  #heard(child: Child, message: FromChild): void {
    const { handlers, clock } = this.#options;
    this.#heardMono = clock.mono();
    switch (message.kind) {
      case 'alive':
        break;
      case 'samples': {
        const { device, samples, state, packet } = message;
        const taken = packet
          ? this.#takePacket(child, device, samples, packet)
          : handlers.samples(samples, state === undefined ? undefined : { device, state });
        void taken.then(() => {
          if (child === this.#child) this.send({ kind: 'credits', count: samples.length });
        });
        break;
      }
      case 'time':
        handlers.time(message.device, message.utcMs, message.mono);
        break;
      case 'link':
        handlers.link(message.device, message.isUp, message.why);
        break;
      case 'garbage':
        handlers.garbage(message.device, message.why, message.bytes);
        break;
      case 'result':
        this.#results.get(message.id)?.(message.why);
        this.#results.delete(message.id);
        break;
    }
  }

  async #takePacket(
    child: Child,
    device: string,
    samples: readonly Sample[],
    { key, receipt }: SentPacket,
  ): Promise<void> {
    const isKept = await this.#options.handlers.packet(device, samples, key);
    if (child === this.#child) this.send({ kind: 'kept', device, receipt, isKept });
  }

  #ended(why: string, livedMs: number): void {
    const { handlers, clock, log } = this.#options;
    this.#child = undefined;
    for (const cancel of this.#cancelTimers) cancel();
    for (const settle of this.#results.values()) settle('the board was lost');
    this.#results.clear();
    if (this.#isStopping) return;
    for (const device of this.devices) handlers.link(device, false, undefined);
    if (livedMs > healthyMs) this.#backoff.succeeded();
    const pause = this.#backoff.next();
    log.info('field process ended; starting it again', { devices: this.devices.length, why, pauseMs: pause });
    this.#cancelTimers = [clock.after(pause, () => this.start())];
  }

  send(message: ToChild): void {
    this.#child?.send(message);
  }
}

function devicesOf(plan: ChildPlan): readonly DevicePlan[] {
  return plan.kind === 'board' ? plan.devices : plan.works.flatMap(devicesOfWork);
}

/** A plan with the stored states of its devices as they are now. */
function withStates(plan: ChildPlan, stateOf: (device: string) => unknown): ChildPlan {
  return withDevicesOf(plan, (device) => ({ ...device, state: stateOf(device.device) }));
}
