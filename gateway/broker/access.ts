import { isInbound, isOurs, parseTopic, topicPrefix, type InboundTopic } from '../model/topic.ts';
import { filterMatches, filtersOverlap } from './filter.ts';

/** What a client may do. `*` in a list of devices means all of them. */
export interface Rights {
  readonly read: readonly string[];
  readonly ingest: readonly string[];
  readonly raise: readonly string[];
  readonly command: readonly string[];
  readonly ask: boolean;
  /** Filters outside `lamppost/` that the client may publish to and subscribe. */
  readonly topics: readonly string[];
}

/** A loopback client without a name: the people and programs of this machine. */
export const localRights: Rights = {
  read: ['*'],
  ingest: ['*'],
  raise: ['*'],
  command: ['*'],
  ask: true,
  topics: ['#', '$SYS/#'],
};

export const noRights: Rights = { read: [], ingest: [], raise: [], command: [], ask: false, topics: [] };

/** What a publish means: for the gateway, for the other clients, for nobody, or nothing that is allowed. */
export type PublishVerdict = InboundTopic | 'free' | 'ignored' | 'refused';

/**
 * Judges a publish to `topic`. Only the gateway itself publishes readings and states. Topics with `$` are the broker's
 * (4.7.2); bridges write their state there, and would not understand that their connection ends.
 */
export function judgePublish(rights: Rights, gateway: string, topic: string): PublishVerdict {
  if (topic.startsWith('$')) return 'ignored';
  if (!isOurs(topic)) return rights.topics.some((filter) => filterMatches(filter, topic)) ? 'free' : 'refused';
  const parsed = parseTopic(gateway, topic);
  return parsed && isInbound(parsed) && maySend(rights, parsed) ? parsed : 'refused';
}

function maySend(rights: Rights, topic: InboundTopic): boolean {
  switch (topic.kind) {
    case 'ingest':
    case 'raise':
    case 'command':
      return grants(rights[topic.kind], topic.device);
    case 'ask':
      return rights.ask;
  }
}

/** Whether a message on `topic` may go to the client. */
export function mayReceive(rights: Rights, gateway: string, topic: string): boolean {
  if (!isOurs(topic)) return rights.topics.some((filter) => filterMatches(filter, topic));
  const parsed = parseTopic(gateway, topic);
  switch (parsed?.kind) {
    case 'reading':
    case 'latest':
    case 'device':
    case 'status':
    case 'alarm':
    case 'quarantine':
      return grants(rights.read, parsed.device);
    case 'result':
      return grants(rights.read, parsed.device) || grants(rights.command, parsed.device);
    case 'gateway-status':
      return true;
    case 'answer':
      return rights.ask;
    default:
      return false;
  }
}

/** Whether a subscription can ever bring anything; one that cannot is refused, so that nobody waits in vain. */
export function maySubscribe(rights: Rights, gateway: string, filter: string): boolean {
  if (rights === localRights && !filter.startsWith('$')) return true;
  const patterns = isOurs(filter) ? receivable(rights, gateway) : [...receivable(rights, gateway), ...rights.topics];
  return patterns.some((pattern) => filtersOverlap(pattern, filter));
}

/** Filters for all of ours that the client may receive: `mayReceive` as a list. */
export function receivable(rights: Rights, gateway: string): readonly string[] {
  const prefix = topicPrefix(gateway);
  const readable = rights.read.map((device) => (device === '*' ? '+' : device));
  const commanded = rights.command.map((device) => (device === '*' ? '+' : device));
  return [
    `${prefix}/status`,
    ...readable.flatMap((device) => [
      ...['latest', 'device', 'status', 'quarantine'].map((kind) => `${prefix}/${kind}/${device}`),
      ...['reading', 'alarm'].map((kind) => `${prefix}/${kind}/${device}/+`),
    ]),
    ...[...readable, ...commanded].map((device) => `${prefix}/result/${device}/+`),
    ...(rights.ask ? [`${prefix}/answer/+/+`] : []),
  ];
}

function grants(devices: readonly string[], device: string): boolean {
  return devices.includes('*') || devices.includes(device);
}
