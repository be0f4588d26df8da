import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A connection without a network: a test plays the client and the system's buffers. */
export interface FakeSocket {
  readonly socket: Socket;
  /** What the system took, write by write. */
  readonly written: readonly Buffer[];
  /** Whether the other side reads; while it does not, one write is under way at most. */
  setReading(isReading: boolean): void;
  /** Bytes come in. */
  arrive(...chunks: readonly Buffer[]): void;
  /** The other side ends its half. */
  hangUp(): void;
}

export function fakeSocket(remoteAddress = '127.0.0.1'): FakeSocket {
  const written: Buffer[] = [];
  let isReading = true;
  let underWay: (() => void) | undefined;
  const duplex = new Duplex({
    allowHalfOpen: false,
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk);
      if (isReading) done();
      else underWay = () => done();
    },
  });
  duplex.on('error', () => {});
  const socket = Object.assign(duplex, {
    remoteAddress,
    destroySoon: () => {
      duplex.end();
      duplex.once('finish', () => duplex.destroy());
    },
  });
  return {
    socket: socket as unknown as Socket,
    written,
    setReading: (isNowReading) => {
      isReading = isNowReading;
      const proceed = isReading ? underWay : undefined;
      if (proceed) underWay = undefined;
      proceed?.();
    },
    arrive: (...chunks) => {
      for (const chunk of chunks) duplex.push(chunk);
    },
    hangUp: () => {
      duplex.push(null);
    },
  };
}
