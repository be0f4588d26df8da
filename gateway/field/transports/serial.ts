import { stat } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import { reasonOf } from '../../model/errors.ts';
import type { LineSettings } from '../../profiles/connect.ts';
import type { Link } from './link.ts';

const pulled = 'the cable or the adapter was pulled';
const watchEveryMs = 500;

/** Opens a serial port for this process alone. */
export async function openSerial(path: string, line: LineSettings): Promise<Link> {
  const port = new SerialPort({ path, ...line, autoOpen: false, lock: true });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openError(path, error)) : resolve()));
  });
  let reason = 'the port was closed';
  const stopWatching = watchNode(path, await nodeAt(path), () => {
    reason = pulled;
    if (port.isOpen) port.close();
  });
  const ended = new Promise<string>((resolve) => {
    port.on('error', (error) => {
      reason = reasonOf(error);
    });
    port.once('close', (error: (Error & { readonly disconnected?: boolean }) | null) => {
      stopWatching();
      resolve(error?.disconnected ? pulled : error ? reasonOf(error) : reason);
    });
  });
  return {
    ended,
    write: (bytes) => void port.write(bytes),
    onData: (listener) => void port.on('data', listener),
    pause: () => void port.pause(),
    resume: () => void port.resume(),
    close: () =>
      new Promise((resolve) => {
        port.removeAllListeners('data');
        if (port.isOpen) port.close(() => resolve());
        else resolve();
      }),
  };
}

/** serialport says it in the system's words, for a programmer. */
function openError(path: string, error: Error): Error {
  const words = /No such file/.test(error.message)
    ? `nothing is plugged in at ${path}`
    : error.message.replace(/^Error: /, '');
  return new Error(words, { cause: error });
}

/** Which device a path leads to, `undefined` when to none. */
async function nodeAt(path: string): Promise<string | undefined> {
  const node = await stat(path).catch(() => undefined);
  return node && `${node.dev}:${node.ino}:${node.rdev}`;
}

/**
 * Tells once when the path no longer leads to the device that was opened. serialport 13 itself sees nothing of a port
 * that goes in the moment of its opening: it then reads no bytes for ever, without a pause, and grows.
 */
function watchNode(path: string, opened: string | undefined, onGone: () => void): () => void {
  const look = async (): Promise<void> => {
    if (opened !== undefined && (await nodeAt(path)) === opened) return;
    clearInterval(timer);
    onGone();
  };
  const timer = setInterval(() => void look(), watchEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
