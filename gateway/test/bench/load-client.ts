import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connectPacket, subscribePacket } from '../raw-mqtt.ts';

/** Clients of a load generator: they look at as little of what they receive as they can, so that they cost little. */

/** Types of the packets that a broker sends (MQTT 3.1.1, table 2.1). */
export const packetType = { connack: 2, publish: 3, puback: 4, suback: 9 } as const;

/** Takes a packet: its first byte, and the bytes with the place where its body begins. */
export type OnPacket = (head: number, bytes: Buffer, start: number) => void;

/** Cuts a stream of bytes into packets. */
function packetCutter(onPacket: OnPacket): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      let [start, length, shift, byte] = [at + 1, 0, 0, 0x80];
      for (; byte >= 0x80 && start < bytes.length; shift += 7) {
        byte = bytes[start++] ?? 0;
        length |= (byte & 0x7f) << shift;
      }
      if (byte >= 0x80 || start + length > bytes.length) break;
      onPacket(bytes[at] ?? 0, bytes, start);
      at = start + length;
    }
    rest = at < bytes.length ? bytes.subarray(at) : undefined;
  };
}

interface Opening {
  readonly port: number;
  /** What is sent first, and the type of the packet that answers it. */
  readonly hello: Buffer;
  readonly answer: number;
  readonly onPacket: OnPacket;
  /** A piece of the stream has been dealt with. */
  readonly onChunk: () => void;
}

/** A connection that the broker has let in. */
async function open({ port, hello, answer, onPacket, onChunk }: Opening): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('the broker closed a connection')));
  const cut = packetCutter((head, bytes, start) => {
    if (head >> 4 === answer) resolve();
    onPacket(head, bytes, start);
  });
  socket.on('data', (chunk) => {
    cut(chunk);
    onChunk();
  });
  socket.write(hello);
  await promise;
  return socket;
}

/** Somebody who publishes; `onAck` is called for each PUBACK. */
export function openPublisher(
  port: number,
  clientId: string,
  { onAck, onChunk }: { readonly onAck: () => void; readonly onChunk: () => void },
): Promise<Socket> {
  const onPacket: OnPacket = (head) => {
    if (head >> 4 === packetType.puback) onAck();
  };
  return open({ port, hello: connectPacket({ clientId }), answer: packetType.connack, onPacket, onChunk });
}

interface Subscription {
  readonly clientId: string;
  readonly filter: string;
  readonly qos: number;
  readonly onMessage: () => void;
  readonly onChunk: () => void;
}

/** Somebody who subscribes and acks all that arrives in one piece at a stroke. */
export async function openSubscriber(
  port: number,
  { clientId, filter, qos, onMessage, onChunk }: Subscription,
): Promise<void> {
  let acks: number[] = [];
  const hello = Buffer.concat([connectPacket({ clientId }), subscribePacket(1, { [filter]: qos })]);
  const socket: Socket = await open({
    port,
    hello,
    answer: packetType.suback,
    onPacket: (head, bytes, start) => {
      if (head >> 4 !== packetType.publish) return;
      onMessage();
      if ((head & 6) === 0) return;
      const idAt = start + 2 + bytes.readUInt16BE(start);
      acks.push(0x40, 2, bytes[idAt] ?? 0, bytes[idAt + 1] ?? 0);
    },
    onChunk: () => {
      if (acks.length > 0) socket.write(Buffer.from(acks));
      acks = [];
      onChunk();
    },
  });
}
