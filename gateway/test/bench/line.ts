import { freePort } from '../free-port.ts';
import type { BrokerLoadPlan } from './broker-load.ts';
import type { LoadResult } from './closed-loop.ts';
import type { LineLoadPlan } from './line-load.ts';
import { startGatewayStack, startNodeRedStack, type LineStack } from './line-peers.ts';
import { runLoad, twice } from './load.ts';
import { inTurn, loadText, median } from './measure.ts';
import type { Section } from './section.ts';
import { rangeOf, shown, table, times } from './table.ts';

/** What a reading costs on its whole way, from a TCP line to a subscriber, all processes of the gateway together. */

const targetMicros = 20;
/** Node-RED 5.0.7 with mosquitto, TCP line to subscriber, QoS 1, saturated, as once measured on a machine like this. */
const recordedNodeRedMicros = 77;

const head = (publish: string): string => `
gateway: { id: lp-bench }
broker: { port: 0, publish: ${publish} }
web: { port: 0 }
devices:
`;

const lineConfig = (publish: string, ports: readonly number[]): string =>
  head(publish) +
  ports
    .map(
      (port, index) => `  - { id: line-${index}, profile: bench/probe, source: { tcp: '127.0.0.1:${port}' } }
`,
    )
    .join('');

interface Loop {
  readonly messages: number;
  readonly warmUp: number;
  readonly window: number;
}

async function measureLines(
  start: (tcpPorts: readonly number[]) => Promise<LineStack>,
  lines: number,
  loop: Loop,
): Promise<LoadResult> {
  const tcpPorts = await Promise.all(Array.from({ length: lines }, freePort));
  await using stack = await start(tcpPorts);
  const { mqttPort, filter } = stack;
  const plan: LineLoadPlan = { ...loop, mqttPort, filter, tcpPorts, pids: stack.pids() };
  return await runLoad<LoadResult>('line-load.ts', plan);
}

/** Publishers of one reading a message; each may send 2,000 a second. */
const ingestPublishers = 30;

async function measureIngest(loop: Loop): Promise<LoadResult> {
  const device = `  - { id: pump, profile: generic/water-level, source: ingest, settings: { datum: floor } }\n`;
  await using stack = await startGatewayStack(head('kept') + device);
  const plan: BrokerLoadPlan = {
    ...loop,
    port: stack.mqttPort,
    pids: stack.pids(),
    qos: 1,
    publishers: ingestPublishers,
    subscribers: 1,
    topic: 'lamppost/1/lp-bench/ingest/pump',
    filter: stack.filter,
    payload: '{"level":0.421}',
  };
  return await runLoad<LoadResult>('broker-load.ts', plan);
}

export const line: Section = async ({ isQuick, rounds, print }) => {
  const folder = process.env['LAMPPOST_NODE_RED'] || undefined;
  const loop: Loop = { messages: isQuick ? 40_000 : 150_000, warmUp: 20_000, window: 4000 };
  const lines =
    (publish: string, count: number): (() => Promise<LoadResult>) =>
    () =>
      measureLines((ports) => startGatewayStack(lineConfig(publish, ports)), count, loop);
  const nodeRed = (qos: number): Readonly<Record<string, () => Promise<LoadResult>>> =>
    folder === undefined
      ? {}
      : {
          [`Node-RED + mosquitto, QoS ${qos}, not durable`]: () =>
            measureLines(([port = 0]) => startNodeRedStack(folder, port, qos), 1, {
              ...loop,
              messages: Math.round(loop.messages / 3),
            }),
        };
  const contestants = {
    'TCP line, seen when kept': lines('kept', 1),
    'TCP line, seen when accepted': lines('accepted', 1),
    '8 TCP lines, seen when kept': lines('kept', 8),
    'MQTT ingest, QoS 1': () => measureIngest(loop),
    ...nodeRed(0),
    ...nodeRed(1),
  };
  print('CPU for one durable reading from its line to a subscriber, core and field processes together, µs.');
  print('Each line of text is a reading: the profile of the bench reads every 0.001 ms, which no real device does.');
  print(`MQTT ingest: one reading a message, ${ingestPublishers} publishers, since one may send 2,000/s.\n`);
  const measured = Object.fromEntries(
    Object.entries(contestants).map(([name, measure]) => [name, () => twice(measure)]),
  );
  const results = await inTurn(measured, rounds);
  const microsOf = (name: string): readonly number[] => (results.get(name) ?? []).map((one) => one.microsPerMessage);
  const peerName = Object.keys(contestants).findLast((name) => name.startsWith('Node-RED'));
  const peer = peerName === undefined ? recordedNodeRedMicros : median(microsOf(peerName));
  const rows = [...results].map(([name, all]) => [
    name,
    shown(median(microsOf(name))),
    rangeOf(microsOf(name)),
    name.startsWith('Node-RED') ? '' : `≤ ${targetMicros}`,
    times(peer / median(microsOf(name))),
    shown(median(all.map((one) => one.messagesPerSecond))),
    shown(median(all.map((one) => one.ownMicros))),
  ]);
  if (peerName === undefined)
    rows.push([
      'Node-RED + mosquitto, QoS 1, not durable',
      `${recordedNodeRedMicros}`,
      'recorded earlier',
      '',
      times(1),
      '',
      '',
    ]);
  print(table(['way', 'µs', 'range', 'target', 'cheaper than Node-RED', 'readings/s', 'load µs'], rows));
  print(`\nload average ${loadText()}`);
};
