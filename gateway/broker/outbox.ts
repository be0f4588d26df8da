import type { Socket } from 'node:net';

type Part = string | Buffer;

/** What is handed to the socket at a time. */
const slabBytes = 64 * 1024;
/** While the socket is busy, so many parts are joined at a time: loose ones would keep others' memory alive. */
const mostLooseParts = 512;

/** Counts what waits for all clients and cuts off the one for which most waits when it is too much. */
export class OutboxPool {
  readonly #mostBytes: number;
  readonly #boxes = new Set<Outbox>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  join(box: Outbox): void {
    this.#boxes.add(box);
  }

  leave(box: Outbox): void {
    this.#boxes.delete(box);
  }

  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#mostBytes || bytes <= 0) return;
    let largest: Outbox | undefined;
    for (const box of this.#boxes) if (!largest || box.bytes > largest.bytes) largest = box;
    largest?.overflow();
  }
}

interface OutboxOptions {
  /** More than this may not wait. */
  readonly mostBytes: number;
  readonly pool: OutboxPool;
  readonly onOverflow: () => void;
}

/**
 * What waits to be sent to one client. All that is written in one turn of the event loop leaves as one write, in
 * order; writing never waits, and a client for which too much waits is given up.
 *
 * The socket's own `write` and `end` are replaced: a stream between costs more than the broker itself.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #write: Socket['write'];
  readonly #end: () => void;
  readonly #mostBytes: number;
  readonly #pool: OutboxPool;
  readonly #onOverflow: () => void;
  #parts: Part[] = [];
  #partBytes = 0;
  #slabs: Buffer[] = [];
  #slabsBytes = 0;
  #sending = 0;
  #isScheduled = false;
  #isOver = false;

  /** Puts an outbox in the place of a socket's own queue. */
  static takeOver(socket: Socket, options: OutboxOptions): void {
    const box = new Outbox(socket, options);
    options.pool.join(box);
    socket.cork = () => {};
    socket.uncork = () => {};
    socket.write = (chunk: string | Uint8Array): boolean => {
      box.#add(typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
      return true;
    };
    socket.end = () => box.#finish();
    socket.once('close', () => box.#clear());
  }

  private constructor(socket: Socket, { mostBytes, pool, onOverflow }: OutboxOptions) {
    this.#socket = socket;
    this.#write = socket.write.bind(socket);
    this.#end = socket.end.bind(socket);
    this.#mostBytes = mostBytes;
    this.#pool = pool;
    this.#onOverflow = onOverflow;
  }

  /** Bytes that the system has not taken yet. */
  get bytes(): number {
    return this.#partBytes + this.#slabsBytes + this.#sending;
  }

  overflow(): void {
    this.#clear();
    this.#onOverflow();
  }

  #add(part: Part): void {
    if (this.#isOver) return;
    const bytes = typeof part === 'string' ? Buffer.byteLength(part) : part.length;
    this.#parts.push(part);
    this.#partBytes += bytes;
    if (this.#sending > 0) {
      if (this.#parts.length >= mostLooseParts || this.#partBytes >= slabBytes) this.#compact();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(this.#flush);
    }
    this.#pool.count(bytes);
    if (!this.#isOver && this.bytes > this.#mostBytes) this.overflow();
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    if (this.#isOver || this.#sending > 0 || !this.#socket.writable) return;
    if (this.#slabs.length === 0) this.#compact();
    const slab = this.#slabs.shift();
    if (!slab) return;
    this.#slabsBytes -= slab.length;
    this.#sending = slab.length;
    this.#write(slab, () => {
      this.#pool.count(-this.#sending);
      this.#sending = 0;
      this.#flush();
    });
  };

  /** Joins the loose parts. */
  #compact(): void {
    if (this.#partBytes === 0) return;
    const slab = Buffer.allocUnsafe(this.#partBytes);
    let at = 0;
    for (const part of this.#parts) at += typeof part === 'string' ? slab.write(part, at) : part.copy(slab, at);
    this.#slabs.push(slab);
    this.#slabsBytes += slab.length;
    this.#parts = [];
    this.#partBytes = 0;
  }

  /** Hands over all that waits, then ends the socket. */
  #finish(): Socket {
    this.#compact();
    const slabs = this.#slabs;
    this.#clear();
    if (this.#socket.writable) for (const slab of slabs) this.#write(slab);
    this.#end();
    return this.#socket;
  }

  #clear(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pool.leave(this);
    this.#pool.count(-this.bytes);
    this.#parts = [];
    this.#slabs = [];
    this.#partBytes = 0;
    this.#slabsBytes = 0;
    this.#sending = 0;
  }
}
