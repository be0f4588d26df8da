import type { Socket } from 'node:net';
import { PacketScanner } from './packet-scanner.ts';

export interface GuardLimits {
  readonly maxPacketBytes: number;
  /** A client that publishes faster is not read until the second is over. */
  readonly maxMessagesPerSecond: number;
  /** A client with more bytes waiting for it is cut off: it does not read. */
  readonly maxWaitingBytes: number;
}

/** Why a connection was ended by the guard. */
export type GuardReason = 'packet' | 'slow';

/**
 * Stands between a socket and the broker, in place: what the broker reads has passed the scanner, and what it writes
 * in one turn of the event loop leaves as one write. A client that does not read never holds anybody up: its writes
 * count as done at once, and when too much waits for it, it is cut off.
 *
 * The socket's own methods are replaced instead of piping it through another stream: a stream between costs more than
 * the broker itself for small messages.
 */
export function guardSocket(
  socket: Socket,
  limits: GuardLimits,
  onCut: (reason: GuardReason, why: string) => void,
): void {
  guardReading(socket, limits, (why) => {
    onCut('packet', why);
    socket.destroy();
  });
  guardWriting(socket, limits.maxWaitingBytes, () => {
    onCut('slow', `${limits.maxWaitingBytes} bytes wait for a client that does not read`);
    socket.destroy();
  });
}

function guardReading(
  socket: Socket,
  { maxPacketBytes, maxMessagesPerSecond }: GuardLimits,
  refuse: (why: string) => void,
): void {
  const scanner = new PacketScanner(maxPacketBytes);
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  let isResting = false;
  let second = 0;
  let before = 0;
  const rest = (): void => {
    isResting = true;
    setTimeout(
      () => {
        isResting = false;
        if (!socket.destroyed) socket.emit('readable');
      },
      1000 - (Date.now() % 1000),
    ).unref();
  };
  socket.read = (size?: number): Buffer | null => {
    if (isResting) return null;
    const chunk = read(size);
    if (chunk === null) return null;
    const trouble = scanner.scan(chunk);
    if (trouble) {
      refuse(trouble);
      return null;
    }
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
      second = now;
      before = scanner.publishes;
    } else if (scanner.publishes - before >= maxMessagesPerSecond) {
      rest();
    }
    return chunk;
  };
}

function guardWriting(socket: Socket, maxWaitingBytes: number, cutOff: () => void): void {
  const write = socket.write.bind(socket);
  let waiting: Buffer[] = [];
  let bytes = 0;
  const flush = (): void => {
    const all = waiting.length === 1 && waiting[0] ? waiting[0] : Buffer.concat(waiting, bytes);
    waiting = [];
    bytes = 0;
    if (socket.destroyed) return;
    write(all);
    if (socket.writableLength > maxWaitingBytes) cutOff();
  };
  socket.cork = () => {};
  socket.uncork = () => {};
  socket.write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    const part =
      typeof chunk === 'string'
        ? Buffer.from(chunk, 'utf8')
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (bytes === 0 && part.length > 0) setImmediate(flush);
    waiting.push(part);
    bytes += part.length;
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') callback();
    return true;
  };
  const end = socket.end.bind(socket);
  socket.end = () => {
    if (bytes > 0) flush();
    return end();
  };
}
