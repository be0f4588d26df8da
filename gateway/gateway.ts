import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AlarmEngine } from './alarms/engine.ts';
import { Announcer } from './broker/announcer.ts';
import { Broker } from './broker/broker.ts';
import { UserBook } from './broker/users.ts';
import type { DeviceSettings, Settings, UpstreamSettings } from './config/settings.ts';
import { FieldHost } from './field/host.ts';
import { normaliseMessage } from './field/normalise/message.ts';
import { planChildren } from './field/plan.ts';
import { topicDevices } from './field/topic-device.ts';
import { Forwarder, type LinkView } from './forward/forwarder.ts';
import { Asks } from './intake/asks.ts';
import { runCommand } from './intake/commands.ts';
import { Consequences } from './intake/consequences.ts';
import { CalibrationBook } from './intake/calibration-book.ts';
import { describeDevice } from './intake/describe.ts';
import type { Accepted } from './intake/door.ts';
import { receive, type Inbound, type InboxHandlers } from './intake/inbox.ts';
import { Ingest } from './intake/ingest.ts';
import { Intake } from './intake/intake.ts';
import { Maintenance, type KeptService } from './intake/maintenance.ts';
import { Neighbours } from './intake/neighbours.ts';
import { Packets } from './intake/packets.ts';
import { QuarantineRing } from './intake/quarantine-ring.ts';
import { quarantineEntry } from './intake/quarantine.ts';
import { ServiceFile } from './intake/service-file.ts';
import type { WatchedDevice } from './intake/staleness.ts';
import { Timekeeper } from './intake/timekeeper.ts';
import { Journal } from './journal/journal.ts';
import { lockJournal } from './journal/lock.ts';
import type { AlarmTransition } from './model/alarm.ts';
import type { DeviceDescription, DeviceStatus } from './model/device.ts';
import { gatewayError, reasonOf } from './model/errors.ts';
import type { Reading, SampleTime } from './model/reading.ts';
import readingSchema from './model/schema/reading.schema.json' with { type: 'json' };
import { buildDate } from './model/version.ts';
import { digest, digest64 } from './platform/ids.ts';
import type { Log } from './platform/log.ts';
import type { Platform } from './platform/platform.ts';
import { compileTest } from './platform/validate.ts';
import { Calendar } from './quality/calendar.ts';
import { QualityGate } from './quality/gate.ts';
import { gatewayMetrics } from './web/gateway-metrics.ts';
import { WebServer } from './web/server.ts';

/** One moment of a running gateway, for people. */
export interface GatewayView {
  readonly gateway: string;
  readonly epoch: number;
  readonly clock: 'synced' | 'held' | 'unset';
  /** Unix milliseconds. */
  readonly now: number;
  /** When it started, Unix milliseconds. */
  readonly since: number;
  readonly devices: readonly {
    readonly description: DeviceDescription;
    readonly status: DeviceStatus | undefined;
    readonly latest: ReadonlyMap<string, Reading>;
  }[];
  readonly alarms: readonly AlarmTransition[];
  readonly links: readonly LinkView[];
  readonly journal: { readonly head: number; readonly usedBytes: number; readonly failing?: string };
  readonly broker: { readonly host: string; readonly port: number; readonly clients: number };
}

export interface Gateway {
  view(): GatewayView;
  /** Flushes, says good-bye and ends. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly settings: Settings;
  readonly platform: Platform;
  /** Where simulated devices have their sockets. */
  readonly simulatedDirectory?: string;
}

const alarmTickMs = 250;
/** How far the time of a sentence of a GNSS receiver may be off: it comes some tenths of a second late. */
const gnssErrorMs = 500;
const neighbourTickMs = 200;
const silenceTickMs = 1000;
const upkeepEveryMs = 60_000;
const witnessEveryMs = 60_000;
const calibrationsEveryMs = 2000;
const serviceTickMs = 500;
/** A value is stale when nothing came for so many of its periods, and for `leastStaleMs` at least. */
const stalePeriods = 3;
const leastStaleMs = 10_000;

/**
 * Builds a gateway and starts it: the only place where the stages are joined. Reads top to bottom as a reading goes:
 * field or ingest → door and alarms → journal → broker and upstreams.
 *
 * @throws GatewayError when a port, the journal or a file cannot be used.
 */
export async function startGateway({ settings, platform, simulatedDirectory = '' }: GatewayOptions): Promise<Gateway> {
  const { clock, log } = platform;
  const { gateway: site } = settings;
  const calibrations = new CalibrationBook(settings.calibrations, settings.devices, log);
  await calibrations.look();
  const devices = settings.devices.map((device) => calibrations.follow(device));
  const readFromTopics = topicDevices({ devices, alarms: settings.alarms }, clock.mono());
  const upstreams = await Promise.all(
    settings.upstreams.map(async (upstream) => ({ ...upstream, wire: await wireOptions(upstream) })),
  );
  const lock = lockJournal(settings.journal.directory);
  const ready = Promise.withResolvers<InboxHandlers>();
  const broker = await openBroker(settings, platform, {
    watched: new Set(readFromTopics.flatMap(({ topics }) => [...topics])),
    receive: async (message) => receive(message, await ready.promise),
  }).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  const journal = await Journal.open({ ...settings.journal, ...platform, upstreams: upstreams.map(({ id }) => id) });
  const timekeeper = new Timekeeper(clock, Math.max(buildDate, journal.state.timeFloor));
  const descriptions = new Map(devices.map((device) => [device.id, describeDevice(device, site, digest)]));
  const announcer = new Announcer({ gateway: site.id, clock, publish: (...message) => broker.publish(...message) });
  const quarantine = openQuarantine(settings, platform, timekeeper, announcer);
  /** Resolves to whether it is there. */
  const intoQuarantine = (device: string, bytes: Uint8Array, why: string): Promise<boolean> =>
    quarantine.add(device, bytes, why).then(
      () => true,
      (error: unknown) => {
        log.warn('quarantine failed', { reason: reasonOf(error) });
        return false;
      },
    );

  const openAlarms = [...journal.state.openAlarms.values()].map((json) => JSON.parse(json) as AlarmTransition);
  const latest = storedReadings(journal);
  const services = new ServiceFile(platform.files, settings.journal.directory);
  const maintenance = new Maintenance({
    clock,
    timekeeper,
    kept: (await keptServices(services, log)).filter(({ device }) => descriptions.has(device)),
    keep: (running) => services.write(running),
    onChange: (device, isInService) => {
      if (isInService) alarms.hold(device);
      intake.tellStatus(device);
    },
  });
  const alarms = new AlarmEngine(settings.alarms, new Set(descriptions.keys()), { open: openAlarms, latest });
  const announce = (entries: readonly Accepted[]): void => entries.forEach((entry) => announcer.entry(entry));
  const intake = new Intake({
    store: journal,
    alarms,
    timekeeper,
    clock,
    log,
    descriptions,
    watched: devices.map(watchPlan),
    latest,
    openAlarms,
    sumEnds: journal.state.sumEnds,
    sourceStates: journal.state.sources,
    vouch: (sample) => maintenance.mark(calibrations.judge(sample, timekeeper)),
    serviceOf: (device) => maintenance.statusOf(device),
    isSound: compileTest(readingSchema),
    reject: (device, why, sample) => intoQuarantine(device, Buffer.from(JSON.stringify(sample)), why),
    onAccepted: settings.broker.publish === 'accepted' ? announce : () => {},
    onTransition: (transition) => consequences.onTransition(transition),
    onStatus: (device, status) => announcer.deviceStatus(device, status),
  });
  const quality = new QualityGate({
    devices,
    dayOf: siteCalendar(site.timeZone, timekeeper),
    isInService: (device) => maintenance.statusOf(device) !== undefined,
  });
  /** Where every sample goes, wherever it is from. */
  const accept: Intake['accept'] = (samples, ...more) => {
    // What a technician pours into a gauge is no past to judge later values by.
    const marked = samples.map((sample) => maintenance.mark(sample));
    intake.accept(quality.judge(marked), ...more);
  };
  if (settings.broker.publish === 'kept') {
    journal.onKept((groups) => groups.forEach(({ entries }) => announce(entries as readonly Accepted[])));
  }

  const packets = new Packets({
    accept,
    hasSeen: (key) => journal.hasSeen(key),
    whenRoom: () => journal.whenRoom(),
    digest: digest64,
  });
  const link = (device: string, isUp: boolean, why: string | undefined): void => {
    intake.link(device, isUp, why);
    if (isUp) consequences.onDeviceUp(device);
  };
  const neighbours = new Neighbours({
    devices: readFromTopics,
    packets,
    accept,
    link,
    quarantine: (device, payload, why) => quarantine.add(device, payload, why),
    mono: () => clock.mono(),
  });
  const field = new FieldHost({
    plans: planChildren({ ...settings, devices, simulatedDirectory }),
    ...platform,
    handlers: {
      samples: async (samples, source) => {
        accept(samples, source ? { states: [source] } : {});
        await journal.whenRoom();
      },
      packet: (device, samples, key) => packets.take(device, samples, key),
      time: (device, utcMs, mono) => {
        if (timekeeper.hearTime({ utcMs, mono, errorMs: gnssErrorMs }))
          log.info('the time is from a receiver', { device });
      },
      link,
      garbage: (device, why, bytes) => void intoQuarantine(device, bytes, why),
      stateOf: (device) => intake.sourceStates.get(device),
    },
  });
  const consequences = new Consequences(settings.alarms, alarms.openRules, ({ device, command, value }) => {
    void field.command(device, command, value).then((why) => {
      if (why !== undefined) log.warn('an alarm could not switch its output yet', { device, command, why });
    });
  });
  const forwarders = upstreams.map((upstream) => {
    const common = { ...platform, gateway: site.id, upstream: upstream.id, log: journal, logger: log };
    const view = { now: () => timekeeper.now(), devices: () => [...descriptions.values()] };
    return new Forwarder({ ...upstream, ...common, ...view });
  });

  const publishers = new Map(
    devices.filter(({ source }) => source.kind === 'ingest').map(({ id, setup }) => [id, setup]),
  );
  const ingest = new Ingest({
    parse: (id, content) => {
      const setup = publishers.get(id);
      return setup ? normaliseMessage(setup, content) : { ok: false, why: 'no device of this name takes messages' };
    },
    accept,
    hasSeen: (key) => journal.hasSeen(key),
    whenRoom: () => journal.whenRoom(),
    quarantine: (device, payload, why, ref) => quarantine.add(device, payload, why, ref),
    digest: digest64,
    mono: () => clock.mono(),
  });
  const asks = new Asks({
    backlog: () => ({
      upstreams: forwarders.map(({ view }) => view),
      journal: {
        epoch: journal.epoch,
        head: journal.durableHead,
        bytes: journal.usedBytes,
        ...(journal.failing ? { failing: journal.failing.why } : {}),
      },
    }),
    history: (query) => journal.history(query),
    acknowledge: (device, rule) => intake.acknowledge(device, rule),
    maintenance: async ({ forMs, ...order }) => {
      const { device } = order;
      if (!descriptions.has(device)) return { ok: false, why: `there is no device ${device}` };
      if (forMs !== undefined) return { ok: true, device, until: await maintenance.begin({ ...order, forMs }) };
      return (await maintenance.end(device)) ? { ok: true, device } : { ok: false, why: `${device} is not in service` };
    },
  });
  const commands = {
    has: (device: string, name: string) => descriptions.get(device)?.commands?.[name] !== undefined,
    carryOut: (device: string, name: string, value: boolean) => field.command(device, name, value),
    now: () => timekeeper.now(),
  };

  const hearWitness = async (): Promise<void> => timekeeper.hear(await platform.askWitness());
  await hearWitness();
  for (const description of descriptions.values()) announcer.description(description);
  for (const channels of intake.latest.values()) {
    for (const reading of channels.values()) {
      if (descriptions.get(reading.device)?.channels[reading.channel])
        announcer.setLatest(reading.device, reading.channel, JSON.stringify(reading));
    }
  }
  for (const transition of openAlarms) announcer.alarm(transition, JSON.stringify(transition));
  intake.endOrphans();
  intake.tickSilence();
  const since = timekeeper.now();
  announcer.gatewayStatus({ state: 'online', since });
  ready.resolve({
    ingest: (message) => ingest.take(message),
    neighbour: (message) => neighbours.take(message),
    raise: (request) => intake.raise(request),
    command: (order, request) => runCommand(order, request, commands),
    refuse: (id, why) => ({ id, state: 'refused', why, at: timekeeper.now() }),
    ask: (name, request) => asks.answer(name, request),
    quarantine: (device, payload, why) => quarantine.add(device, payload, why),
    publishResult: (device, name, result) => announcer.result(device, name, result),
    publishAnswer: (name, token, answer) => announcer.answer(name, token, answer),
  });
  const recalibrate = async (): Promise<void> => {
    const changed = await calibrations.look();
    for (const device of devices.filter(({ id }) => changed.includes(id))) {
      log.info('calibrations have changed', { device: device.id });
      const description = describeDevice(device, site, digest);
      descriptions.set(device.id, description);
      announcer.description(description);
      field.calibrate(device.id, calibrations.of(device.id));
    }
    if (changed.length > 0) for (const forwarder of forwarders) forwarder.poke();
  };
  const cancels = [
    clock.every(alarmTickMs, () => intake.tickAlarms()),
    clock.every(neighbourTickMs, () => neighbours.tick()),
    clock.every(silenceTickMs, () => intake.tickSilence()),
    clock.every(upkeepEveryMs, () => void journal.maintain()),
    clock.every(witnessEveryMs, () => void hearWitness()),
    clock.every(serviceTickMs, () => maintenance.tick()),
    clock.every(calibrationsEveryMs, () => void recalibrate()),
  ];
  const view = (): GatewayView => ({
    gateway: site.id,
    epoch: journal.epoch,
    clock: timekeeper.state,
    now: timekeeper.now(),
    since,
    devices: [...descriptions.values()].map((description) => ({
      description,
      status: intake.statuses.get(description.device),
      latest: intake.latest.get(description.device) ?? new Map<string, Reading>(),
    })),
    alarms: [...intake.openAlarms.values()],
    links: forwarders.map((forwarder) => forwarder.view),
    journal: {
      head: journal.durableHead,
      usedBytes: journal.usedBytes,
      ...(journal.failing ? { failing: journal.failing.why } : {}),
    },
    broker: { host: settings.broker.host, port: broker.port, clients: broker.counters.clients },
  });
  const web = await openWeb(settings, log, view);
  field.start();
  for (const forwarder of forwarders) forwarder.start();
  log.info('gateway runs', {
    gateway: site.id,
    devices: devices.length,
    broker: `${settings.broker.host}:${broker.port}`,
  });

  return {
    view,
    stop: async () => {
      for (const cancel of cancels) cancel();
      await web?.close();
      await field.stop();
      announcer.gatewayStatus({ state: 'offline', since: timekeeper.now() });
      await Promise.all(forwarders.map((forwarder) => forwarder.stop()));
      await broker.close();
      await journal.close();
      await quarantine.close();
      lock.release();
    },
  };
}

function openBroker(
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
async function keptServices(file: ServiceFile, log: Log): Promise<readonly KeptService[]> {
  try {
    return await file.read();
  } catch (error) {
    log.warn('what is in service is not known', { reason: reasonOf(error) });
    return [];
  }
}

/** Health and figures for machines. A gateway without them does its work all the same. */
async function openWeb({ web }: Settings, log: Log, view: () => GatewayView): Promise<WebServer | undefined> {
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
function openQuarantine(
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

function storedReadings(journal: Journal): readonly Reading[] {
  const channels = [...journal.state.latest.values()].flatMap((known) => [...known.values()]);
  return channels.map((json) => JSON.parse(json) as Reading);
}

/** The day of the year at the site, as far as the clock knows it. */
function siteCalendar(timeZone: string, timekeeper: Timekeeper): (time: SampleTime) => string | undefined {
  const calendar = new Calendar(timeZone);
  return (time) => {
    if ('sender' in time) return calendar.dayOf(time.sender);
    return timekeeper.state === 'unset' ? undefined : calendar.dayOf(timekeeper.at(time.mono));
  };
}

function watchPlan({ id, setup, source, everyMs, deadBand, checks }: DeviceSettings): WatchedDevice {
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
async function wireOptions({ url, username, passwordFile, ca, cert, key }: UpstreamSettings): Promise<{
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
