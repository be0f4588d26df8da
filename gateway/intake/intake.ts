import type { RaiseRequest } from '../model/alarm-rule.ts';
import { alarmKey, type AlarmTransition, type TransitionDraft } from '../model/alarm.ts';
import type { DeviceStatus } from '../model/device.ts';
import type { Reading, Sample } from '../model/reading.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { Door, type Accepted, type AcceptedGroup, type Attachments, type Awaited, type DoorOptions } from './door.ts';
import { Staleness, type Findings, type WatchedDevice } from './staleness.ts';
import type { Timekeeper } from './timekeeper.ts';

/** What the intake needs of the alarm rules. */
export interface Alarms {
  onReading(reading: Reading, mono: number): readonly TransitionDraft[];
  tick(mono: number): readonly TransitionDraft[];
  raise(
    request: RaiseRequest,
    mono: number,
  ): { readonly ok: true; readonly drafts: readonly TransitionDraft[] } | { readonly ok: false; readonly why: string };
  acknowledge(alarm: { readonly device: string; readonly rule: string }): readonly TransitionDraft[];
  endOrphans(): readonly TransitionDraft[];
}

/** What the intake needs of the journal. */
export interface Store {
  readonly epoch: number;
  readonly nextSeq: number;
  append(group: AcceptedGroup, urgency: 'now' | 'ack' | 'routine', onKept?: (kept: boolean) => void): void;
  /** Resolves when entries may be appended again. */
  whenRoom(): Promise<void>;
  raiseTimeFloor(at: number): void;
}

export interface IntakeOptions extends Pick<
  DoorOptions,
  'descriptions' | 'isSound' | 'reject' | 'openAlarms' | 'sumEnds'
> {
  readonly store: Store;
  readonly alarms: Alarms;
  readonly timekeeper: Timekeeper;
  readonly clock: Clock;
  readonly log: Log;
  readonly watched: readonly WatchedDevice[];
  /** What the journal remembers from before. */
  readonly latest: Iterable<Reading>;
  readonly sourceStates: Iterable<readonly [string, unknown]>;
  /** What a person knows of a sample beyond the sample itself: that somebody works there, that a calibration ran out. */
  readonly vouch?: (sample: Sample) => Sample;
  /** How a device is that somebody works at, in place of how it is otherwise. */
  readonly serviceOf?: (device: string) => DeviceStatus | undefined;
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
  readonly statuses = new Map<string, DeviceStatus>();
  /** Source states as accepted, which may be ahead of what is durable: a child that starts again goes on from here. */
  readonly sourceStates: Map<string, unknown>;
  readonly #options: IntakeOptions;
  readonly #door: Door;
  readonly #staleness: Staleness;
  /** How each device is but for the people who work at it. */
  readonly #conditions = new Map<string, Findings['states'][number]>();
  /** Whether what flows and people said last of an alarm is kept, until it is. */
  readonly #coming = new Map<string, Promise<boolean>>();

  constructor(options: IntakeOptions) {
    this.#options = options;
    const { store, alarms, clock, watched, sourceStates, latest } = options;
    this.sourceStates = new Map(sourceStates);
    this.#staleness = new Staleness(watched, clock.mono());
    this.#door = new Door({
      ...options,
      epoch: store.epoch,
      nextSeq: () => store.nextSeq,
      mono: () => clock.mono(),
      judge: (reading, mono) => alarms.onReading(reading, mono),
      append: (group, urgency, onKept) => this.#append(group, urgency, onKept),
    });
    for (const reading of latest) this.#setLatest(reading);
  }

  /** Last transition of each alarm that is not normal. */
  get openAlarms(): ReadonlyMap<string, AlarmTransition> {
    return this.#door.openAlarms;
  }

  /** Takes samples that belong together, from the field or from an outside publisher. */
  accept(samples: readonly Sample[], attachments: Attachments = {}, awaited?: Awaited): void {
    const mono = this.#options.clock.mono();
    for (const { device, channel } of samples) this.#staleness.heard(device, channel, mono);
    this.#door.accept(this.#vouched(samples), attachments, awaited);
  }

  /**
   * A flow raises or ends an alarm of its own. Resolves when that is kept, or with the reason why it cannot be done.
   *
   * @throws Error when the journal cannot keep it.
   */
  async raise(request: RaiseRequest): Promise<string | undefined> {
    const { store, alarms, clock } = this.#options;
    await store.whenRoom();
    const raising = alarms.raise(request, clock.mono());
    if (!raising.ok) return raising.why;
    await this.#keep(request, raising.drafts);
    return undefined;
  }

  /**
   * A person has seen an alarm; twice is the same as once. Resolves when that is kept, with whether it is so now.
   *
   * @throws Error when the journal cannot keep it.
   */
  async acknowledge(device: string, rule: string): Promise<boolean> {
    const drafts = this.#options.alarms.acknowledge({ device, rule });
    await this.#keep({ device, rule }, drafts);
    return this.openAlarms.get(alarmKey({ device, rule }))?.state === 'acknowledged';
  }

  /** Ends the alarms whose rules are gone from the configuration. */
  endOrphans(): void {
    this.#door.announce(this.#options.alarms.endOrphans());
  }

  /** The way to a device broke or came back. */
  link(device: string, isUp: boolean, why: string | undefined): void {
    this.#staleness.link(device, isUp, why);
  }

  /** Lets hold times of alarms run out. */
  tickAlarms(): void {
    this.#door.announce(this.#options.alarms.tick(this.#options.clock.mono()));
  }

  /** Says of silent channels that their values are missing, and of devices how they are. */
  tickSilence(): void {
    const { samples, states } = this.#staleness.tick(this.#options.clock.mono());
    this.#door.accept(this.#vouched(samples));
    for (const state of states) {
      this.#conditions.set(state.device, state);
      this.tellStatus(state.device);
    }
  }

  /** Publishes how a device is, where that has changed: somebody works at it now, or not any more. */
  tellStatus(device: string): void {
    const service = this.#options.serviceOf?.(device);
    const condition = this.#conditions.get(device);
    if (service) this.#setStatus(device, service);
    else if (condition) this.#setStatus(device, { since: this.#options.timekeeper.now(), ...condition });
  }

  #vouched(samples: readonly Sample[]): readonly Sample[] {
    const { vouch } = this.#options;
    return vouch ? samples.map(vouch) : samples;
  }

  #setStatus(device: string, { state, since: now, why, until }: DeviceStatus): void {
    const { log, onStatus } = this.#options;
    const before = this.statuses.get(device);
    const since = before?.state === state ? before.since : now;
    const status: DeviceStatus = {
      state,
      since,
      ...(why === undefined ? {} : { why }),
      ...(until === undefined ? {} : { until }),
    };
    this.statuses.set(device, status);
    onStatus(device, status);
    if (state === 'stale' || state === 'fault') log.warn('device is not well', { device, state, why });
    else if (state === 'service') log.info('device is in service', { device, why });
    else if (before && before.state !== 'offline') log.info('device is well again', { device });
  }

  /** Resolves when the transitions of an alarm are durable; where there are none, when those that say the same are. */
  async #keep(
    alarm: { readonly device: string; readonly rule: string },
    drafts: readonly TransitionDraft[],
  ): Promise<void> {
    const key = alarmKey(alarm);
    if (drafts.length > 0) {
      const kept = new Promise<boolean>((resolve) => this.#door.announce(drafts, resolve));
      this.#coming.set(key, kept);
      void kept.then((isKept) => isKept && this.#coming.get(key) === kept && this.#coming.delete(key));
    }
    const isKept = (await this.#coming.get(key)) ?? true;
    if (!isKept) throw new Error('the journal cannot keep it');
  }

  #append(group: AcceptedGroup, urgency: 'now' | 'ack' | 'routine', onKept?: (kept: boolean) => void): void {
    this.#options.store.append(group, urgency, onKept);
    for (const { device, state } of group.states ?? []) this.sourceStates.set(device, state);
    for (const entry of group.entries) {
      if (entry.kind === 'reading') this.#noteReading(entry.reading);
      else this.#options.onTransition(entry.transition);
    }
    this.#options.onAccepted(group.entries);
  }

  #noteReading(reading: Reading): void {
    this.#setLatest(reading);
    if (reading.clock === 'synced') this.#options.store.raiseTimeFloor(reading.at);
  }

  #setLatest(reading: Reading): void {
    let channels = this.latest.get(reading.device);
    if (!channels) this.latest.set(reading.device, (channels = new Map()));
    channels.set(reading.channel, reading);
  }
}
