import { once } from 'node:events';
import type { Encoding } from '../../model/delivery.ts';
import { LinkProxy, type LineConditions } from '../link-proxy.ts';
import { Mosquitto } from '../mosquitto.ts';
import { publishPacket } from '../raw-mqtt.ts';
import type { Drained, DrainPlan } from './backlog-drain.ts';
import { openPublisher, openSubscriber } from './load-client.ts';
import { runLoad } from './load.ts';
import { inTurn, loadText, median } from './measure.ts';
import { readingMaker } from './readings.ts';
import type { BenchOptions, Section } from './section.ts';
import { shown, table, times } from './table.ts';

/** How long a backlog takes over a link with 50 ms round trip, beside the bridge of mosquitto on the same line. */

interface Line {
  readonly name: string;
  readonly conditions: Partial<LineConditions>;
  /** Readings that the forwarder sends, and the bridge; the bridge's time is scaled. */
  readonly readings: number;
  readonly bridged: number;
}

const lines: readonly Line[] = [
  {
    name: '50 ms round trip, at most 32 KiB inside the line each way',
    conditions: { roundTripMs: 50 },
    readings: 200_000,
    bridged: 5000,
  },
  {
    name: '50 ms round trip, 2 Mbit/s',
    conditions: { roundTripMs: 50, bitsPerSecond: 2e6 },
    readings: 50_000,
    bridged: 2000,
  },
];
const targetTimes = 20;
const targetBytes = 15;

interface Measured {
  readonly readingsPerSecond: number;
  readonly wireBytes: number;
  readonly microsPerReading?: number;
}

async function drain(encoding: Encoding, readings: number, conditions: Partial<LineConditions>): Promise<Measured> {
  await using upstream = await Mosquitto.start();
  await using link = await LinkProxy.to(upstream.port, conditions);
  const plan: DrainPlan = { url: link.url, encoding, readings };
  const { seconds, microsPerReading } = await runLoad<Drained>('backlog-drain.ts', plan);
  const wireBytes = (link.bytes.up + link.bytes.down) / readings;
  return { readingsPerSecond: readings / seconds, wireBytes, microsPerReading };
}

/** One reading a message into a broker whose bridge waits for the link. */
async function fill(port: number, count: number): Promise<void> {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let acked = 0;
  const onAck = (): void => {
    if (++acked === count) resolve();
  };
  const socket = await openPublisher(port, 'filler', { onAck, onChunk: () => {} });
  const make = readingMaker(210_934_871_123, Date.now());
  for (let seq = 1; seq <= count; seq++) {
    const entry = make(seq, 25);
    if (entry.kind !== 'reading') continue;
    const topic = `city/lp-bench/reading/${entry.device}/${entry.channel}`;
    const isRoomy = socket.write(publishPacket({ topic, payload: entry.json, qos: 1, id: seq % 65_535 || 1 }));
    if (!isRoomy) await once(socket, 'drain');
  }
  await done;
  socket.removeAllListeners('close');
  socket.destroy();
}

/** The bridge's pause before it connects is left out: its time runs from the first message that arrives to the last. */
async function bridge(
  settings: readonly string[],
  readings: number,
  conditions: Partial<LineConditions>,
): Promise<Measured> {
  await using upstream = await Mosquitto.start();
  await using link = await LinkProxy.to(upstream.port, conditions);
  link.refuse();
  let [arrived, firstAt] = [0, 0];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  await openSubscriber(upstream.port, {
    clientId: 'counter',
    filter: 'city/#',
    qos: 0,
    onChunk: () => {},
    onMessage: () => {
      if (++arrived === 1) firstAt = performance.now();
      if (arrived === readings) resolve();
    },
  });
  await using local = await Mosquitto.start([
    ...settings,
    'connection city',
    `address 127.0.0.1:${link.port}`,
    'topic # out 1',
    'cleansession false',
    'notifications false',
    'try_private false',
    'restart_timeout 1',
    'remote_clientid bench',
  ]);
  await fill(local.port, readings);
  link.mend();
  await done;
  const seconds = (performance.now() - firstAt) / 1000;
  return { readingsPerSecond: readings / seconds, wireBytes: (link.bytes.up + link.bytes.down) / readings };
}

export const backlog: Section = async (options) => {
  for (const line of lines) await over(line, options);
};

async function over(line: Line, { isQuick, rounds, print }: BenchOptions): Promise<void> {
  const { name, conditions } = line;
  const [readings, bridged] = [line.readings, line.bridged].map((count) => (isQuick ? count / 4 : count)) as [
    number,
    number,
  ];
  const defaults = ['max_inflight_messages 20', 'max_queued_messages 0'];
  const best = ['max_inflight_messages 1000', 'max_queued_messages 0', 'set_tcp_nodelay true'];
  const contestants: Readonly<Record<string, () => Promise<Measured>>> = {
    'forwarder, zstd': () => drain('zstd', readings, conditions),
    'forwarder, gzip': () => drain('gzip', readings, conditions),
    'forwarder, json (its default)': () => drain('json', readings, conditions),
    'mosquitto bridge, defaults': () => bridge(defaults, bridged, conditions),
    'mosquitto bridge, best': () => bridge(best, bridged, conditions),
  };
  print(`${name}: ${readings} readings, from the start to the last PUBACK.`);
  print(`The bridge carries ${bridged} and is scaled; its queue is unlimited, since by default it would drop them.\n`);
  const results = await inTurn(contestants, rounds);
  const speed = (name: string): number => median((results.get(name) ?? []).map((one) => one.readingsPerSecond));
  const rows = [...results].map(([name, all]) => {
    const isOurs = name.startsWith('forwarder');
    const micros = all.flatMap(({ microsPerReading = [] }) => microsPerReading);
    return [
      name,
      shown(median(all.map((one) => readings / one.readingsPerSecond))),
      shown(speed(name)),
      times(speed(name) / speed('mosquitto bridge, defaults')),
      isOurs ? `≥ ${times(targetTimes)}` : '',
      times(speed(name) / speed('mosquitto bridge, best')),
      shown(median(all.map((one) => one.wireBytes))),
      name.endsWith('zstd') ? `≤ ${targetBytes}` : '',
      micros.length > 0 ? shown(median(micros)) : '',
    ];
  });
  print(
    table(
      ['way', 's', 'readings/s', 'to defaults', 'target', 'to best', 'wire bytes/reading', 'target', 'CPU µs/reading'],
      rows,
    ),
  );
  print(`\nload average ${loadText()}\n`);
}
