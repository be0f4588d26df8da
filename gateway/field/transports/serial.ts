import { SerialPort } from 'serialport';
import { reasonOf } from '../../model/errors.ts';
import type { LineSettings } from '../../profiles/profile.ts';
import type { Link } from './link.ts';

/** Opens a serial port for this process alone. */
export async function openSerial(path: string, line: LineSettings): Promise<Link> {
  const port = new SerialPort({ path, ...line, autoOpen: false, lock: true });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(error) : resolve()));
  });
  const ended = new Promise<string>((resolve) => {
    let reason = 'the port was closed';
    port.on('error', (error) => {
      reason = reasonOf(error);
    });
    port.once('close', (error: (Error & { readonly disconnected?: boolean }) | null) => {
      resolve(error?.disconnected ? 'the cable or the adapter was pulled' : error ? reasonOf(error) : reason);
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
