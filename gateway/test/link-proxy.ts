import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { systemClock } from '../platform/clock.ts';

/** What a line is like. Can be changed while it is in use; what is on its way keeps its times. */
export interface LineConditions {
  /** Milliseconds for the way there and back. */
  readonly roundTripMs: number;
  /** In each direction; infinite by default. */
  readonly bitsPerSecond: number;
}

/** So much waits inside a slow line, as in a modem; then the sender's own socket has to wait. */
const lineBufferBytes = 32 * 1024;
/** A slow line passes bytes on in pieces like these. */
const segmentBytes = 1400;

/**
 * A TCP line between a client and a server on this machine, with all that lines do: it can be slow and far, be cut,
 * refuse, or swallow everything without a word.
 */
export class LinkProxy {
  /** Bytes that came out at the other end. */
  readonly bytes = { up: 0, down: 0 };
  /** Connections that were asked for, ever. */
  attempts = 0;
  readonly #server: Server;
  readonly #target: number;
  readonly #ends = new Set<Socket>();
  readonly #pipes = new Set<Pipe>();
  #conditions: LineConditions = { roundTripMs: 0, bitsPerSecond: Number.POSITIVE_INFINITY };
  #state: 'open' | 'refusing' | 'swallowing' = 'open';

  /** A line to a port of 127.0.0.1. */
  static async to(target: number, conditions: Partial<LineConditions> = {}): Promise<LinkProxy> {
    const proxy = new LinkProxy(target);
    proxy.change(conditions);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ noDelay: true }, (client) => this.#join(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  change(conditions: Partial<LineConditions>): void {
    this.#conditions = { ...this.#conditions, ...conditions };
  }

  /** Ends all connections; new ones get through. */
  cut(): void {
    for (const end of this.#ends) end.resetAndDestroy();
  }

  /** From now on new connections are turned away; those that are up stay. */
  refuse(): void {
    this.#state = 'refusing';
  }

  /** From now on nothing gets through and nobody is told. What is connected now will never work again: half-open. */
  swallow(): void {
    this.#state = 'swallowing';
    for (const pipe of this.#pipes) pipe.isDead = true;
  }

  /** New connections work again. */
  mend(): void {
    this.#state = 'open';
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #join(client: Socket): void {
    this.attempts++;
    if (this.#state === 'refusing') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    const conditions = (): LineConditions => this.#conditions;
    const up = new Pipe(client, server, { conditions, passed: (bytes) => (this.bytes.up += bytes) });
    const down = new Pipe(server, client, { conditions, passed: (bytes) => (this.bytes.down += bytes) });
    for (const pipe of [up, down]) {
      pipe.isDead = this.#state === 'swallowing';
      this.#pipes.add(pipe);
    }
    for (const end of [client, server]) {
      this.#ends.add(end);
      end.on('error', () => {}); // 'close' follows
      end.on('close', () => {
        this.#ends.delete(end);
        if (client.destroyed && server.destroyed) for (const pipe of [up, down]) this.#pipes.delete(pipe);
      });
    }
  }
}

interface Owner {
  readonly conditions: () => LineConditions;
  readonly passed: (bytes: number) => void;
}

/** One direction of one connection. */
class Pipe {
  /** Swallows everything, the end included. */
  isDead = false;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #owner: Owner;
  /** Monotonic milliseconds from which the line is free. */
  #freeAt = 0;
  #waitingBytes = 0;
  /** What is on the line, in order; timers alone would not keep it. */
  readonly #line: { readonly arrivesAt: number; readonly arrive: () => void }[] = [];

  constructor(source: Socket, sink: Socket, owner: Owner) {
    this.#source = source;
    this.#sink = sink;
    this.#owner = owner;
    source.on('data', (chunk) => {
      for (let at = 0; at < chunk.length; at += segmentBytes) this.#take(chunk.subarray(at, at + segmentBytes));
    });
    source.on('close', () => this.#send(0, () => sink.destroy()));
  }

  #take(segment: Buffer): void {
    this.#waitingBytes += segment.length;
    if (this.#waitingBytes > lineBufferBytes) this.#source.pause();
    this.#send(segment.length, () => {
      this.#waitingBytes -= segment.length;
      if (this.#waitingBytes < lineBufferBytes / 2) this.#source.resume();
      this.#owner.passed(segment.length);
      this.#sink.write(segment);
    });
  }

  /** Calls back when so many bytes have come out at the other end. */
  #send(bytes: number, arrive: () => void): void {
    const { bitsPerSecond, roundTripMs } = this.#owner.conditions();
    this.#freeAt = Math.max(this.#freeAt, systemClock.mono()) + (bytes * 8000) / bitsPerSecond;
    if (this.#line.push({ arrivesAt: this.#freeAt + roundTripMs / 2, arrive }) === 1) this.#wait();
  }

  #wait(): void {
    const [first] = this.#line;
    if (first) setTimeout(() => this.#arrive(), Math.max(0, first.arrivesAt - systemClock.mono()));
  }

  #arrive(): void {
    const now = systemClock.mono();
    for (let first = this.#line[0]; first && first.arrivesAt <= now; first = this.#line[0]) {
      this.#line.shift();
      if (!this.isDead) first.arrive();
    }
    this.#wait();
  }
}
