import { alarmKey, type AlarmTransition, type TransitionDraft } from '../model/alarm.ts';
import type { ChannelDescription, DeviceDescription } from '../model/device.ts';
import { readingId, type Reading, type Sample } from '../model/reading.ts';
import { joinedReasons, worstQuality } from '../model/statistics.ts';
import { SumEnds } from './sum-ends.ts';
import type { Stamp, Timekeeper } from './timekeeper.ts';

/** What goes into the log: an accepted reading or alarm transition, with its number and its JSON. */
export type Accepted =
  | {
      readonly kind: 'reading';
      readonly seq: number;
      readonly device: string;
      readonly channel: string;
      readonly at: number;
      readonly isSum: boolean;
      readonly json: string;
      readonly reading: Reading;
    }
  | {
      readonly kind: 'alarm';
      readonly seq: number;
      readonly device: string;
      readonly rule: string;
      readonly state: AlarmTransition['state'];
      readonly severity: AlarmTransition['severity'];
      readonly raisedAt: number;
      readonly at: number;
      readonly json: string;
      readonly transition: AlarmTransition;
    };

/** What is kept together with readings. */
export interface Attachments {
  readonly keys?: readonly { readonly device: string; readonly key: string }[];
  readonly states?: readonly { readonly device: string; readonly state: unknown }[];
}

export interface AcceptedGroup extends Attachments {
  readonly entries: readonly Accepted[];
}

/** How soon a group must be durable: `now` for alarms, `ack` when somebody waits for it. */
type Urgency = 'now' | 'ack' | 'routine';

/** Somebody to be told, once, whether a group is durable, and whether they wait for it. */
export interface Awaited {
  readonly onKept: (kept: boolean) => void;
  readonly urgency: 'ack' | 'routine';
}

export interface DoorOptions {
  readonly epoch: number;
  readonly nextSeq: () => number;
  readonly timekeeper: Timekeeper;
  /** Monotonic milliseconds. */
  readonly mono: () => number;
  readonly descriptions: ReadonlyMap<string, DeviceDescription>;
  /** Whether a reading follows the published schema. */
  readonly isSound: (reading: Reading) => boolean;
  /** The alarm rules' word on a reading. */
  readonly judge: (reading: Reading, mono: number) => readonly TransitionDraft[];
  readonly append: (group: AcceptedGroup, urgency: Urgency, onKept?: (kept: boolean) => void) => void;
  /** Somebody who cannot be believed: a sample that is not as it should be. Resolves to whether it is in quarantine. */
  readonly reject: (device: string, why: string, sample: Sample) => Promise<boolean>;
  /** The last transition of each alarm that was not normal when the gateway stopped. */
  readonly openAlarms: readonly AlarmTransition[];
  /** Where the last sum of each channel ended, Unix milliseconds by `device/channel`. */
  readonly sumEnds: Iterable<readonly [string, number]>;
}

/**
 * The core's door: a sample becomes a reading - numbered, timed, checked against the schema - the alarm rules look at
 * it, and both go into the log as one group. Nothing gets in any other way.
 */
export class Door {
  /** Last transition of each alarm that is not normal. */
  readonly openAlarms: Map<string, AlarmTransition>;
  readonly #options: DoorOptions;
  readonly #sums: SumEnds;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#sums = new SumEnds(options.timekeeper, options.sumEnds);
    this.openAlarms = new Map(options.openAlarms.map((transition) => [alarmKey(transition), transition]));
  }

  /** Takes samples that belong together. */
  accept(samples: readonly Sample[], attachments: Attachments = {}, awaited?: Awaited): void {
    const { epoch, nextSeq, append, judge, reject } = this.#options;
    const mono = this.#options.mono();
    const entries: Accepted[] = [];
    const rejections: Promise<boolean>[] = [];
    let isUrgent = false;
    for (const sample of samples) {
      const seq = nextSeq() + entries.length;
      const reading = this.#readingOf(sample, readingId(epoch, seq));
      if (typeof reading === 'string') {
        rejections.push(reject(sample.device, reading, sample));
        continue;
      }
      entries.push(readingEntry(reading, seq));
      for (const draft of judge(reading, mono)) {
        isUrgent = true;
        entries.push(this.#transition(draft, nextSeq() + entries.length, mono));
      }
    }
    const onKept = awaited && whenAll(rejections, awaited.onKept);
    if (entries.length === 0) onKept?.(true);
    else append({ entries, ...attachments }, isUrgent ? 'now' : (awaited?.urgency ?? 'routine'), onKept);
  }

  /** Takes alarm transitions that no reading caused: timers, flows, people. */
  announce(drafts: readonly TransitionDraft[], onKept?: (kept: boolean) => void): void {
    if (drafts.length === 0) {
      onKept?.(true);
      return;
    }
    const { nextSeq, append } = this.#options;
    const mono = this.#options.mono();
    const entries = drafts.map((draft, index) => this.#transition(draft, nextSeq() + index, mono));
    append({ entries }, 'now', onKept);
  }

  /** A reading, or why it cannot be one. */
  #readingOf(sample: Sample, id: string): Reading | string {
    const { descriptions, isSound } = this.#options;
    const { channels = {} } = descriptions.get(sample.device) ?? {};
    const description = Object.hasOwn(channels, sample.channel) ? channels[sample.channel] : undefined;
    if (!description) return `unknown channel ${sample.channel}`;
    const reading = buildReading(sample, { id, description, stamp: this.#sums.stamp(sample) });
    if (!isSound(reading) || !isHonest(reading)) return 'does not follow the schema of a reading';
    this.#sums.note(reading, sample);
    return reading;
  }

  #transition(draft: TransitionDraft, seq: number, mono: number): Accepted {
    const { epoch, timekeeper } = this.#options;
    const { rule, device, channel, state, severity, value, limit, unit, quality, reading, text } = draft;
    const key = alarmKey(draft);
    const stamp = timekeeper.stamp({ mono });
    const { raisedAt, at } = this.#timesOf(draft, stamp, this.openAlarms.get(key));
    const transition: AlarmTransition = {
      v: 1,
      id: readingId(epoch, seq),
      rule,
      device,
      ...(channel === undefined ? {} : { channel }),
      state,
      severity,
      raisedAt,
      at,
      ...(value === undefined ? {} : { value }),
      ...(limit === undefined ? {} : { limit }),
      ...(unit === undefined ? {} : { unit }),
      ...(quality === undefined ? {} : { quality }),
      clock: stamp.clock,
      ...(reading === undefined ? {} : { reading }),
      ...(text === undefined ? {} : { text }),
    };
    if (state === 'normal') this.openAlarms.delete(key);
    else this.openAlarms.set(key, transition);
    const json = JSON.stringify(transition);
    return { kind: 'alarm', seq, device, rule, state, severity, raisedAt, at, json, transition };
  }

  /**
   * Receivers take the transition that is latest by (`raisedAt`, `at`) for an alarm's state, so neither may go back
   * within one alarm, whatever the clock does: `raisedAt` stays as it was first written, until the clock was set in
   * between. Then it is what a correction makes of the first one.
   */
  #timesOf(
    { raisedMono }: TransitionDraft,
    { at, clock }: Stamp,
    before: AlarmTransition | undefined,
  ): { readonly raisedAt: number; readonly at: number } {
    const { timekeeper } = this.#options;
    if (!before) return { raisedAt: at, at };
    const isSet = before.clock !== 'synced' && clock === 'synced';
    const raisedAt = isSet && raisedMono !== undefined ? timekeeper.at(raisedMono) : before.raisedAt;
    return { raisedAt, at: Math.max(at, raisedAt, before.clock === clock ? before.at : 0) };
  }
}

/** What the schema cannot say: JSON makes `null` of what is no number, and a good reading has a value. */
function isHonest({ value, quality }: Reading): boolean {
  if (value === null) return quality === 'bad' || quality === 'missing';
  return typeof value !== 'number' || Number.isFinite(value);
}

function readingEntry(reading: Reading, seq: number): Accepted {
  const { device, channel, at, stat } = reading;
  const json = JSON.stringify(reading);
  return { kind: 'reading', seq, device, channel, at, isSum: stat === 'sum', json, reading };
}

/** Tells of a group when it is kept and its rejected samples are in quarantine. */
function whenAll(rejections: readonly Promise<boolean>[], onKept: (kept: boolean) => void): (kept: boolean) => void {
  if (rejections.length === 0) return onKept;
  return (kept) => void Promise.all(rejections).then((all) => onKept(kept && all.every(Boolean)));
}

function buildReading(
  { device, channel, value, quality: given, why = [], time, stat, n, calibration }: Sample,
  { id, description, stamp }: { readonly id: string; readonly description: ChannelDescription; readonly stamp: Stamp },
): Reading {
  const isMistimed = 'sender' in time && stamp.clock !== 'sender';
  const quality = isMistimed ? worstQuality([given, 'suspect']) : given;
  const reasons = isMistimed ? joinedReasons([why, ['clock']]) : why;
  return {
    id,
    device,
    channel,
    quantity: description.quantity,
    value,
    unit: description.unit,
    quality,
    ...(reasons.length > 0 && quality !== 'good' ? { why: reasons } : {}),
    at: stamp.at,
    ...(stamp.start === undefined ? {} : { start: stamp.start }),
    ...(stat === undefined ? {} : { stat }),
    ...(n === undefined ? {} : { n }),
    clock: stamp.clock,
    ...(stamp.clockErrorMs === undefined ? {} : { clockErrorMs: stamp.clockErrorMs }),
    ...(calibration === undefined ? {} : { calibration }),
  };
}
