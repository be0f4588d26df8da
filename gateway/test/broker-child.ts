import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Aedes } from 'aedes';
import { Broker } from '../broker/broker.ts';
import type { BrokerLimits } from '../broker/limits.ts';
import { createLog } from '../platform/log.ts';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A broker in a process of its own, so that its memory can be measured. Started by `BrokerProcess`. */

export type Order =
  | { readonly kind: 'report' }
  /** Publish messages of our own, so many a second and so large, until told otherwise. */
  | { readonly kind: 'feed'; readonly perSecond: number; readonly bytes: number };

export interface Report {
  readonly port: number;
  /** Largest resident set so far, and now; bytes. */
  readonly peakBytes: number;
  readonly residentBytes: number;
  /** What is still referenced, buffers included. */
  readonly liveBytes: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly received: number;
  readonly errors: readonly string[];
}

const { kind = 'guarded', limits = {} } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly kind?: 'guarded' | 'bare';
  readonly limits?: Partial<BrokerLimits>;
};

let received = 0;
const errors: string[] = [];
let publish = (_topic: string, _payload: Buffer): void => {};
let counters = (): Readonly<Record<string, number>> => ({});
let port = 0;

if (kind === 'bare') {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
} else {
  const broker = await Broker.listen({
    gateway: 'lp',
    host: '127.0.0.1',
    port: 0,
    log: createLog(({ event }) => errors.push(event), Date.now, 'error'),
    limits,
    login: async () => undefined,
    receive: async () => {
      received++;
    },
  });
  publish = (topic, payload) => broker.publish(topic, payload);
  counters = () => ({ ...broker.counters });
  port = broker.port;
}

function report(): void {
  const { maxRSS } = process.resourceUsage();
  const residentBytes = process.memoryUsage.rss();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  const memory = { peakBytes: maxRSS * 1024, residentBytes, liveBytes: heapUsed + external };
  process.send?.({ port, ...memory, counters: counters(), received, errors });
}

function feed(perSecond: number, bytes: number): void {
  let sent = 0;
  const start = performance.now();
  setInterval(() => {
    const due = ((performance.now() - start) / 1000) * perSecond;
    for (; sent < due; sent++) publish('lamppost/1/lp/reading/mast/wind', Buffer.alloc(bytes, 'x'));
  }, 5);
}

process.on('message', (order: Order) => {
  if (order.kind === 'report') report();
  else feed(order.perSecond, order.bytes);
});
process.on('disconnect', () => process.exit(0));
report();
