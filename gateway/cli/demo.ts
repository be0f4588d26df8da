import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings, UpstreamSettings } from '../config/settings.ts';
import { GatewayError } from '../model/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { Child } from '../platform/children.ts';
import { rootPath } from '../platform/root.ts';
import type { FromStreet, StreetPlan, ToStreet } from '../../hardware/simulator/street-protocol.ts';
import type { CityView, FromCity, ToCity } from '../../hardware/simulator/city-protocol.ts';
import type { Scenario } from '../../hardware/simulator/world.ts';

/** The simulated part of a running gateway, and its switches. */
export interface Demo {
  /** Where simulated devices have their sockets. */
  readonly directory: string;
  /** The platform with the way to the demo's city in it. */
  readonly platform: Platform;
  readonly boards: readonly string[];
  /** Of the demo's city broker; and what its receiver has got so far. */
  readonly cityUrl: string | undefined;
  readonly city: CityView | undefined;
  readonly scenario: Scenario;
  readonly isLinkUp: boolean;
  readonly isBoardPlugged: boolean;
  setScenario(scenario: Scenario): void;
  setLink(isUp: boolean): void;
  plugBoard(isPlugged: boolean): void;
  stop(): Promise<void>;
}

/** Starts what the configuration simulates, and in the demo a city too; `undefined` when everything is real. */
export async function startDemo(
  settings: Settings,
  { platform, isDemo }: { readonly platform: Platform; readonly isDemo: boolean },
): Promise<Demo | undefined> {
  const plan = streetPlan(settings);
  if (plan.boards.length + plan.sensors.length + plan.buses.length === 0 && !isDemo) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'lamppost-street-'));
  const demo = new RunningDemo(directory, platform, plan);
  const [city] = settings.upstreams;
  try {
    await demo.startStreet();
    if (isDemo && city) await demo.startCity(city, settings.journal.directory);
    return demo;
  } catch (error) {
    await demo.stop();
    throw error;
  }
}

function streetPlan({ boards, buses, devices }: Settings): Omit<StreetPlan, 'directory'> {
  return {
    boards: boards.flatMap(({ id, source }) => {
      if (source.kind !== 'simulated') return [];
      const parts = devices.flatMap(({ setup, source: place }) => {
        const { connect } = setup.profile;
        if (place.kind !== 'board' || place.board !== id || connect.kind !== 'board') return [];
        const { pin } = place;
        return [{ component: connect.component, settings: setup.settings, ...(pin === undefined ? {} : { pin }) }];
      });
      return [{ name: source.name, parts }];
    }),
    sensors: devices.flatMap(({ setup, source }) =>
      source.kind === 'simulated' ? [{ name: source.name, setup }] : [],
    ),
    buses: buses.flatMap(({ id, source }) => {
      if (source.kind !== 'simulated') return [];
      const members = devices.flatMap(({ setup, source: place }) =>
        place.kind === 'bus' && place.bus === id ? [{ address: place.address, setup }] : [],
      );
      return [{ name: source.name, members }];
    }),
  };
}

class RunningDemo implements Demo {
  readonly directory: string;
  readonly boards: readonly string[];
  cityUrl: string | undefined;
  city: CityView | undefined;
  scenario: Scenario = 'dry';
  isLinkUp = true;
  isBoardPlugged = true;
  readonly #platform: Platform;
  readonly #plan: Omit<StreetPlan, 'directory'>;
  #street: Child | undefined;
  #city: Child | undefined;
  #linkPort: number | undefined;

  constructor(directory: string, platform: Platform, plan: Omit<StreetPlan, 'directory'>) {
    this.directory = directory;
    this.#platform = platform;
    this.#plan = plan;
    this.boards = plan.boards.map(({ name }) => name);
  }

  /** The demo's link to the city can be cut: connections go through it. */
  get platform(): Platform {
    const port = this.#linkPort;
    if (port === undefined) return this.#platform;
    const { dial } = this.#platform;
    return {
      ...this.#platform,
      dial: (options, signal) => dial({ ...options, url: `mqtt://127.0.0.1:${port}` }, signal),
    };
  }

  async startStreet(): Promise<void> {
    const street = this.#platform.startChild(modulePath('street'));
    this.#street = street;
    await new Promise<void>((resolve, reject) => {
      street.onMessage((message) => {
        if ((message as FromStreet).kind === 'ready') resolve();
      });
      void street.ended.then((why) => reject(new Error(`the virtual street ended: ${why}`)));
      this.#tellStreet({ kind: 'plan', plan: { directory: this.directory, ...this.#plan } });
    });
  }

  /** @throws GatewayError PORT_BUSY when the city's port is taken. */
  async startCity({ url, prefix }: UpstreamSettings, directory: string): Promise<void> {
    const city = this.#platform.startChild(modulePath('city'));
    this.#city = city;
    await new Promise<void>((resolve, reject) => {
      city.onMessage((message) => {
        const told = message as FromCity;
        if (told.kind === 'ready') {
          this.#linkPort = told.linkPort;
          this.cityUrl = url;
          resolve();
        } else if (told.kind === 'failed') {
          reject(told.error ? new GatewayError(told.error.code, told.error.params) : new Error(told.why));
        } else {
          this.city = told.view;
        }
      });
      void city.ended.then((why) => reject(new Error(`the city broker ended: ${why}`)));
      const ledgerFile = join(directory, 'city-ledger.json');
      this.#tellCity({ kind: 'start', port: Number(new URL(url).port), prefix, ledgerFile });
    });
  }

  setScenario(scenario: Scenario): void {
    this.scenario = scenario;
    this.#tellStreet({ kind: 'scenario', scenario });
  }

  setLink(isUp: boolean): void {
    this.isLinkUp = isUp;
    this.#tellCity({ kind: 'link', isUp });
  }

  plugBoard(isPlugged: boolean): void {
    this.isBoardPlugged = isPlugged;
    for (const name of this.boards) this.#tellStreet({ kind: 'plug', name, isPlugged });
  }

  async stop(): Promise<void> {
    this.#street?.kill();
    this.#tellCity({ kind: 'end' });
    await this.#city?.ended;
    await rm(this.directory, { recursive: true, force: true });
  }

  #tellStreet(message: ToStreet): void {
    this.#street?.send(message);
  }

  #tellCity(message: ToCity): void {
    this.#city?.send(message);
  }
}

function modulePath(name: 'street' | 'city'): string {
  return rootPath(`hardware/simulator/${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`);
}
