import type { Link, LinkSource } from './link.ts';

/** Opens a link of any kind. The serial library is loaded only where there is a serial port. */
export async function openLink(source: LinkSource): Promise<Link> {
  switch (source.kind) {
    case 'serial': {
      const { openSerial } = await import('./serial.ts');
      return openSerial(source.path, source.line);
    }
    case 'listen': {
      const { openListen } = await import('./listen.ts');
      return openListen(source.host, source.port);
    }
    case 'tcp':
    case 'local': {
      const { openSocket } = await import('./socket.ts');
      return openSocket(source);
    }
  }
}
