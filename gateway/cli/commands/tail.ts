import { setTimeout as pause } from 'node:timers/promises';
import type { AlarmTransition } from '../../model/alarm.ts';
import { GatewayError } from '../../model/errors.ts';
import { connectGateway, type GatewayClient, type Told } from '../client.ts';
import { ok, usage, type Call, type Context } from '../context.ts';
import { isWanted, readFilter, topicsOf, type Filter } from '../filter.ts';
import { checkNames, devicesOf } from '../names.ts';
import { paintFor } from '../paint.ts';
import { TailLines } from '../tail-lines.ts';

/** A gateway that was there comes back, as after a restart; it is looked for so often. */
const againMs = 1000;

/** Live readings, alarms and what was not understood, one line each, until the user has seen enough. */
export async function tail(context: Context, call: Call): Promise<number> {
  const filters = call.args.map((text): Filter => {
    const read = readFilter(text);
    if (read.ok) return read.filter;
    throw usage(call, read.what);
  });
  let client: GatewayClient | undefined = await connectGateway(context, call);
  const lines = await linesFor(client, filters, context);
  const alarms = new Set<string>();
  const show = (told: Told): void => {
    if (!isWanted(filters, subjectOf(told)) || isKnownAlarm(told, alarms)) return;
    const line = context.isJson ? told.json : lines.line(told);
    if (line !== undefined) context.out(line);
  };
  while (!context.signal.aborted) {
    if (client) await watch(client, topicsOf(filters), show, context);
    if (!context.signal.aborted) client = await tryAgain(context, call);
  }
  return ok;
}

async function linesFor(client: GatewayClient, filters: readonly Filter[], { language }: Context): Promise<TailLines> {
  try {
    const devices = await devicesOf(client);
    for (const filter of filters) checkNames(devices, filter);
    const shown = devices.filter(({ device }) => isWanted(filters, { device }));
    const { timeZone } = client.glance;
    return new TailLines({ language, timeZone, paint: paintFor(process.stdout) }, shown);
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function watch(
  client: GatewayClient,
  topics: readonly string[],
  show: (told: Told) => void,
  { signal, say, language }: Context,
): Promise<void> {
  await client.listen(topics, show).catch(ignoreItsEnd);
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([client.ended, stopped]);
  if (signal.aborted) await client.close();
  else say({ en: 'The gateway is gone; waiting until it is back.', zh: '网关已断开，等待其恢复。' }[language]);
}

async function tryAgain(context: Context, call: Call): Promise<GatewayClient | undefined> {
  try {
    await pause(againMs, undefined, { signal: context.signal });
    return await connectGateway(context, call);
  } catch (error) {
    if (!context.signal.aborted) ignoreItsEnd(error);
    return undefined;
  }
}

/** A gateway that goes away is waited for; any other error is one. */
function ignoreItsEnd(error: unknown): void {
  if (!(error instanceof GatewayError) || error.code !== 'GATEWAY_UNREACHABLE') throw error;
}

/** After a new connection the open alarms are told again. */
function isKnownAlarm({ topic, content }: Told, seen: Set<string>): boolean {
  if (topic.kind !== 'alarm') return false;
  const { id } = content as AlarmTransition;
  const isKnown = seen.has(id);
  seen.add(id);
  return isKnown;
}

/** What a message is about. */
function subjectOf({ topic, content }: Told): { readonly device: string; readonly channel?: string | undefined } {
  switch (topic.kind) {
    case 'reading':
      return topic;
    case 'alarm':
      return { device: topic.device, channel: (content as AlarmTransition).channel };
    default:
      return { device: 'device' in topic ? topic.device : '' };
  }
}
