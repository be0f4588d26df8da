import { Dlt645Meter } from '../../../hardware/simulator/dlt645-meter.ts';
import { ModbusSlave } from '../../../hardware/simulator/modbus-slave.ts';
import type { BusDevice } from '../../../hardware/simulator/bus-device.ts';
import type { Sample } from '../../model/reading.ts';
import { rootPath } from '../../platform/root.ts';
import { openProfiles } from '../../profiles/load.ts';
import type { Fields } from '../../profiles/grammar.ts';
import { setUp, type Setup } from '../../profiles/setup.ts';
import { BusSession, type BusOptions } from '../../field/bus-session.ts';
import { tablesOf } from '../../field/decode/modbus-slave.ts';
import type { BusDevicePlan, FromChild } from '../../field/protocol.ts';
import type { Framing } from '../../field/decode/question.ts';
import { FakeClock, settle } from '../fakes/fake-clock.ts';
import { line9600, opening, SimulatedBus } from './simulated-bus.ts';

const profiles = openProfiles(rootPath('gateway/test/bus/profiles'));

async function setupOf(id: string): Promise<Setup> {
  const checked = setUp(await profiles.load(id));
  if (!checked.ok) throw new Error(`${id} has settings`);
  return checked.setup;
}

export const probe = await setupOf('test/probe');
export const pair = await setupOf('test/pair');
export const relay = await setupOf('test/relay');
export const meter = await setupOf('test/meter');

/** A slave that is what this profile describes. */
export function slave(setup: Setup, address: number, fields: Fields, framing: Framing = 'rtu'): ModbusSlave {
  const { decode } = setup.profile;
  if (decode.kind !== 'registers') throw new Error('no Modbus profile');
  return new ModbusSlave({ address, tables: tablesOf(decode, fields), framing });
}

export function meterAt(address: string, fields: Fields): Dlt645Meter {
  const { decode } = meter.profile;
  if (decode.kind !== 'dlt645') throw new Error('no meter');
  return new Dlt645Meter({ address, grammar: decode, fields });
}

export function plan(setup: Setup, address: number | string, about: Partial<BusDevicePlan> = {}): BusDevicePlan {
  return { device: `device-${address}`, setup, address, everyMs: 1000, ...about };
}

/** A session on simulated lines, on a clock that the test moves. */
export class BusRig {
  readonly clock = new FakeClock();
  readonly sent: FromChild[] = [];
  readonly buses: readonly SimulatedBus[];
  readonly session: BusSession;
  readonly startMono = this.clock.mono();
  readonly #stop = new AbortController();

  constructor({
    devices,
    plans,
    lines = 1,
    ...about
  }: {
    readonly devices: readonly BusDevice[];
    readonly plans: readonly BusDevicePlan[];
    /** How often the port can be opened. */
    readonly lines?: number;
  } & Partial<Omit<BusOptions, 'devices'>>) {
    const { clock } = this;
    const line = about.line ?? line9600;
    this.buses = Array.from({ length: lines }, () => new SimulatedBus({ clock, devices, line }));
    this.session = new BusSession({
      source: { kind: 'local', path: '/x' },
      line,
      framing: 'rtu',
      devices: plans,
      open: opening(this.buses),
      clock,
      send: (message) => void this.sent.push(message),
      ...about,
    });
    void this.session.run(this.#stop.signal);
    clock.every(100, () => this.session.tick());
  }

  get bus(): SimulatedBus {
    const [bus] = this.buses;
    if (!bus) throw new Error('there is no line');
    return bus;
  }

  /** Lets time pass; before that, what is ready to run, runs. */
  async advance(ms: number): Promise<void> {
    await settle();
    await this.clock.advance(ms);
  }

  stop(): void {
    this.#stop.abort();
  }

  samples(device: string): readonly Sample[] {
    return this.sent.flatMap((message) =>
      message.kind === 'samples' && message.device === device ? message.samples : [],
    );
  }

  values(device: string, channel: string): readonly unknown[] {
    return this.samples(device).flatMap((sample) => (sample.channel === channel ? [sample.value] : []));
  }

  /** `up`, or why it is down, in order. */
  links(device: string): readonly string[] {
    return this.sent.flatMap((message) =>
      message.kind === 'link' && message.device === device ? [message.isUp ? 'up' : (message.why ?? '')] : [],
    );
  }

  garbage(device: string): readonly string[] {
    return this.sent.flatMap((message) =>
      message.kind === 'garbage' && message.device === device ? [message.why] : [],
    );
  }
}
