import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Announcer } from './broker/announcer.ts';
import { Broker } from './broker/broker.ts';
import { UserBook } from './broker/users.ts';
import type { DeviceSettings, Settings, UpstreamSettings } from './config/settings.ts';
import type { GatewayView } from './gateway-view.ts';
import type { Inbound } from './intake/inbox.ts';
import type { KeptService } from './intake/maintenance.ts';
import { QuarantineRing } from './intake/quarantine-ring.ts';
import { quarantineEntry } from './intake/quarantine.ts';
import type { ServiceFile } from './intake/service-file.ts';
import type { WatchedDevice } from './intake/staleness.ts';
import type { Timekeeper } from './intake/timekeeper.ts';
import type { Journal } from './journal/journal.ts';
import { gatewayError, reasonOf } from './model/errors.ts';
import type { Reading, SampleTime } from './model/reading.ts';
import type { Log } from './platform/log.ts';
import type { Platform } from './platform/platform.ts';
import { Calendar } from './quality/calendar.ts';
import { gatewayMetrics } from './web/gateway-metrics.ts';
import { WebServer } from './web/server.ts';

/** How the settings become the parts that `gateway.ts` joins. */

/** A value is stale when nothing came for so many of its periods, and for `leastStaleMs` at least. */
const stalePeriods = 3;
const leastStaleMs = 10_000;

export function openBroker(
  settings: Settings,
  { log }: Platform,
  inbound: { readonly watched: ReadonlySet<string>; readonly receive: (message: Inbound) => Promise<void> },
): Promise<Broker> {
  const users = new UserBook(settings.broker.users, log);
  return Broker.listen({
    ...settings.broker,
    gateway: settings.gateway.id,
    log,
    login: (name, password) => users.check(name, password),
    stillHolds: (name, rights) => users.stillHolds(name, rights),
    ...inbound,
  });
}

/** A gateway that cannot read who is in service works all the same. */
export async function keptServices(file: ServiceFile, log: Log): Promise<readonly KeptService[]> {
  try {
    return await file.read();
  } catch (error) {
    log.warn('what is in service is not known', { reason: reasonOf(error) });
    return [];
  }
}

/** Health and figures for machines. A gateway without them does its work all the same. */
export async function openWeb({ web }: Settings, log: Log, view: () => GatewayView): Promise<WebServer | undefined> {
  const troubles = (): readonly string[] => {
    const { failing } = view().journal;
    return failing === undefined ? [] : [`the journal cannot be written: ${failing}`];
  };
  const health = (): { isHealthy: boolean; troubles: readonly string[] } => ({
    isHealthy: troubles().length === 0,
    troubles: troubles(),
  });
  try {
    return await WebServer.listen({ ...web, health, metrics: () => gatewayMetrics(view()) });
  } catch (error) {
    log.warn('no health page', { reason: reasonOf(error) });
    return undefined;
  }
}

/** What nobody understood: published for those who look, and kept in a ring of its own. */
export function openQuarantine(
  { journal }: Settings,
  { files }: Platform,
  timekeeper: Timekeeper,
  announcer: Announcer,
): {
  add(device: string, bytes: Uint8Array, why: string, ref?: string): Promise<void>;
  close(): Promise<void>;
} {
  const ring = new QuarantineRing(files, join(journal.directory, 'quarantine'));
  return {
    add: async (device, bytes, why, ref) => {
      const entry = quarantineEntry({ at: timekeeper.now(), device, why, ref }, bytes);
      announcer.quarantine(device, entry);
      await ring.add(entry);
    },
    close: () => ring.close(),
  };
}

export function storedReadings(journal: Journal): readonly Reading[] {
  const channels = [...journal.state.latest.values()].flatMap((known) => [...known.values()]);
  return channels.map((json) => JSON.parse(json) as Reading);
}

/** The day of the year at the site, as far as the clock knows it. */
export function siteCalendar(timeZone: string, timekeeper: Timekeeper): (time: SampleTime) => string | undefined {
  const calendar = new Calendar(timeZone);
  return (time) => {
    if ('sender' in time) return calendar.dayOf(time.sender);
    return timekeeper.state === 'unset' ? undefined : calendar.dayOf(timekeeper.at(time.mono));
  };
}

export function watchPlan({ id, setup, source, everyMs, deadBand, checks }: DeviceSettings): WatchedDevice {
  const gaps = Object.entries(checks).flatMap(([channel, { gap }]) => (gap ? [[channel, gap.afterMs] as const] : []));
  const plan = {
    device: id,
    channels: Object.keys(setup.profile.channels),
    hasLink: source.kind !== 'ingest',
    isPartial: source.kind === 'gateway',
    gaps: new Map(gaps),
  };
  if (everyMs === undefined) return plan;
  // Behind a dead band a channel may be silent for so long, and nothing is the matter.
  const silentMs = deadBand?.mostMs ?? 0;
  return { ...plan, staleAfterMs: silentMs + Math.max(leastStaleMs, stalePeriods * everyMs) };
}

/**
 * Reads the secrets that an upstream needs; they stay in memory.
 *
 * @throws GatewayError FILE_UNREADABLE
 */
export async function wireOptions({ url, username, passwordFile, ca, cert, key }: UpstreamSettings): Promise<{
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}> {
  const files = Object.entries({ password: passwordFile, ca, cert, key }).map(async ([name, path]) =>
    path === undefined ? [] : [[name, (await readText(path)).trim()] as const],
  );
  const secrets: Readonly<Record<string, string>> = Object.fromEntries((await Promise.all(files)).flat());
  return { url, ...(username === undefined ? {} : { username }), ...secrets };
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, error);
  });
}
