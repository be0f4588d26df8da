import { localRights } from '../../gateway/broker/access.ts';
import { Broker } from '../../gateway/broker/broker.ts';
import { silentLog } from '../../gateway/platform/log.ts';
import type { FromCity, ToCity } from './city-protocol.ts';
import { CuttableLink } from './link.ts';

/** The demo's city as a process: a small broker and the link to it. Ends when its channel closes. */

let link: CuttableLink | undefined;

function toCore(message: FromCity): void {
  if (process.connected) process.send?.(message);
}

async function begin(port: number): Promise<void> {
  try {
    const broker = await Broker.listen({
      gateway: 'city',
      host: '127.0.0.1',
      port,
      log: silentLog,
      login: async () => localRights,
      receive: async () => {},
      setting: 'upstreams[0].url',
    });
    link = new CuttableLink(broker.port);
    toCore({ kind: 'ready', linkPort: await link.listen() });
  } catch (error) {
    toCore({ kind: 'failed', why: String(error) });
  }
}

process.on('message', (message: ToCity) => {
  if (message.kind === 'start') void begin(message.port);
  else link?.set(message.isUp);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
