import type { Socket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import type { BrokerLimits } from './limits.ts';
import { Outbox, type OutboxPool } from './outbox.ts';
import { PacketScanner } from './packet-scanner.ts';

/** Why a connection was ended by the guard. */
export type GuardReason = 'packet' | 'slow';

export interface GuardOptions {
  readonly limits: Pick<BrokerLimits, 'maxPacketBytes' | 'maxMessagesPerSecond' | 'maxParkedBytes' | 'maxWaitingBytes'>;
  readonly clock: Clock;
  readonly pool: OutboxPool;
  readonly onCut: (reason: GuardReason, why: string) => void;
}

/** A client that sends too fast rests so long at least. */
const leastRestMs = 20;

/** What a parked message costs in memory beside its payload. */
const parkedBytes = 1024;

/**
 * Stands between a socket and the broker, in place: the broker reads whole packets that the scanner found sound, and
 * what it writes never waits (`Outbox`). Until the broker knows the client, its CONNECT is all that is read; later it
 * is not read while it sends too fast or too much of what it sent waits to be kept.
 *
 * The socket's own methods are replaced instead of piping it through another stream: a stream between costs more than
 * the broker itself for small messages.
 */
export class Guard {
  readonly #socket: Socket;
  readonly #options: GuardOptions;
  readonly #scanner: PacketScanner;
  readonly #readSocket: (size?: number) => Buffer | null;
  #stage: 'silent' | 'asking' | 'admitted' | 'ended' = 'silent';
  #parked = 0;
  /** Messages that may be read now. */
  #allowance: number;
  #countedMono: number;
  #isResting = false;
  /** The broker works on what it has read, and must not read again before it is done. */
  #isBusy = false;
  #wasAsked = false;

  constructor(socket: Socket, options: GuardOptions) {
    const { limits, clock, pool } = options;
    this.#socket = socket;
    this.#options = options;
    this.#scanner = new PacketScanner(limits.maxPacketBytes);
    this.#allowance = limits.maxMessagesPerSecond;
    this.#countedMono = clock.mono();
    Outbox.takeOver(socket, {
      mostBytes: limits.maxWaitingBytes,
      pool,
      onOverflow: () => this.#cut('slow', 'too much waits for a client that does not read'),
    });
    this.#readSocket = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size?: number): Buffer | null => this.#read(size);
  }

  /** The broker knows the client: what it sends after its CONNECT may pass. */
  admit(): void {
    if (this.#stage !== 'asking') return;
    this.#stage = 'admitted';
    this.#wake();
  }

  /** A message of so many bytes waits to be kept. The result says that it does no more. */
  park(bytes: number): () => void {
    this.#parked += bytes + parkedBytes;
    return () => {
      this.#parked -= bytes + parkedBytes;
      this.#wake();
    };
  }

  /** Reads no more. */
  stop(): void {
    this.#stage = 'ended';
  }

  /** Ends the connection. */
  end(): void {
    this.#stage = 'ended';
    this.#socket.destroy();
  }

  #read(size?: number): Buffer | null {
    if (this.#isBusy) this.#wasAsked = true;
    if (this.#isBusy || this.#mustWait()) return null;
    const chunk = this.#readSocket(size);
    if (chunk === null) return null;
    const { packets, cost, rest, trouble } = this.#scanner.scan(chunk, this.#stage === 'silent' ? 1 : this.#allowance);
    if (trouble) {
      if (trouble.reply) this.#socket.write(trouble.reply);
      this.#cut('packet', trouble.why, trouble.reply !== undefined);
      return null;
    }
    this.#allowance -= cost;
    // Back into the socket's buffer, so that the end of the stream does not overtake it.
    if (rest.length > 0) this.#socket.unshift(rest);
    if (packets.length === 0) return null;
    if (this.#stage === 'silent') this.#stage = 'asking';
    this.#isBusy = true;
    queueMicrotask(this.#proceed);
    return packets;
  }

  /** aedes asks for more from within its parser, which does not bear it: what it gets then it takes for what it had. */
  readonly #proceed = (): void => {
    this.#isBusy = false;
    if (!this.#wasAsked) return;
    this.#wasAsked = false;
    this.#wake();
  };

  #mustWait(): boolean {
    const { limits, clock } = this.#options;
    if (this.#stage === 'asking' || this.#stage === 'ended' || this.#isResting) return true;
    if (this.#parked >= limits.maxParkedBytes) return true;
    const mono = clock.mono();
    const earned = ((mono - this.#countedMono) * limits.maxMessagesPerSecond) / 1000;
    this.#allowance = Math.min(this.#allowance + earned, limits.maxMessagesPerSecond);
    this.#countedMono = mono;
    if (this.#allowance >= 1) return false;
    this.#isResting = true;
    clock.after(leastRestMs, () => {
      this.#isResting = false;
      this.#wake();
    });
    return true;
  }

  /** The broker reads when the socket says that there is something. */
  #wake(): void {
    if (!this.#socket.destroyed && !this.#mustWait()) this.#socket.emit('readable');
  }

  #cut(reason: GuardReason, why: string, gently = false): void {
    if (this.#stage === 'ended') return;
    this.#stage = 'ended';
    this.#options.onCut(reason, why);
    if (gently) this.#socket.destroySoon();
    else this.#socket.destroy();
  }
}
