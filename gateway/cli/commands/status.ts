import { exitCodes, GatewayError } from '../../model/errors.ts';
import { adviceOn } from '../advice.ts';
import { withGateway, type GatewayClient } from '../client.ts';
import { ok, type Call, type Context } from '../context.ts';
import { paintFor } from '../paint.ts';
import { statusLines } from '../status-lines.ts';
import { readStatus, statusFilters, type BacklogReport, type StatusView } from '../status-view.ts';

/** Whether the gateway works, since when, and what to do next; then every device, alarm and upstream. */
export async function status(context: Context, call: Call): Promise<number> {
  const [view, { timeZone }] = await withGateway(context, call, async (client) => [
    await viewOf(client, context),
    client.glance,
  ]);
  if (context.isJson) {
    const { isFine, what, next } = adviceOn(view);
    const { language } = context;
    context.out(JSON.stringify({ isFine, what: what[language], next: next[language], ...view }));
    return ok;
  }
  const { isTTY, columns } = process.stdout;
  const lines = statusLines(view, {
    language: context.language,
    paint: paintFor(process.stdout),
    timeZone,
    ...(isTTY ? { columns } : {}),
  });
  for (const line of lines) context.out(line);
  return ok;
}

async function viewOf(client: GatewayClient, context: Context): Promise<StatusView> {
  const { devices, alarms } = readStatus(await client.retained(...statusFilters));
  const backlog = await backlogOf(client, context);
  return {
    gateway: client.found.gateway,
    url: client.url,
    now: Date.now(),
    since: client.found.since,
    devices,
    alarms,
    ...(backlog ? { backlog } : {}),
  };
}

/** A user without the right to ask still sees the devices. */
async function backlogOf(client: GatewayClient, { say, language }: Context): Promise<BacklogReport | undefined> {
  try {
    return (await client.ask('backlog', {})) as unknown as BacklogReport;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.exitCode === exitCodes.bug) throw error;
    say(`${error.says(language)} [${error.code}]`);
    return undefined;
  }
}
