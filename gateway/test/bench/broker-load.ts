import type { Socket } from 'node:net';
import { publishPacket } from '../raw-mqtt.ts';
import { ClosedLoop, type LoopPlan } from './closed-loop.ts';
import { openPublisher, openSubscriber } from './load-client.ts';

/**
 * Publishers and subscribers of a bench, in a process of their own: raw packets, made once and copied, so that the
 * broker is what is measured.
 */
export interface BrokerLoadPlan extends LoopPlan {
  readonly port: number;
  readonly qos: 0 | 1;
  readonly publishers: number;
  readonly subscribers: number;
  /** A `#` in it becomes the number of the publisher. */
  readonly topic: string;
  readonly filter: string;
  readonly payload: string;
}

interface Publisher {
  readonly socket: Socket;
  readonly packet: Buffer;
  id: number;
}

/** Messages that one publisher sends at a stroke. */
const burst = 64;

const plan = JSON.parse(process.argv[2] ?? '{}') as BrokerLoadPlan;
const received = Array.from({ length: plan.subscribers }, () => 0);
const publishers: Publisher[] = [];
let sent = 0;
let acked = 0;

const loop = new ClosedLoop(plan, {
  send: (atMost) => {
    const publisher = publishers[Math.floor(sent / burst) % publishers.length];
    const count = Math.min(burst - (sent % burst), atMost);
    if (!publisher || count <= 0) return 0;
    send(publisher, count);
    sent += count;
    return count;
  },
  done: () => Math.min(...received, plan.qos > 0 ? acked : sent),
});
const onChunk = (): void => loop.turn();

function send(publisher: Publisher, count: number): void {
  const { socket, packet } = publisher;
  const bytes = Buffer.allocUnsafe(packet.length * count);
  for (let index = 0; index < count; index++) {
    packet.copy(bytes, index * packet.length);
    publisher.id = (publisher.id % 65_535) + 1;
    if (plan.qos > 0) bytes.writeUInt16BE(publisher.id, (index + 1) * packet.length - plan.payload.length - 2);
  }
  socket.write(bytes);
}

for (const index of received.keys()) {
  const onMessage = (): void => void (received[index] = (received[index] ?? 0) + 1);
  const { port, filter, qos } = plan;
  await openSubscriber(port, { clientId: `subscriber-${index}`, filter, qos, onMessage, onChunk });
}
for (let index = 0; index < plan.publishers; index++) {
  const socket = await openPublisher(plan.port, `publisher-${index}`, { onAck: () => void acked++, onChunk });
  const { topic, qos, payload } = plan;
  publishers.push({ socket, packet: publishPacket({ topic: topic.replace('#', String(index)), qos, payload }), id: 0 });
}
process.send?.(await loop.run(), () => process.exit(0));
