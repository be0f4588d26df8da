import { AlarmEngine } from './alarms/engine.ts';
import { Announcer } from './broker/announcer.ts';
import type { Settings } from './config/settings.ts';
import { FieldHost } from './field/host.ts';
import { normaliseMessage } from './field/normalise/message.ts';
import { planChildren } from './field/plan.ts';
import { topicDevices } from './field/topic-device.ts';
import { Forwarder } from './forward/forwarder.ts';
import type { GatewayView } from './gateway-view.ts';
import { Asks } from './intake/asks.ts';
import { runCommand } from './intake/commands.ts';
import { Consequences } from './intake/consequences.ts';
import { CalibrationBook } from './intake/calibration-book.ts';
import { describeDevice } from './intake/describe.ts';
import type { Accepted } from './intake/door.ts';
import { receive, type InboxHandlers } from './intake/inbox.ts';
import { Ingest } from './intake/ingest.ts';
import { Intake } from './intake/intake.ts';
import { Maintenance } from './intake/maintenance.ts';
import { Neighbours } from './intake/neighbours.ts';
import { Packets } from './intake/packets.ts';
import { ServiceFile } from './intake/service-file.ts';
import { Timekeeper } from './intake/timekeeper.ts';
import { Journal } from './journal/journal.ts';
import { lockJournal } from './journal/lock.ts';
import type { AlarmTransition } from './model/alarm.ts';
import { reasonOf } from './model/errors.ts';
import type { Reading } from './model/reading.ts';
import readingSchema from './model/schema/reading.schema.json' with { type: 'json' };
import { buildDate } from './model/version.ts';
import {
  keptServices,
  openBroker,
  openQuarantine,
  openWeb,
  siteCalendar,
  storedReadings,
  watchPlan,
  wireOptions,
} from './open-parts.ts';
import { digest, digest64 } from './platform/ids.ts';
import type { Platform } from './platform/platform.ts';
import { compileTest } from './platform/validate.ts';
import { QualityGate } from './quality/gate.ts';

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
    whenRoom: () => journal.whenRoom(),
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
