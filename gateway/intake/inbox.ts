import type { RaiseRequest } from '../model/alarm-rule.ts';
import type { InboundTopic, NeighbourTopic } from '../model/topic.ts';
import type { Answer } from './asks.ts';
import type { CommandResult, Order } from './commands.ts';
import type { IngestMessage } from './ingest.ts';
import type { NeighbourMessage } from './neighbours.ts';
import { parseAsk, parseCommand, parseRaise, type CommandRequest } from './requests.ts';

/** A message on one of our inbound topics, or on one of others that a device is read from. */
export interface Inbound extends Omit<IngestMessage, 'device'> {
  readonly topic: InboundTopic | NeighbourTopic;
  readonly isRetained: boolean;
}

export interface InboxHandlers {
  readonly ingest: (message: IngestMessage) => Promise<void>;
  readonly neighbour: (message: NeighbourMessage) => Promise<void>;
  /** Resolves when the transition is kept, or with the reason why there is none. */
  readonly raise: (request: RaiseRequest) => Promise<string | undefined>;
  readonly command: (order: Order, request: CommandRequest) => Promise<CommandResult>;
  /** The answer to a command that cannot be understood. */
  readonly refuse: (id: string, why: string) => CommandResult;
  readonly ask: (name: string, request: Readonly<Record<string, unknown>>) => Promise<Answer>;
  readonly quarantine: (device: string, payload: Buffer, why: string) => Promise<void>;
  readonly publishResult: (device: string, name: string, result: CommandResult) => void;
  readonly publishAnswer: (name: string, token: string, answer: Answer) => void;
}

/** Deals with one inbound message; resolves when its sender may have its ack. */
export async function receive({ topic, ...message }: Inbound, handlers: InboxHandlers): Promise<void> {
  const { payload, isRetained } = message;
  switch (topic.kind) {
    case 'ingest':
      return handlers.ingest({ ...message, device: topic.device });
    case 'neighbour':
      return handlers.neighbour({ ...message, topic: topic.topic });
    case 'raise': {
      const { device, rule } = topic;
      const parsed = parseRaise(device, rule, payload);
      const why = parsed.ok ? await handlers.raise(parsed.request) : parsed.why;
      return why === undefined ? undefined : handlers.quarantine(device, payload, `raise ${rule}: ${why}`);
    }
    case 'command': {
      const { device, name } = topic;
      const parsed = parseCommand(payload);
      if (parsed.ok)
        handlers.publishResult(device, name, await handlers.command({ device, name, isRetained }, parsed.request));
      else if (parsed.id !== undefined) handlers.publishResult(device, name, handlers.refuse(parsed.id, parsed.why));
      else return handlers.quarantine(device, payload, `command ${name}: ${parsed.why}`);
      return undefined;
    }
    case 'ask': {
      const parsed = parseAsk(payload);
      const answer = parsed.ok ? await handlers.ask(topic.name, parsed.request) : parsed;
      handlers.publishAnswer(topic.name, topic.token, answer);
      return undefined;
    }
  }
}
