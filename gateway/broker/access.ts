import { isOurs, parseTopic } from '../model/topic.ts';

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
  topics: ['#'],
};

export const noRights: Rights = { read: [], ingest: [], raise: [], command: [], ask: false, topics: [] };

/** Whether a publish to `topic` is allowed. Only the gateway itself publishes readings and states. */
export function mayPublish(rights: Rights, gateway: string, topic: string): boolean {
  if (topic.startsWith('$')) return false;
  if (!isOurs(topic)) return rights.topics.some((filter) => filterMatches(filter, topic));
  const parsed = parseTopic(gateway, topic);
  switch (parsed?.kind) {
    case 'ingest':
      return grants(rights.ingest, parsed.device);
    case 'raise':
      return grants(rights.raise, parsed.device);
    case 'command':
      return grants(rights.command, parsed.device);
    case 'ask':
      return rights.ask;
    default:
      return false;
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
  return /[+#]/.test(filter) || mayReceive(rights, gateway, filter);
}

function grants(devices: readonly string[], device: string): boolean {
  return devices.includes('*') || devices.includes(device);
}

/** MQTT 3.1.1, 4.7: `+` is one level, `#` the rest; neither reaches topics that begin with `$`. */
export function filterMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && !filter.startsWith('$')) return false;
  const filterLevels = filter.split('/');
  const topicLevels = topic.split('/');
  for (const [index, level] of filterLevels.entries()) {
    if (level === '#') return true;
    if (index >= topicLevels.length) return false;
    if (level !== '+' && level !== topicLevels[index]) return false;
  }
  return filterLevels.length === topicLevels.length;
}
