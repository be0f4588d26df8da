import type { AlarmTransition } from '../model/alarm.ts';
import type { DeviceDescription, DeviceStatus } from '../model/device.ts';
import { printTopic } from '../model/topic.ts';
import type { Clock } from '../platform/clock.ts';

type Publish = (topic: string, payload: string, options?: { readonly retain?: boolean; readonly qos?: 0 | 1 }) => void;

/** What of an accepted entry is published. */
export type Announced =
  | { readonly kind: 'reading'; readonly device: string; readonly channel: string; readonly json: string }
  | { readonly kind: 'alarm'; readonly transition: AlarmTransition; readonly json: string };

/** `latest` is published at most so often per device. */
const latestEveryMs = 1000;

interface Latest {
  /** Reading per channel, as JSON. */
  readonly channels: Map<string, string>;
  isWaiting: boolean;
  publishedMono: number;
}

/** Publishes what the gateway has to say on its local topics. */
export class Announcer {
  readonly #gateway: string;
  readonly #publish: Publish;
  readonly #clock: Clock;
  readonly #latest = new Map<string, Latest>();
  readonly #readingTopics = new Map<string, string>();

  constructor({
    gateway,
    publish,
    clock,
  }: {
    readonly gateway: string;
    readonly publish: Publish;
    readonly clock: Clock;
  }) {
    this.#gateway = gateway;
    this.#publish = publish;
    this.#clock = clock;
  }

  /** An accepted reading or alarm transition. */
  entry(entry: Announced): void {
    if (entry.kind === 'reading') this.reading(entry.device, entry.channel, entry.json);
    else this.alarm(entry.transition, entry.json);
  }

  /** @param json - the reading as it is stored. */
  reading(device: string, channel: string, json: string): void {
    const key = `${device}/${channel}`;
    let topic = this.#readingTopics.get(key);
    if (topic === undefined) {
      topic = printTopic(this.#gateway, { kind: 'reading', device, channel });
      this.#readingTopics.set(key, topic);
    }
    this.#publish(topic, json);
    this.setLatest(device, channel, json);
  }

  /** Sets what is known of a channel without publishing the reading itself, as after a restart. */
  setLatest(device: string, channel: string, json: string): void {
    let latest = this.#latest.get(device);
    if (!latest) {
      latest = { channels: new Map(), isWaiting: false, publishedMono: Number.NEGATIVE_INFINITY };
      this.#latest.set(device, latest);
    }
    latest.channels.set(channel, json);
    if (latest.isWaiting) return;
    latest.isWaiting = true;
    const sinceLast = this.#clock.mono() - latest.publishedMono;
    // The trailing edge: what comes in between is in the message that ends the pause.
    this.#clock.after(Math.max(0, latestEveryMs - sinceLast), () => this.#publishLatest(device, latest));
  }

  description(description: DeviceDescription): void {
    const topic = printTopic(this.#gateway, { kind: 'device', device: description.device });
    this.#publish(topic, JSON.stringify(description), { retain: true });
  }

  deviceStatus(device: string, status: DeviceStatus): void {
    this.#publish(printTopic(this.#gateway, { kind: 'status', device }), JSON.stringify(status), { retain: true });
  }

  gatewayStatus(status: { readonly state: 'online' | 'offline'; readonly since: number }): void {
    this.#publish(printTopic(this.#gateway, { kind: 'gateway-status' }), JSON.stringify(status), { retain: true });
  }

  /** An open alarm stays retained; its end is one message, and then nothing is retained any more. */
  alarm(transition: AlarmTransition, json: string): void {
    const { device, rule, state } = transition;
    const topic = printTopic(this.#gateway, { kind: 'alarm', device, rule });
    this.#publish(topic, json, { retain: state !== 'normal', qos: 1 });
    if (state === 'normal') this.#publish(topic, '', { retain: true });
  }

  answer(name: string, token: string, content: unknown): void {
    this.#publish(printTopic(this.#gateway, { kind: 'answer', name, token }), JSON.stringify(content), { qos: 1 });
  }

  result(device: string, name: string, content: unknown): void {
    this.#publish(printTopic(this.#gateway, { kind: 'result', device, name }), JSON.stringify(content), { qos: 1 });
  }

  quarantine(device: string, content: unknown): void {
    this.#publish(printTopic(this.#gateway, { kind: 'quarantine', device }), JSON.stringify(content));
  }

  #publishLatest(device: string, latest: Latest): void {
    latest.isWaiting = false;
    latest.publishedMono = this.#clock.mono();
    const members = [...latest.channels].map(([channel, json]) => `${JSON.stringify(channel)}:${json}`);
    this.#publish(printTopic(this.#gateway, { kind: 'latest', device }), `{${members.join(',')}}`, { retain: true });
  }
}
