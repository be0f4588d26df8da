import { createServer, type Server, type Socket } from 'node:net';
import type { Link } from './link.ts';
import { socketLink } from './socket.ts';

/**
 * A port of ours that a device dials. It stays open from one connection to the next, until its link is closed: a logger
 * that dials again must not find it shut. The latest connection counts: a logger that lost its network comes back
 * before the old connection is known to be dead.
 */
interface Port {
  readonly server: Server;
  /** The latest connection, while nobody has taken it. */
  waiting: Socket | undefined;
  /** Takes the next connection. */
  take: ((socket: Socket) => void) | undefined;
  /** The connection that is read. */
  current: Socket | undefined;
}

/** By address: a link that ends by itself leaves its port to the next one. */
const ports = new Map<string, Port>();

/** Resolves when a device has dialled; throws when the port cannot be used. */
export async function openListen(host: string, port: number): Promise<Link> {
  const key = `${host} ${port}`;
  const own = ports.get(key) ?? (await listen(host, port, key));
  const socket = await nextOf(own);
  own.current = socket;
  const link = socketLink(socket);
  return {
    ...link,
    ended: link.ended.then((why) => (own.waiting ? 'the device dialled again' : why)),
    close: async () => {
      await link.close();
      // Another link may have the port already.
      if (own.current === socket) await shut(own, key);
    },
  };
}

async function listen(host: string, port: number, key: string): Promise<Port> {
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
  const own: Port = { server, waiting: undefined, take: undefined, current: undefined };
  server.on('connection', (socket) => arrive(own, socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  server.on('error', () => {}); // a connection that could not be taken; the device dials again
  ports.set(key, own);
  return own;
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') return new Error(`another program has port ${port} already`, { cause: error });
  if (error.code === 'EADDRNOTAVAIL') return new Error(`this machine has no address ${host}`, { cause: error });
  return error;
}

function arrive(own: Port, socket: Socket): void {
  socket.on('error', () => {}); // its link, if it gets one, tells
  own.waiting?.destroy();
  own.waiting = undefined;
  const { take } = own;
  if (take) {
    own.take = undefined;
    take(socket);
    return;
  }
  own.waiting = socket;
  socket.once('close', () => {
    if (own.waiting === socket) own.waiting = undefined;
  });
  own.current?.destroy();
}

function nextOf(own: Port): Promise<Socket> {
  const { waiting } = own;
  own.waiting = undefined;
  return waiting ? Promise.resolve(waiting) : new Promise((resolve) => (own.take = resolve));
}

async function shut(own: Port, key: string): Promise<void> {
  ports.delete(key);
  own.waiting?.destroy();
  await new Promise((resolve) => own.server.close(resolve));
}
