import type { Sample } from '../model/reading.ts';
import { resolveTopic } from '../model/topic.ts';
import type { Availability } from '../profiles/connect.ts';
import type { Fields } from '../profiles/grammar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Setup } from '../profiles/setup.ts';
import { withAlarmLimits } from './alarm-limits.ts';
import { jsonReader, valueAt, type ReadJson } from './decode/json.ts';
import { normaliseMessage } from './normalise/message.ts';
import { normalise } from './normalise/normalise.ts';
import { Sampling } from './normalise/sampling.ts';
import type { ConfiguredDevice, ConfiguredField } from './plan.ts';

/** What a neighbour's message is for its device. */
export interface Word {
  /** Samples that fell due with it, if not before. */
  readonly samples: readonly Sample[];
  /** What it says of the device being there. */
  readonly isUp?: boolean;
  /** Why nothing can be made of it, if so. */
  readonly rejected?: string;
}

/** A device without a period of its own has each of its values passed on: no two moments lie in one such period. */
const noPeriodMs = 0.001;

/**
 * A device that publishes to topics of its own on our broker. It has no clock: who calls says what time it is.
 *
 * With `every` its values are put together as those of other devices are; without, each message gives its readings at
 * once, in the samples of `hear`.
 */
export class TopicDevice {
  readonly id: string;
  /** The topics that it is read from. */
  readonly topics: ReadonlySet<string>;
  readonly #setup: Setup;
  readonly #sampling: Sampling;
  readonly #passesOn: boolean;
  readonly #read: ReadJson | undefined;
  readonly #availability: (Availability & { readonly whole: string }) | undefined;
  /** Topics counted from the device's own, by whole topic. */
  readonly #relative: ReadonlyMap<string, string>;

  constructor({ id, setup, everyMs, ...sampling }: ConfiguredDevice, base: string, startMono: number) {
    const { connect, decode } = setup.profile;
    this.id = id;
    this.#setup = setup;
    this.#passesOn = everyMs === undefined;
    this.#sampling = new Sampling({ ...sampling, device: id, setup, everyMs: everyMs ?? noPeriodMs }, startMono);
    this.#read = decode.kind === 'json' ? jsonReader(decode) : undefined;
    this.#relative = new Map(relativeTopics(setup.profile).map((topic) => [resolveTopic(base, topic), topic]));
    const availability = connect.kind === 'topic' ? connect.availability : undefined;
    this.#availability = availability && { ...availability, whole: resolveTopic(base, availability.topic) };
    this.topics = new Set([...this.#relative.keys(), ...(this.#availability ? [this.#availability.whole] : [])]);
  }

  /** Hears a message on one of its topics. */
  hear(topic: string, payload: Uint8Array, mono: number): Word {
    if (payload.length === 0) return { samples: [] }; // a retained message is taken back
    const isUp = topic === this.#availability?.whole ? wordOf(this.#availability, payload) : undefined;
    if (isUp === false) this.#sampling.lost();
    const relative = this.#relative.get(topic);
    const up = isUp === undefined ? {} : { isUp };
    if (relative === undefined) {
      const rejected = isUp === undefined ? `it is neither ${this.#words}` : undefined;
      return { samples: [], ...up, ...(rejected === undefined ? {} : { rejected }) };
    }
    const samples = this.#samplesOf(relative, payload, mono);
    if (typeof samples !== 'string') return { samples, isUp: isUp ?? true };
    return isUp === undefined ? { samples: [], rejected: samples } : { samples: [], isUp };
  }

  /** Gives what fell due; call it a few times a second. */
  tick(mono: number): readonly Sample[] {
    return this.#sampling.tick(mono);
  }

  get #words(): string {
    return this.#availability ? `${this.#availability.online} nor ${this.#availability.offline}` : '';
  }

  /** The samples of a payload, or why nothing can be made of it. */
  #samplesOf(relative: string, payload: Uint8Array, mono: number): readonly Sample[] | string {
    const fields = this.#read ? this.#read(relative, payload) : undefined;
    if (typeof fields === 'string') return fields;
    return fields ? this.#taken(fields, mono) : this.#finished(payload, mono);
  }

  #taken(fields: Fields, mono: number): readonly Sample[] {
    const samples = this.#sampling.add(normalise(this.#setup, fields, { isWarmingUp: false }), mono);
    return this.#passesOn ? [...samples, ...this.#sampling.endPeriod(mono)] : samples;
  }

  /** Of a device that publishes finished values: by channel, as to our ingest topic, or its only value as it is. */
  #finished(payload: Uint8Array, mono: number): readonly Sample[] | string {
    const [channel, ...others] = Object.keys(this.#setup.profile.channels);
    const content = jsonIn(payload);
    if (content === undefined) return 'it is not JSON';
    const isBare = typeof content !== 'object' && channel !== undefined && others.length === 0;
    const message = normaliseMessage(this.#setup, isBare ? { [channel]: content } : content);
    if (!message.ok) return message.why;
    return message.items.flatMap(({ at, values }) =>
      values.map((value): Sample => ({
        device: this.id,
        ...value,
        time: at === undefined ? { mono } : { sender: at },
      })),
    );
  }
}

/** All devices of a site that are read from topics. */
export function topicDevices(
  { devices, alarms }: Pick<ConfiguredField, 'devices' | 'alarms'>,
  startMono: number,
): readonly TopicDevice[] {
  return withAlarmLimits(devices, alarms).flatMap((device) =>
    device.source.kind === 'topic' ? [new TopicDevice(device, device.source.topic, startMono)] : [],
  );
}

function relativeTopics({ decode }: Profile): readonly string[] {
  return decode.kind === 'json' ? Object.values(decode.fields).map(({ topic }) => topic) : [''];
}

/** Whether the device says that it is there; `undefined` when it says neither. */
function wordOf({ path, online, offline }: Availability, payload: Uint8Array): boolean | undefined {
  const text = new TextDecoder().decode(payload);
  const word = path.length === 0 ? text : valueAt(jsonIn(payload), path);
  return word === online ? true : word === offline ? false : undefined;
}

function jsonIn(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown;
  } catch {
    return undefined; // no JSON says undefined
  }
}
