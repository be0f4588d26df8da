import type { RaiseRequest, Rule } from '../model/alarm-rule.ts';
import { alarmKey, type AlarmTransition, type TransitionDraft } from '../model/alarm.ts';
import type { DeviceDescription, DeviceStatus } from '../model/device.ts';
import type { Reading, Sample } from '../model/reading.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { Door, type Accepted, type AcceptedGroup, type Attachments, type Awaited } from './door.ts';
import { Staleness, type WatchedDevice } from './staleness.ts';
import type { Timekeeper } from './timekeeper.ts';

/** What the intake needs of the alarm rules. */
export interface Alarms {
  readonly openRules: readonly Rule[];
  onReading(reading: Reading, mono: number): readonly TransitionDraft[];
  tick(mono: number): readonly TransitionDraft[];
  raise(request: RaiseRequest, mono: number): readonly TransitionDraft[];
  acknowledge(alarm: { readonly device: string; readonly rule: string }): readonly TransitionDraft[];
  endOrphans(open: readonly AlarmTransition[]): readonly TransitionDraft[];
}

/** What the intake needs of the journal. */
export interface Store {
  readonly epoch: number;
  readonly nextSeq: number;
  append(group: AcceptedGroup, urgency: 'now' | 'ack' | 'routine', onKept?: (kept: boolean) => void): void;
  raiseTimeFloor(at: number): void;
}

export interface IntakeOptions {
  readonly store: Store;
  readonly alarms: Alarms;
  readonly timekeeper: Timekeeper;
  readonly clock: Clock;
  readonly log: Log;
  readonly descriptions: ReadonlyMap<string, DeviceDescription>;
  readonly watched: readonly WatchedDevice[];
  /** What the journal remembers from before. */
  readonly latest: Iterable<Reading>;
  readonly openAlarms: readonly AlarmTransition[];
  readonly sourceStates: Iterable<readonly [string, unknown]>;
  readonly isSound: (reading: Reading) => boolean;
  readonly reject: (device: string, why: string, sample: Sample) => void;
  /** Entries were accepted; they are not durable yet. */
  readonly onAccepted: (entries: readonly Accepted[]) => void;
  readonly onTransition: (transition: AlarmTransition) => void;
  readonly onStatus: (device: string, status: DeviceStatus) => void;
}

/**
 * The line from a sample to the journal, and what the core knows because of it: the latest readings, the open alarms,
 * how each device is, where each source stands.
 */
export class Intake {
  /** Latest reading per device and channel. */
  readonly latest = new Map<string, Map<string, Reading>>();
  /** Last transition of each alarm that is not normal. */
  readonly openAlarms = new Map<string, AlarmTransition>();
  readonly statuses = new Map<string, DeviceStatus>();
  /** Source states as accepted, which may be ahead of what is durable: a child that starts again goes on from here. */
  readonly sourceStates: Map<string, unknown>;
  readonly #options: IntakeOptions;
  readonly #door: Door;
  readonly #staleness: Staleness;

  constructor(options: IntakeOptions) {
    this.#options = options;
    const { store, alarms, clock, watched, openAlarms, sourceStates, latest } = options;
    this.sourceStates = new Map(sourceStates);
    this.#staleness = new Staleness(watched, clock.mono());
    this.#door = new Door({
      ...options,
      epoch: store.epoch,
      nextSeq: () => store.nextSeq,
      judge: (reading) => alarms.onReading(reading, clock.mono()),
      append: (group, urgency, onKept) => this.#append(group, urgency, onKept),
    });
    for (const transition of openAlarms) this.openAlarms.set(alarmKey(transition), transition);
    for (const reading of latest) {
      this.#setLatest(reading);
      if (reading.stat === 'sum') this.#door.resumeSum(reading.device, reading.channel, reading.at);
    }
  }

  /** Takes samples that belong together, from the field or from an outside publisher. */
  accept(samples: readonly Sample[], attachments: Attachments = {}, awaited?: Awaited): void {
    this.#door.accept(samples, attachments, awaited);
  }

  /** A flow raises or ends an alarm of its own. */
  raise(request: RaiseRequest, awaited: Awaited): void {
    this.#announce(this.#options.alarms.raise(request, this.#options.clock.mono()), awaited);
  }

  /** A person has seen an alarm. @returns whether there was one to see. */
  acknowledge(device: string, rule: string): boolean {
    const drafts = this.#options.alarms.acknowledge({ device, rule });
    this.#announce(drafts);
    return drafts.length > 0;
  }

  /** Ends the alarms whose rules are gone from the configuration. */
  endOrphans(): void {
    this.#announce(this.#options.alarms.endOrphans([...this.openAlarms.values()]));
  }

  /** The way to a device broke or came back. */
  link(device: string, isUp: boolean, why: string | undefined): void {
    this.#staleness.link(device, isUp, why);
  }

  /** Lets hold times of alarms run out. */
  tickAlarms(): void {
    this.#announce(this.#options.alarms.tick(this.#options.clock.mono()));
  }

  /** Says of silent channels that their values are missing, and of devices how they are. */
  tickSilence(): void {
    const { clock, timekeeper, log, onStatus } = this.#options;
    const { samples, states } = this.#staleness.tick(clock.mono());
    if (samples.length > 0) this.#door.accept(samples);
    for (const { device, ...state } of states) {
      const status = { ...state, since: timekeeper.now() };
      const before = this.statuses.get(device)?.state;
      this.statuses.set(device, status);
      onStatus(device, status);
      if (state.state !== 'online') log.warn('device is not well', { device, ...state });
      else if (before !== undefined) log.info('device is well again', { device });
    }
  }

  #announce(drafts: readonly TransitionDraft[], awaited?: Awaited): void {
    this.#door.announce(drafts, this.#options.clock.mono(), awaited);
  }

  #append(group: AcceptedGroup, urgency: 'now' | 'ack' | 'routine', onKept?: (kept: boolean) => void): void {
    this.#options.store.append(group, urgency, onKept);
    for (const { device, state } of group.states ?? []) this.sourceStates.set(device, state);
    for (const entry of group.entries) {
      if (entry.kind === 'reading') this.#noteReading(entry.reading);
      else this.#noteTransition(entry.transition);
    }
    this.#options.onAccepted(group.entries);
  }

  #noteReading(reading: Reading): void {
    const { store, clock } = this.#options;
    this.#setLatest(reading);
    if (reading.quality !== 'missing') this.#staleness.heard(reading.device, reading.channel, clock.mono());
    if (reading.clock === 'synced') store.raiseTimeFloor(reading.at);
  }

  #noteTransition(transition: AlarmTransition): void {
    if (transition.state === 'normal') this.openAlarms.delete(alarmKey(transition));
    else this.openAlarms.set(alarmKey(transition), transition);
    this.#options.onTransition(transition);
  }

  #setLatest(reading: Reading): void {
    let channels = this.latest.get(reading.device);
    if (!channels) this.latest.set(reading.device, (channels = new Map()));
    channels.set(reading.channel, reading);
  }
}
