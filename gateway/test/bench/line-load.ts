import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { ClosedLoop, type LoopPlan } from './closed-loop.ts';
import { openSubscriber } from './load-client.ts';

/** Devices behind serial-to-Ethernet boxes and a subscriber of their readings, in a process of its own. */
export interface LineLoadPlan extends LoopPlan {
  readonly mqttPort: number;
  readonly filter: string;
  /** Where the gateway's lines arrive, one each. */
  readonly tcpPorts: readonly number[];
}

/** Lines that one device sends at a stroke. */
const burst = 32;

const plan = JSON.parse(process.argv[2] ?? '{}') as LineLoadPlan;
const lines: Socket[] = [];
const allThere = Promise.withResolvers<void>();
for (const port of plan.tcpPorts) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}); // a gateway that ends
    if (lines.push(socket) === plan.tcpPorts.length) allThere.resolve();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

let arrived = 0;
let sent = 0;
const loop = new ClosedLoop(plan, {
  send: (atMost) => {
    const socket = lines[Math.floor(sent / burst) % lines.length];
    const count = Math.min(burst - (sent % burst), atMost);
    if (!socket || count <= 0) return 0;
    let text = '';
    for (let index = 0; index < count; index++) text += `T${(((sent + index) % 6000) / 100 - 10).toFixed(2)}\n`;
    socket.write(text);
    sent += count;
    return count;
  },
  done: () => arrived,
});
await openSubscriber(plan.mqttPort, {
  clientId: 'subscriber',
  filter: plan.filter,
  qos: 1,
  onMessage: () => void arrived++,
  onChunk: () => loop.turn(),
});
await allThere.promise;
process.send?.(await loop.run(), () => process.exit(0));
