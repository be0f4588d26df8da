import { isId, isWord } from './names.ts';

/**
 * The local topics of one gateway as a type: parsed and printed here and nowhere else. `<p>` is
 * `lamppost/1/<gateway>`; everything outside `lamppost/` is free for other programs.
 */
export type Topic =
  | { readonly kind: 'reading'; readonly device: string; readonly channel: string }
  | { readonly kind: 'latest'; readonly device: string }
  | { readonly kind: 'device'; readonly device: string }
  | { readonly kind: 'status'; readonly device: string }
  | { readonly kind: 'gateway-status' }
  | { readonly kind: 'alarm'; readonly device: string; readonly rule: string }
  | { readonly kind: 'quarantine'; readonly device: string }
  | { readonly kind: 'ingest'; readonly device: string }
  | { readonly kind: 'raise'; readonly device: string; readonly rule: string }
  | { readonly kind: 'command'; readonly device: string; readonly name: string }
  | { readonly kind: 'result'; readonly device: string; readonly name: string }
  | { readonly kind: 'ask'; readonly name: string; readonly token: string }
  | { readonly kind: 'answer'; readonly name: string; readonly token: string };

/** Topics that clients may publish to; the gateway alone publishes the others. */
export const inboundTopics = ['ingest', 'raise', 'command', 'ask'] as const satisfies readonly Topic['kind'][];
export type InboundTopic = Extract<Topic, { kind: (typeof inboundTopics)[number] }>;

/** A topic that is not ours, but that a device is read from. */
export interface NeighbourTopic {
  readonly kind: 'neighbour';
  readonly topic: string;
}

export function isInbound(topic: Topic): topic is InboundTopic {
  return (inboundTopics as readonly string[]).includes(topic.kind);
}

/** The first level of all topics that are ours. */
export const rootLevel = 'lamppost';

export const topicPrefix = (gateway: string): string => `${rootLevel}/1/${gateway}`;

export function isOurs(topic: string): boolean {
  return topic === rootLevel || topic.startsWith(`${rootLevel}/`);
}

export function printTopic(gateway: string, topic: Topic): string {
  return [topicPrefix(gateway), ...levelsOf(topic)].join('/');
}

function levelsOf(topic: Topic): readonly string[] {
  switch (topic.kind) {
    case 'reading':
      return ['reading', topic.device, topic.channel];
    case 'gateway-status':
      return ['status'];
    case 'latest':
    case 'device':
    case 'status':
    case 'quarantine':
    case 'ingest':
      return [topic.kind, topic.device];
    case 'alarm':
    case 'raise':
      return [topic.kind, topic.device, topic.rule];
    case 'command':
    case 'result':
      return [topic.kind, topic.device, topic.name];
    case 'ask':
    case 'answer':
      return [topic.kind, topic.name, topic.token];
  }
}

/** What a topic of this gateway means; `undefined` for every other string. */
export function parseTopic(gateway: string, text: string): Topic | undefined {
  const prefix = `${topicPrefix(gateway)}/`;
  if (!text.startsWith(prefix)) return undefined;
  const [kind, first, second, ...rest] = text.slice(prefix.length).split('/');
  if (rest.length > 0) return undefined;
  if (first === undefined) return kind === 'status' ? { kind: 'gateway-status' } : undefined;
  if (second === undefined) {
    if (!isId(first)) return undefined;
    switch (kind) {
      case 'latest':
      case 'device':
      case 'status':
      case 'quarantine':
      case 'ingest':
        return { kind, device: first };
      default:
        return undefined;
    }
  }
  switch (kind) {
    case 'reading':
      return isId(first) && isWord(second) ? { kind, device: first, channel: second } : undefined;
    case 'alarm':
    case 'raise':
      return isId(first) && isId(second) ? { kind, device: first, rule: second } : undefined;
    case 'command':
    case 'result':
      return isId(first) && isWord(second) ? { kind, device: first, name: second } : undefined;
    case 'ask':
    case 'answer':
      return isWord(first) && isId(second) ? { kind, name: first, token: second } : undefined;
    default:
      return undefined;
  }
}

/** A topic counted from another: `''` is the same, `a/b` lies below it, `../LWT` beside it. */
export function resolveTopic(base: string, relative: string): string {
  const levels = base.split('/');
  let rest = relative;
  for (; rest.startsWith('../'); rest = rest.slice(3)) levels.pop();
  return [...levels, ...(rest === '' ? [] : [rest])].join('/');
}
