import { Forwarder } from '../../forward/forwarder.ts';
import { decode, type Received } from '../../forward/receiver/decode.ts';
import { Ledger } from '../../forward/receiver/ledger.ts';
import type { UpstreamOptions } from '../../forward/upstream-options.ts';
import type { DeviceDescription } from '../../model/device.ts';
import { createLog, type LogEvent } from '../../platform/log.ts';
import { FakeClock, settle } from '../fakes/fake-clock.ts';
import { FakeWire, type Sent } from '../fakes/fake-wire.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

export const gateway = 'lp-test';
export const prefix = 'city';

/** What a message says, for tests that read it. */
export function contentOf({ topic, payload }: Sent): Received {
  return decode(prefix, topic, payload);
}

/** `live 3..7`, `alarm 8`, `gap 1..2 budget`, `note 1`, `status`, `device mast`: what a message is about. */
export function summaryOf(sent: Sent): string {
  const content = contentOf(sent);
  switch (content.kind) {
    case 'batch':
      return `${content.lane} ${rangeText(content.batch.from, content.batch.to)}`;
    case 'gap': {
      const { from, to, why, note } = content.gap;
      return to === null ? `note ${note}` : `gap ${rangeText(from, to)} ${why}`;
    }
    case 'device':
      return `device ${content.device}${content.description === undefined ? ' emptied' : ''}`;
    case 'status':
      return content.status.state === 'online' ? 'status' : 'status offline';
    case 'correction':
    case 'other':
    case 'bad':
      return `${content.kind} ${sent.topic}`;
  }
}

const rangeText = (from: number, to: number): string => (from === to ? String(from) : `${from}..${to}`);

/** A device description as the gateway makes them. */
export const aDevice = (device: string, rev = 'r1'): DeviceDescription => ({
  v: 1,
  device,
  rev,
  profile: 'generic/water-depth',
  channels: {},
});

/** A forwarder between a journal in memory and a broker that does what the test says, on a clock that it moves. */
export class ForwardRig {
  readonly clock = new FakeClock();
  readonly wire = new FakeWire();
  readonly ledger = new Ledger();
  readonly events: LogEvent[] = [];
  readonly log: MemoryLog;
  devices: readonly DeviceDescription[] = [];
  /** What the next random number is: full back-off unless a test says otherwise. */
  random = 1;
  forwarder: Forwarder;
  readonly #changes: Partial<UpstreamOptions>;
  #tokens = 0;

  constructor(changes: Partial<UpstreamOptions> = {}, log?: MemoryLog) {
    this.#changes = changes;
    this.log = log ?? new MemoryLog(this.clock);
    this.forwarder = this.#make();
  }

  /** Starts and lets the first connection come up. */
  async start(): Promise<this> {
    this.forwarder.start();
    await settle();
    return this;
  }

  /** The link breaks and comes back. */
  async reconnect(): Promise<void> {
    const { length } = this.wire.sessions;
    this.wire.session.drop();
    await settle();
    while (this.wire.sessions.length === length) await this.clock.advance(500);
  }

  /** The core stops without a good-bye and starts anew. */
  async restart(epoch: number): Promise<void> {
    const { forwarder, wire } = this;
    wire.sessions.at(-1)?.drop();
    await forwarder.stop();
    this.log.restart(epoch);
    this.forwarder = this.#make();
    await this.start();
  }

  /** Acks everything, and what follows on that, until nothing more comes; the receiver gets what is acked. */
  async drain(): Promise<void> {
    await settle();
    for (let round = 0; round < 10_000; round++) {
      const { waiting } = this.wire.session;
      if (waiting.length === 0) return;
      for (const sent of waiting) this.deliver(sent);
      await settle();
    }
    throw new Error('there is no end to it');
  }

  /** The broker takes a message and gives it to the receiver. */
  deliver(sent: Sent): void {
    this.ledger.accept(contentOf(sent));
    sent.ack();
  }

  /** What was sent over the connection that is up, in order. */
  get said(): readonly string[] {
    return this.wire.session.sent.map(summaryOf);
  }

  #make(): Forwarder {
    return new Forwarder({
      gateway,
      upstream: 'city',
      wire: { url: 'mqtt://127.0.0.1:1' },
      protocol: 5,
      prefix,
      encoding: 'json',
      start: 'oldest',
      log: this.log,
      dial: this.wire.dial,
      clock: this.clock,
      ids: { epoch: () => 1, token: () => `session-${++this.#tokens}`, random: () => this.random },
      logger: createLog(
        (event) => this.events.push(event),
        () => this.clock.wall(),
      ),
      now: () => Math.round(this.clock.wall()),
      devices: () => this.devices,
      ...this.#changes,
    });
  }
}
