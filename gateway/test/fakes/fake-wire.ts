import { Buffer } from 'node:buffer';
import {
  WireError,
  type Ack,
  type Dial,
  type WireMessage,
  type WireOptions,
  type WireSession,
} from '../../platform/wire.ts';

/** A message that was sent, and the broker's say in what becomes of it. */
export interface Sent {
  readonly topic: string;
  readonly payload: Buffer;
  readonly isRetained: boolean;
  readonly isSettled: boolean;
  ack(): void;
  refuse(because: 'size' | 'content' | 'denied', why?: string): void;
}

/** The broker's end of one connection. Nothing is acked unless a test says so. */
export class FakeSession implements WireSession {
  readonly receiveMaximum: number;
  readonly maxPacketBytes: number;
  readonly options: WireOptions;
  readonly ended: Promise<string>;
  readonly sent: Sent[] = [];
  refusal: string | undefined;
  /** How it was left: `good-bye`, `destroyed`, or by the broker. */
  left: 'good-bye' | 'destroyed' | 'dropped' | undefined;
  readonly #onSent: (sent: Sent) => void;
  readonly #end: (why: string) => void;
  readonly #listeners: ((message: WireMessage) => void | Promise<void>)[] = [];

  constructor(
    options: WireOptions,
    { receiveMaximum = 65_535, maxPacketBytes = 268_435_455 }: Partial<FakeLimits>,
    onSent: (sent: Sent) => void,
  ) {
    this.options = options;
    this.receiveMaximum = receiveMaximum;
    this.maxPacketBytes = maxPacketBytes;
    this.#onSent = onSent;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** What is neither acked nor refused. */
  get waiting(): readonly Sent[] {
    return this.sent.filter(({ isSettled }) => !isSettled);
  }

  /** Sent on topics that end so. */
  on(ending: string): readonly Sent[] {
    return this.sent.filter(({ topic }) => topic.endsWith(ending));
  }

  publish(topic: string, payload: Buffer | string, retain = false): Promise<Ack> {
    const { promise, resolve } = Promise.withResolvers<Ack>();
    let isSettled = false;
    const settle = (ack: Ack): void => {
      isSettled = true;
      resolve(ack);
    };
    const sent: Sent = {
      topic,
      payload: Buffer.from(payload),
      isRetained: retain,
      get isSettled() {
        return isSettled;
      },
      ack: () => settle({ kind: 'acked' }),
      refuse: (because, why = because) => settle({ kind: 'refused', because, why }),
    };
    this.sent.push(sent);
    this.#onSent(sent);
    return promise;
  }

  ackAll(): void {
    for (const sent of this.waiting) sent.ack();
  }

  async subscribe(_filter: string, listener: (message: WireMessage) => void | Promise<void>): Promise<void> {
    this.#listeners.push(listener);
  }

  /** The broker brings a message. @returns once it is acked, or rejects when it never will be. */
  async bring(topic: string, payload: string | Buffer): Promise<void> {
    for (const listener of this.#listeners) {
      await listener({ topic, payload: Buffer.from(payload), isRetained: false });
    }
  }

  async end(): Promise<void> {
    this.left ??= 'good-bye';
    this.#end('closed');
  }

  destroy(): void {
    this.left ??= 'destroyed';
    this.#end('destroyed');
  }

  /** The link breaks, or the broker goes. */
  drop(why = 'dropped', refusal?: string): void {
    this.left ??= 'dropped';
    this.refusal = refusal;
    this.#end(why);
  }
}

interface FakeLimits {
  readonly receiveMaximum: number;
  readonly maxPacketBytes: number;
}

/** A broker that does what a test says. */
export class FakeWire {
  readonly dials: WireOptions[] = [];
  readonly sessions: FakeSession[] = [];
  limits: Partial<FakeLimits> = {};
  /** What the next dials meet; when it is empty they get through. `hang`: nobody answers. */
  readonly answers: (WireError | 'hang')[] = [];
  /** Called for each message that is sent. */
  onSent: (sent: Sent, session: FakeSession) => void = () => {};

  readonly dial: Dial = (options, signal) => {
    this.dials.push(options);
    const answer = this.answers.shift();
    if (answer instanceof WireError) return Promise.reject(answer);
    if (answer === 'hang') {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new WireError('unreachable', 'given up')));
      });
    }
    const session: FakeSession = new FakeSession(options, this.limits, (sent) => this.onSent(sent, session));
    this.sessions.push(session);
    return Promise.resolve(session);
  };

  /** The connection that is up, or was last. */
  get session(): FakeSession {
    const session = this.sessions.at(-1);
    if (!session) throw new Error('nobody has dialled');
    return session;
  }

  /** Everything ever sent, over all connections. */
  get sent(): readonly Sent[] {
    return this.sessions.flatMap(({ sent }) => sent);
  }
}
