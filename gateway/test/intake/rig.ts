import { AlarmEngine } from '../../alarms/engine.ts';
import type { Accepted, AcceptedGroup } from '../../intake/door.ts';
import { Intake, type IntakeOptions, type Store } from '../../intake/intake.ts';
import { Timekeeper } from '../../intake/timekeeper.ts';
import type { AlarmTransition } from '../../model/alarm.ts';
import type { Rule } from '../../model/alarm-rule.ts';
import type { DeviceDescription, DeviceStatus } from '../../model/device.ts';
import type { Sample } from '../../model/reading.ts';
import readingSchema from '../../model/schema/reading.schema.json' with { type: 'json' };
import { silentLog } from '../../platform/log.ts';
import { compileTest } from '../../platform/validate.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

/** Whether a reading follows the published schema. */
export const isSound = compileTest(readingSchema);

/** The devices of the rigs: an underpass, a rain gauge, a door with a state and a text. */
export const descriptions: ReadonlyMap<string, DeviceDescription> = new Map(
  [
    describe('underpass-7', {
      depth: { quantity: 'water_depth', unit: 'm', datum: 'road surface' },
      distance: { quantity: 'water_distance', unit: 'm' },
    }),
    describe('gauge-1', { rain_amount: { quantity: 'rain_amount', unit: 'mm' } }),
    describe('door-4', { open: { quantity: 'contact_open', unit: '1' }, note: { quantity: 'text', unit: '1' } }),
  ].map((description) => [description.device, description]),
);

function describe(device: string, channels: DeviceDescription['channels']): DeviceDescription {
  return { v: 1, device, rev: 'r1', profile: 'generic/test', channels };
}

/** A store that notes what it gets and says that it is kept when it is told to. */
export class PatientStore implements Store {
  readonly epoch = 7;
  readonly groups: (AcceptedGroup & { readonly urgency: string })[] = [];
  timeFloor = 0;
  hasRoom = Promise.resolve();
  #nextSeq: number;
  #waiting: ((kept: boolean) => void)[] = [];

  constructor(nextSeq = 1) {
    this.#nextSeq = nextSeq;
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  get entries(): readonly Accepted[] {
    return this.groups.flatMap(({ entries }) => entries);
  }

  append(group: AcceptedGroup, urgency: 'now' | 'ack' | 'routine', onKept?: (kept: boolean) => void): void {
    for (const { seq } of group.entries) {
      if (seq !== this.#nextSeq++) throw new Error(`${seq} does not follow`);
    }
    this.groups.push({ ...group, urgency });
    if (onKept) this.#waiting.push(onKept);
  }

  whenRoom(): Promise<void> {
    return this.hasRoom;
  }

  raiseTimeFloor(at: number): void {
    this.timeFloor = Math.max(this.timeFloor, at);
  }

  /** The disk has taken everything, or never will. */
  settle(kept = true): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const onKept of waiting) onKept(kept);
  }
}

/** An intake with real rules, clock and schema, and what came out of it. */
export class IntakeRig {
  readonly clock = new FakeClock();
  readonly store: PatientStore;
  readonly timekeeper: Timekeeper;
  readonly alarms: AlarmEngine;
  readonly intake: Intake;
  readonly rejected: string[] = [];
  readonly transitions: AlarmTransition[] = [];
  readonly statuses: (DeviceStatus & { readonly device: string })[] = [];
  rejections = Promise.resolve(true);

  constructor({
    rules = [],
    nextSeq = 1,
    ...changes
  }: Partial<Omit<IntakeOptions, 'store' | 'alarms'>> & { readonly rules?: readonly Rule[]; nextSeq?: number } = {}) {
    const open = changes.openAlarms ?? [];
    this.store = new PatientStore(nextSeq);
    this.timekeeper = new Timekeeper(this.clock, 0);
    this.alarms = new AlarmEngine(rules, new Set(descriptions.keys()), { open });
    this.intake = new Intake({
      store: this.store,
      alarms: this.alarms,
      timekeeper: this.timekeeper,
      clock: this.clock,
      log: silentLog,
      descriptions,
      watched: [],
      latest: [],
      openAlarms: open,
      sumEnds: [],
      sourceStates: [],
      isSound,
      reject: (device, why) => {
        this.rejected.push(`${device}: ${why}`);
        return this.rejections;
      },
      onAccepted: () => {},
      onTransition: (transition) => this.transitions.push(transition),
      onStatus: (device, status) => this.statuses.push({ device, ...status }),
      ...changes,
    });
  }

  /** The JSON of everything that was stored, read again. */
  get stored(): readonly Readonly<Record<string, unknown>>[] {
    return this.store.entries.map(({ json }) => JSON.parse(json) as Readonly<Record<string, unknown>>);
  }

  /** A sample of now. */
  sample(changes: Partial<Sample> = {}): Sample {
    const time = { mono: this.clock.mono() };
    return { device: 'underpass-7', channel: 'depth', value: 0.1, quality: 'good', time, ...changes };
  }

  /** A sum of now, as a rain gauge gives it. */
  sum(value: number, changes: Partial<Sample> = {}): Sample {
    return this.sample({ device: 'gauge-1', channel: 'rain_amount', value, stat: 'sum', n: 1, ...changes });
  }
}
