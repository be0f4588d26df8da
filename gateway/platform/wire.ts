/** How to reach a broker. */
export interface WireOptions {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string;
  readonly clientId: string;
  /** 4 is MQTT 3.1.1. */
  readonly protocol: 4 | 5;
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The broker keeps our subscriptions, and what comes for them, so long while we are away. Default: not at all. */
  readonly sessionSeconds?: number;
  /** Published, retained, by the broker when the connection ends without a good-bye. */
  readonly will?: { readonly topic: string; readonly payload: string };
}

export interface WireMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly isRetained: boolean;
}

/** What became of a message. */
export type Ack =
  | { readonly kind: 'acked' }
  /** `size`: too large; `content`: this payload will never do; `denied`: the upstream takes nothing (rights, quota). */
  | { readonly kind: 'refused'; readonly because: 'size' | 'content' | 'denied'; readonly why: string };

/** A connection that is up. It stores nothing: what is not acked when it ends was not delivered. */
export interface WireSession {
  /** Most messages that may wait for their acks (MQTT 5 Receive Maximum). */
  readonly receiveMaximum: number;
  readonly maxPacketBytes: number;
  /** Sends with QoS 1. Never rejects, and never settles when the session ends first. */
  publish(topic: string, payload: Buffer | string, retain?: boolean): Promise<Ack>;
  /**
   * Rejects when the broker does not grant the subscription. A message is acked when the listener has dealt with it;
   * the next one comes after that.
   */
  subscribe(filter: string, listener: (message: WireMessage) => void | Promise<void>): Promise<void>;
  /** Waits a little for acks, then says good-bye, so that the Will is not published. */
  end(): Promise<void>;
  /** Drops the connection at once. */
  destroy(): void;
  /** Resolves with the reason when the connection has ended. */
  readonly ended: Promise<string>;
  /** Set when the broker ended the connection because it will not have us: rights, quota, another client in our name. */
  readonly refusal: string | undefined;
}

/** Why there is no connection. `version`: try the older protocol. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly kind: 'unreachable' | 'refused' | 'version';

  constructor(kind: 'unreachable' | 'refused' | 'version', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Opens a connection, or throws a WireError. */
export type Dial = (options: WireOptions, signal: AbortSignal) => Promise<WireSession>;
