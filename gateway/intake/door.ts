import type { AlarmTransition, TransitionDraft } from '../model/alarm.ts';
import type { ChannelDescription, DeviceDescription } from '../model/device.ts';
import { readingId, type Reading, type Reason, type Sample } from '../model/reading.ts';
import type { Stamp, Timekeeper } from './timekeeper.ts';

/** What goes into the log: an accepted reading or alarm transition, with its number and its JSON. */
export type Accepted =
  | {
      readonly kind: 'reading';
      readonly seq: number;
      readonly device: string;
      readonly channel: string;
      readonly at: number;
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

export interface DoorOptions {
  readonly epoch: number;
  readonly nextSeq: () => number;
  readonly timekeeper: Timekeeper;
  readonly descriptions: ReadonlyMap<string, DeviceDescription>;
  /** Whether a reading follows the published schema. */
  readonly isSound: (reading: Reading) => boolean;
  /** The alarm rules' word on a reading. */
  readonly judge: (reading: Reading) => readonly TransitionDraft[];
  readonly append: (group: AcceptedGroup, urgency: 'now' | 'ack' | 'routine', onKept?: (kept: boolean) => void) => void;
  /** Somebody who cannot be believed: a sample that is not as it should be. */
  readonly reject: (device: string, why: string, sample: Sample) => void;
}

/** Who waits for the group to be durable. */
export interface Awaited {
  readonly onKept: (kept: boolean) => void;
}

/**
 * The core's door: a sample becomes a reading - numbered, timed, checked against the schema - the alarm rules look at
 * it, and both go into the log as one group. Nothing gets in any other way.
 */
export class Door {
  readonly #options: DoorOptions;
  /** `at` of the last reading of each channel that is a sum: the next one begins there. */
  readonly #sumEnds = new Map<string, number>();

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Where the next sum of a channel begins, known from before a restart. */
  resumeSum(device: string, channel: string, at: number): void {
    this.#sumEnds.set(`${device}/${channel}`, at);
  }

  /** Takes samples that belong together. */
  accept(samples: readonly Sample[], attachments: Attachments = {}, awaited?: Awaited): void {
    const { epoch, nextSeq, append } = this.#options;
    const entries: Accepted[] = [];
    let isUrgent = false;
    for (const sample of samples) {
      const seq = nextSeq() + entries.length;
      const reading = this.#readingOf(sample, readingId(epoch, seq));
      if (!reading) continue;
      const { device, channel, at } = reading;
      entries.push({ kind: 'reading', seq, device, channel, at, json: JSON.stringify(reading), reading });
      for (const draft of this.#options.judge(reading)) {
        isUrgent = true;
        entries.push(this.#transition(draft, nextSeq() + entries.length, { at, clock: reading.clock }));
      }
    }
    append({ entries, ...attachments }, isUrgent ? 'now' : awaited ? 'ack' : 'routine', awaited?.onKept);
  }

  /** Takes alarm transitions that no reading caused: timers, flows, people. */
  announce(drafts: readonly TransitionDraft[], mono: number, awaited?: Awaited): void {
    if (drafts.length === 0) {
      awaited?.onKept(true);
      return;
    }
    const { nextSeq, timekeeper, append } = this.#options;
    const stamp = timekeeper.stamp({ mono });
    const entries = drafts.map((draft, index) => this.#transition(draft, nextSeq() + index, stamp));
    append({ entries }, 'now', awaited?.onKept);
  }

  #readingOf(sample: Sample, id: string): Reading | undefined {
    const { descriptions, isSound, reject } = this.#options;
    const description = descriptions.get(sample.device)?.channels[sample.channel];
    if (!description) {
      reject(sample.device, `unknown channel ${sample.channel}`, sample);
      return undefined;
    }
    const reading = buildReading(sample, { id, description, stamp: this.#stamp(sample) });
    if (isSound(reading)) return reading;
    reject(sample.device, 'does not follow the schema of a reading', sample);
    return undefined;
  }

  #stamp(sample: Sample): Stamp {
    const { timekeeper } = this.#options;
    const { time } = sample;
    if ('sender' in time && timekeeper.isAhead(time.sender)) return { at: timekeeper.now(), clock: timekeeper.state };
    const stamp = timekeeper.stamp(time);
    if (sample.stat !== 'sum') return stamp;
    const key = `${sample.device}/${sample.channel}`;
    const start = stamp.start ?? this.#sumEnds.get(key);
    this.#sumEnds.set(key, stamp.at);
    return start === undefined || start > stamp.at ? stamp : { ...stamp, start };
  }

  #transition(draft: TransitionDraft, seq: number, { at, clock }: Pick<Stamp, 'at' | 'clock'>): Accepted {
    const { epoch, timekeeper } = this.#options;
    const { rule, device, channel, state, severity, raised, value, limit, unit, quality, reading, text } = draft;
    const raisedAt = 'unix' in raised ? raised.unix : timekeeper.at(raised.mono);
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
      clock,
      ...(reading === undefined ? {} : { reading }),
      ...(text === undefined ? {} : { text }),
    };
    return {
      kind: 'alarm',
      seq,
      device,
      rule,
      state,
      severity,
      raisedAt,
      at,
      json: JSON.stringify(transition),
      transition,
    };
  }
}

function buildReading(
  { device, channel, value, quality, why = [], time, stat, n, calibration }: Sample,
  { id, description, stamp }: { readonly id: string; readonly description: ChannelDescription; readonly stamp: Stamp },
): Reading {
  const isMistimed = 'sender' in time && stamp.clock !== 'sender';
  const reasons: readonly Reason[] = isMistimed ? [...why, 'clock'] : why;
  return {
    id,
    device,
    channel,
    quantity: description.quantity,
    value,
    unit: description.unit,
    quality: isMistimed && (quality === 'good' || quality === 'unchecked') ? 'suspect' : quality,
    ...(reasons.length > 0 ? { why: reasons } : {}),
    at: stamp.at,
    ...(stamp.start === undefined ? {} : { start: stamp.start }),
    ...(stat === undefined ? {} : { stat }),
    ...(n === undefined ? {} : { n }),
    clock: stamp.clock,
    ...(stamp.clockErrorMs === undefined ? {} : { clockErrorMs: stamp.clockErrorMs }),
    ...(calibration === undefined ? {} : { calibration }),
  };
}
