import { reasonOf } from '../model/errors.ts';
import type { Sample } from '../model/reading.ts';
import type { Packets } from './packets.ts';

/** A message on a topic that is not ours, but that a device is read from. */
export interface NeighbourMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly client: string;
  readonly packetId: number | undefined;
  /** The client says that it sends this again. */
  readonly isRepeat: boolean;
  readonly qos: 0 | 1 | 2;
}

/** A device that is read from topics of its own. */
export interface Neighbour {
  readonly id: string;
  readonly topics: ReadonlySet<string>;
  hear(
    topic: string,
    payload: Uint8Array,
    mono: number,
  ): { readonly samples: readonly Sample[]; readonly isUp?: boolean; readonly rejected?: string };
  tick(mono: number): readonly Sample[];
}

export interface NeighboursOptions {
  readonly devices: readonly Neighbour[];
  readonly packets: Pick<Packets, 'take'>;
  readonly accept: (samples: readonly Sample[]) => void;
  /** Resolves when samples may be accepted: a flood of QoS 0 waits too, and holds up its client. */
  readonly whenRoom: () => Promise<void>;
  readonly link: (device: string, isUp: boolean, why: string | undefined) => void;
  readonly quarantine: (device: string, payload: Buffer, why: string) => Promise<void>;
  /** Monotonic milliseconds. */
  readonly mono: () => number;
}

/** What nobody understands is put into quarantine so often at most, for each device. */
const quarantinePauseMs = 1000;

/** Devices that publish to topics of their own on our broker: their messages become readings, and go on to others. */
export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #byTopic = new Map<string, Neighbour[]>();
  /** Resolves when the messages of a topic that came before are dealt with. */
  readonly #lines = new Map<string, Promise<unknown>>();
  readonly #up = new Map<string, boolean>();
  readonly #quarantinedMono = new Map<string, number>();

  constructor(options: NeighboursOptions) {
    this.#options = options;
    for (const device of options.devices) {
      for (const topic of device.topics) this.#byTopic.set(topic, [...(this.#byTopic.get(topic) ?? []), device]);
    }
  }

  /**
   * Deals with a message. Resolves when what it gives at once is kept, and never before the one before it on the same
   * topic: it is forwarded then, and subscribers must not see an old state behind a new one. One of QoS 0 does not wait.
   */
  async take(message: NeighbourMessage): Promise<void> {
    const { topic } = message;
    const devices = this.#byTopic.get(topic) ?? [];
    const before = this.#lines.get(topic) ?? Promise.resolve();
    const taken = Promise.all(devices.map((device) => this.#takeFor(device, message)));
    if (message.qos > 0) {
      const line = Promise.allSettled([before, taken]);
      this.#lines.set(topic, line);
      await line;
      if (this.#lines.get(topic) === line) this.#lines.delete(topic);
    }
    if (!(await taken).every(Boolean)) throw new Error('the journal cannot keep it');
  }

  /** Gives what fell due; call it a few times a second. */
  tick(): void {
    const mono = this.#options.mono();
    for (const device of this.#options.devices) this.#accept(device.tick(mono));
  }

  async #takeFor(device: Neighbour, message: NeighbourMessage): Promise<boolean> {
    const { mono, packets, whenRoom } = this.#options;
    const { topic, payload, qos } = message;
    const now = mono();
    // What fell due before is not of this packet: thrown away with a repeat, it would be lost.
    this.#accept(device.tick(now));
    const { samples, isUp, rejected } = heardBy(device, topic, payload, now);
    if (isUp !== undefined) this.#tell(device.id, isUp);
    if (rejected !== undefined) await this.#reject(device.id, payload, rejected);
    if (samples.length === 0) return true;
    if (qos === 0) {
      await whenRoom();
      this.#accept(samples);
      return true;
    }
    return packets.take(device.id, samples, packetKey(message), message.isRepeat);
  }

  #accept(samples: readonly Sample[]): void {
    if (samples.length > 0) this.#options.accept(samples);
  }

  #tell(device: string, isUp: boolean): void {
    if (this.#up.get(device) === isUp) return;
    this.#up.set(device, isUp);
    this.#options.link(device, isUp, isUp ? undefined : 'it says that it is gone');
  }

  async #reject(device: string, payload: Buffer, why: string): Promise<void> {
    const { mono, quarantine } = this.#options;
    const now = mono();
    if (now - (this.#quarantinedMono.get(device) ?? Number.NEGATIVE_INFINITY) < quarantinePauseMs) return;
    this.#quarantinedMono.set(device, now);
    await quarantine(device, payload, why);
  }
}

/** A hostile message may be nested deeper than the stack: it goes into quarantine, else its sender repeats it for ever. */
function heardBy(device: Neighbour, topic: string, payload: Uint8Array, mono: number): ReturnType<Neighbour['hear']> {
  try {
    return device.hear(topic, payload, mono);
  } catch (error) {
    return { samples: [], rejected: `it cannot be read: ${reasonOf(error)}` };
  }
}

/** Only the client's word that it sends a packet again tells a repeat from a state that is still the same. */
function packetKey({ client, packetId, topic, payload }: NeighbourMessage): string | undefined {
  return packetId === undefined ? undefined : `${client}\0${packetId}\0${topic}\0${payload.toString('latin1')}`;
}
