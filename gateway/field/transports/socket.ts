import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { reasonOf } from '../../model/errors.ts';
import type { Link } from './link.ts';

const connectTimeoutMs = 5000;
/** Bytes that wait to be sent before the other side is taken as one that does not read. */
const mostUnsent = 64 * 1024;

/** Connects to a serial-to-Ethernet box (`{host, port}`) or to a simulated device (`{path}`). */
export async function openSocket(where: NetConnectOpts): Promise<Link> {
  const socket = connect({ ...where, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
  await new Promise<void>((resolve, reject) => {
    const giveUp = setTimeout(() => socket.destroy(new Error('no answer in time')), connectTimeoutMs);
    socket.once('connect', () => {
      clearTimeout(giveUp);
      socket.removeListener('error', reject);
      resolve();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(giveUp);
      // Only a local socket can be missing: a simulated device that is unplugged.
      reject(error.code === 'ENOENT' ? new Error('nothing is plugged in') : error);
    });
  });
  return socketLink(socket);
}

/** A link over a socket that is connected. */
export function socketLink(socket: Socket): Link {
  const ended = new Promise<string>((resolve) => {
    let reason = 'the other side closed the connection';
    socket.on('error', (error) => {
      reason = reasonOf(error);
    });
    socket.once('close', () => resolve(reason));
  });
  return {
    ended,
    write: (bytes) => {
      if (socket.writableLength > mostUnsent) socket.destroy(new Error('the other side does not read what it is sent'));
      else socket.write(bytes);
    },
    onData: (listener) => void socket.on('data', listener),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: async () => {
      socket.removeAllListeners('data');
      socket.destroy();
      await ended;
    },
  };
}
