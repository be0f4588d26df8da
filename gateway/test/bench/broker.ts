import { BrokerProcess } from '../broker-process.ts';
import { Mosquitto } from '../mosquitto.ts';
import type { BrokerLoadPlan } from './broker-load.ts';
import type { LoadResult } from './closed-loop.ts';
import { runLoad, twice } from './load.ts';
import { inTurn, loadText, median } from './measure.ts';
import type { Section } from './section.ts';
import { rangeOf, shown, table, times } from './table.ts';

/** Our broker against mosquitto, message by message, on a topic that means nothing to the gateway. */

interface Case {
  readonly name: string;
  readonly plan: Pick<BrokerLoadPlan, 'qos' | 'publishers' | 'subscribers' | 'messages' | 'perSecond'>;
  /** Ours may cost so much more than mosquitto at its defaults. */
  readonly target?: number;
}

const cases: readonly Case[] = [
  { name: 'QoS 0, 1 → 1', plan: { qos: 0, publishers: 1, subscribers: 1, messages: 200_000 } },
  {
    name: 'QoS 0, 1 → 10',
    plan: { qos: 0, publishers: 1, subscribers: 10, messages: 60_000 },
    target: 1.5,
  },
  {
    name: 'QoS 1, 1 → 1',
    plan: { qos: 1, publishers: 1, subscribers: 1, messages: 150_000 },
    target: 1.5,
  },
  { name: 'QoS 1, 10 → 1', plan: { qos: 1, publishers: 10, subscribers: 1, messages: 150_000 } },
  { name: 'QoS 1, 99 → 1', plan: { qos: 1, publishers: 99, subscribers: 1, messages: 150_000 } },
  {
    name: 'QoS 1, 1 → 1, at 2,000/s',
    plan: { qos: 1, publishers: 1, subscribers: 1, messages: 6000, perSecond: 1900 },
  },
];

interface Peer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** More than any client sends: what a message costs shows only when nobody is held back. */
const liftedLimits = { maxMessagesPerSecond: 1e9 };
/**
 * What mosquitto does by itself, but for the length of its queue: with several publishers it reads them more often than
 * the acks of their one subscriber, and by default drops QoS 1 messages behind 1,000.
 */
const mosquittoDefaults = ['max_inflight_messages 20', 'max_queued_messages 0'];
const mosquittoBest = ['set_tcp_nodelay true', 'max_inflight_messages 1000', 'max_queued_messages 0'];

const brokers: Readonly<Record<string, () => Promise<Peer>>> = {
  ours: () => BrokerProcess.start('guarded', liftedLimits, []),
  'mosquitto, defaults': () => Mosquitto.start(mosquittoDefaults),
  'mosquitto, best': () => Mosquitto.start(mosquittoBest),
};

const traffic = { topic: 'bench/site/#', filter: 'bench/#', payload: 'x'.repeat(200), window: 900 };

async function measure(start: () => Promise<Peer>, { plan }: Case, isQuick: boolean): Promise<LoadResult> {
  await using broker = await start();
  const messages = isQuick ? Math.round(plan.messages / 5) : plan.messages;
  const warmUp = plan.perSecond === undefined ? Math.min(20_000, messages) : 1000;
  const whole: BrokerLoadPlan = { ...traffic, ...plan, messages, warmUp, port: broker.port, pids: [broker.pid] };
  return await runLoad<LoadResult>('broker-load.ts', whole);
}

export const broker: Section = async ({ isQuick, rounds, print }) => {
  print('CPU of the broker for one published message of 200 bytes, µs: median (range) of interleaved rounds.');
  print('Ours with its limit of 2,000 messages/s a client lifted; its other limits are the defaults.\n');
  const rows: string[][] = [];
  for (const test of cases) {
    const contestants = Object.entries(brokers).map(
      ([name, start]) => [name, () => twice(() => measure(start, test, isQuick))] as const,
    );
    const results = await inTurn(Object.fromEntries(contestants), rounds);
    const micros = (name: string): readonly number[] => (results.get(name) ?? []).map((one) => one.microsPerMessage);
    const cell = (name: string): string => `${shown(median(micros(name)))} (${rangeOf(micros(name))})`;
    const rate = (name: string): string => shown(median((results.get(name) ?? []).map((one) => one.messagesPerSecond)));
    const names = Object.keys(brokers);
    const ratioTo = (name: string): string => times(median(micros('ours')) / median(micros(name)));
    rows.push([
      test.name,
      ...names.map(cell),
      ratioTo('mosquitto, defaults'),
      test.target === undefined ? '' : `≤ ${times(test.target)}`,
      ratioTo('mosquitto, best'),
      names.map(rate).join(' / '),
      shown(median([...results.values()].flat().map((one) => one.ownMicros))),
      loadText().split(' ')[0] ?? '',
    ]);
  }
  const headings = [
    'case',
    ...Object.keys(brokers),
    'to defaults',
    'target',
    'to best',
    'messages/s',
    'load µs',
    'load avg',
  ];
  print(table(headings, rows));
};
