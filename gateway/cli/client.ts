import { findGateway, type FoundGateway } from '../commission/find-gateway.ts';
import { gatewayError, reasonOf, type GatewayError } from '../model/errors.ts';
import { parseTopic, printTopic, topicPrefix, type Topic } from '../model/topic.ts';
import { systemIds } from '../platform/ids.ts';
import { dialMqtt } from '../platform/mqtt-wire.ts';
import { WireError, type WireMessage, type WireSession } from '../platform/wire.ts';
import { optionOf, usage, type Call, type Context } from './context.ts';
import { brokerUrl, glanceAt, type Glance } from './glance.ts';
import { reasonText } from '../platform/reasons.ts';
import { readPassword } from './secret.ts';

/** A message of the gateway, its topic understood and its JSON read. */
export interface Told {
  readonly topic: Topic;
  readonly content: unknown;
  /** As published. */
  readonly json: string;
  readonly isRetained: boolean;
}

/** A running gateway as the command line reaches it: through its own broker, as any other client does. */
export interface GatewayClient {
  readonly url: string;
  readonly glance: Glance;
  readonly found: FoundGateway;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<string>;
  /**
   * Calls `listener` with what is published under `<p>/<filter>`.
   *
   * @throws GatewayError BROKER_REFUSED; GATEWAY_UNREACHABLE when it goes away meanwhile.
   */
  listen(filters: readonly string[], listener: (told: Told) => void): Promise<void>;
  /** What is retained under `<p>/<filter>`. */
  retained(...filters: readonly string[]): Promise<readonly Told[]>;
  /** @throws GatewayError ASK_FAILED, BROKER_REFUSED */
  ask(question: string, request: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

const connectWithinMs = 5000;
const statusWithinMs = 2000;
const answerWithinMs = 15_000;
/** Retained messages follow on each other; after such a pause there are no more. */
const quietMs = 120;
const retainedWithinMs = 2000;

/**
 * Connects to the gateway of the configuration, or to the one that --url names.
 *
 * @throws GatewayError GATEWAY_UNREACHABLE, BROKER_REFUSED, GATEWAY_OTHER
 */
export async function connectGateway(context: Context, call: Call): Promise<GatewayClient> {
  const glance = await glanceAt(context);
  const wanted = optionOf(call, 'url');
  const url = wanted === undefined ? brokerUrl(glance.broker) : withScheme(wanted, call);
  const session = await openSession(url, await credentialsOf(call), context.signal);
  try {
    const found = await findGateway(session, statusWithinMs);
    if (!found) throw notAGateway(url);
    const { gateway: expected, config = '' } = glance;
    if (wanted === undefined && expected !== undefined && found.gateway !== expected) {
      throw gatewayError('GATEWAY_OTHER', { url, found: found.gateway, expected, config });
    }
    return new Connected(session, { url, glance, found, signal: context.signal });
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** Connects, does what is to be done, and leaves, however it went. */
export async function withGateway<T>(
  context: Context,
  call: Call,
  work: (client: GatewayClient) => Promise<T>,
): Promise<T> {
  const client = await connectGateway(context, call);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** `10.0.0.7` is enough to say where a gateway is. */
function withScheme(written: string, call: Call): string {
  const url = /^[a-z]+:\/\//.test(written) ? written : `mqtt://${written}`;
  if (/^mqtts?:\/\/[^/@]+$/.test(url) && URL.canParse(url)) return url;
  throw usage(call, {
    en: `\`${written}\` is not the address of a broker, such as mqtt://10.0.0.7:1883`,
    zh: `\`${written}\` 不是代理地址，例如 mqtt://10.0.0.7:1883`,
  });
}

async function credentialsOf(call: Call): Promise<{ readonly username?: string; readonly password?: string }> {
  const [username, file] = [optionOf(call, 'user'), optionOf(call, 'passwordFile')];
  if (username === undefined && file === undefined) return {};
  if (username !== undefined && file !== undefined) return { username, password: await readPassword(file, call) };
  const what = {
    en: '--user and --password-file belong together (`--password-file -` reads the standard input)',
    zh: '--user 与 --password-file 须同时使用（`--password-file -` 从标准输入读取）',
  };
  throw usage(call, what);
}

async function openSession(
  url: string,
  credentials: Awaited<ReturnType<typeof credentialsOf>>,
  signal: AbortSignal,
): Promise<WireSession> {
  const timeout = AbortSignal.timeout(connectWithinMs);
  try {
    const clientId = `lamppost-cli-${systemIds.token()}`;
    return await dialMqtt({ url, clientId, protocol: 4, ...credentials }, AbortSignal.any([signal, timeout]));
  } catch (error) {
    const reason = timeout.aborted ? `no answer within ${connectWithinMs / 1000} s` : rootReason(error);
    throw brokerError(url, error, reason);
  }
}

/** A broker that says no is there; all else means that it is not, or not any more. */
function brokerError(url: string, error: unknown, why: string): GatewayError {
  const isNo = error instanceof WireError && error.kind === 'refused';
  const reason = { en: reasonText(why, 'en'), zh: reasonText(why, 'zh') };
  return gatewayError(isNo ? 'BROKER_REFUSED' : 'GATEWAY_UNREACHABLE', { url, reason }, error);
}

/** The innermost reason: what is wrapped around it says less. */
function rootReason(error: unknown): string {
  if (error instanceof AggregateError) return rootReason(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? rootReason(error.cause) : reasonOf(error);
}

function notAGateway(url: string): Error {
  const reason = { en: 'the MQTT broker there belongs to no gateway', zh: '该 MQTT 代理不属于任何网关' };
  return gatewayError('GATEWAY_UNREACHABLE', { url, reason });
}

class Connected implements GatewayClient {
  readonly url: string;
  readonly glance: Glance;
  readonly found: FoundGateway;
  readonly #session: WireSession;
  readonly #signal: AbortSignal;

  constructor(
    session: WireSession,
    { url, glance, found, signal }: Pick<GatewayClient, 'url' | 'glance' | 'found'> & { readonly signal: AbortSignal },
  ) {
    this.#session = session;
    this.url = url;
    this.glance = glance;
    this.found = found;
    this.#signal = signal;
  }

  get ended(): Promise<string> {
    return this.#session.ended;
  }

  async listen(filters: readonly string[], listener: (told: Told) => void): Promise<void> {
    const { gateway } = this.found;
    const hear = ({ topic: text, payload, isRetained }: WireMessage): void => {
      const topic = parseTopic(gateway, text);
      if (!topic || payload.length === 0) return; // an empty one only takes back what was retained
      const json = payload.toString();
      listener({ topic, content: JSON.parse(json), json, isRetained });
    };
    for (const filter of filters) {
      await this.#session.subscribe(`${topicPrefix(gateway)}/${filter}`, hear).catch((error: unknown) => {
        throw brokerError(this.url, error, reasonOf(error));
      });
    }
  }

  async retained(...filters: readonly string[]): Promise<readonly Told[]> {
    const told: Told[] = [];
    const { promise: isQuiet, resolve } = Promise.withResolvers<void>();
    let pause: NodeJS.Timeout | undefined;
    const heard = (): void => {
      clearTimeout(pause);
      pause = setTimeout(resolve, quietMs);
    };
    await this.listen(filters, (message) => {
      if (!message.isRetained) return;
      told.push(message);
      heard();
    });
    heard();
    const latest = setTimeout(resolve, retainedWithinMs);
    await isQuiet;
    clearTimeout(latest);
    clearTimeout(pause);
    return told;
  }

  async ask(question: string, request: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const { gateway } = this.found;
    const token = systemIds.token();
    const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    promise.catch(() => {}); // when asking fails, nobody waits for an answer
    const giveUp = (reason: string | { readonly en: string; readonly zh: string }): void =>
      reject(gatewayError('ASK_FAILED', { question, reason }));
    const timer = setTimeout(() => giveUp({ en: 'it does not answer', zh: '没有应答' }), answerWithinMs);
    const stop = (): void => giveUp({ en: 'stopped', zh: '已中止' });
    this.#signal.addEventListener('abort', stop, { once: true });
    void this.ended.then(() => reject(this.#mayNotAsk()));
    try {
      await this.listen([`answer/${question}/${token}`], ({ content }) => {
        const answer = content as { readonly ok?: boolean; readonly why?: string };
        if (answer.ok === true) resolve({ ...answer });
        else giveUp(answer.why ?? { en: 'it does not say why', zh: '原因未知' });
      });
      const topic = printTopic(gateway, { kind: 'ask', name: question, token });
      void this.#session.publish(topic, JSON.stringify(request));
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener('abort', stop);
    }
  }

  close(): Promise<void> {
    return this.#session.end();
  }

  /** A broker of MQTT 3.1.1 has no other way to say no than to hang up. */
  #mayNotAsk(): Error {
    const reason = {
      en: 'it closed the connection; a user needs the right --ask for this',
      zh: '连接已关闭；该操作需要 --ask 权限',
    };
    return gatewayError('BROKER_REFUSED', { url: this.url, reason });
  }
}
