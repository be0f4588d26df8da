import type { QuantityName } from '../model/quantity.ts';
import type { Reason, Stat } from '../model/reading.ts';
import type { UnitCode } from '../model/unit.ts';
import type { Words } from '../platform/problem.ts';
import type { ChannelChecks, CrossCheck } from './checks.ts';
import type { Connect } from './connect.ts';
import type { Formula } from './formula.ts';
import type { Decode, Fields } from './grammar.ts';

/**
 * A device type as data, after loading: checked against `device-profiles/schema/profile.schema.json`, units resolved to
 * UCUM codes, formulas parsed, durations in milliseconds. One YAML file is the whole support for one sensor.
 */
export interface Profile {
  /** `<maker>/<model>`, also the file's path. */
  readonly id: string;
  readonly name: Words;
  /** Data sheets and pages that every figure comes from. */
  readonly sources: readonly string[];
  /** What nobody has seen on real hardware yet. */
  readonly unverified?: string;
  /** What a technician does, step by step. */
  readonly wiring: readonly Words[];
  readonly connect: Connect;
  readonly decode: Decode;
  /** Readings are `suspect`, `warm_up` for so long after power-on. */
  readonly warmUpMs: number;
  /** Default time between readings; absent for devices that send when they like. */
  readonly everyMs?: number;
  /** Shortest time between readings that makes sense. */
  readonly minEveryMs: number;
  readonly settings: Readonly<Record<string, Setting>>;
  /** Named intermediate values, each usable in the formulas after it. */
  readonly derive: readonly Derived[];
  readonly channels: Readonly<Record<string, Channel>>;
  readonly crossChecks?: readonly CrossCheck[];
  readonly commands: Readonly<Record<string, Command>>;
  /** Empty only in the profiles made from the quantity table. */
  readonly examples: readonly Example[];
}

/** Something that only the site knows, such as the height of a sensor over the road. Numbers are in `unit`. */
export interface Setting {
  readonly unit: UnitCode;
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  readonly ask: Words;
  /** Why a value beyond min or max cannot work. */
  readonly beyond?: Words;
}

export interface Derived {
  readonly name: string;
  readonly value: Formula;
  /** Outside these the sensor or its wire is broken: there is no value, for the reason `otherwise`. */
  readonly valid?: readonly [min: number, max: number];
  readonly otherwise: Reason;
}

export interface Channel {
  readonly quantity: QuantityName;
  readonly name: Words;
  readonly value: Formula;
  /** The fields of the device that the formula needs, itself or through derived values. */
  readonly needs: readonly string[];
  /** Unit that the formula gives; a reading has the quantity's. */
  readonly unit: UnitCode;
  /** In the canonical unit. */
  readonly resolution: number;
  /** What the sensor can measure, in the canonical unit; beyond it a value is `bad`, `range`. */
  readonly limits?: readonly [min: number, max: number];
  /** What a height is measured from; absent: the site says it in `settings.datum`. */
  readonly datum?: string;
  /** The value is a statistic already, over the time since the last reading. */
  readonly stat?: WindowStat;
  /** What is tested of it; a site may say otherwise. */
  readonly checks?: ChannelChecks;
  /** A change of this state counts after it has held for so long. */
  readonly dwellMs?: number;
}

/** Statistics that can be carried on over several readings without knowing more than the readings. */
export const windowStats = ['sum', 'min', 'max'] as const satisfies readonly Stat[];
export type WindowStat = (typeof windowStats)[number];

/** The datum of a source that does not say what its heights are measured from. */
export const unstatedDatum = 'unstated';

export interface Command {
  readonly kind: 'boolean';
  readonly name: Words;
  /**
   * The level that an output takes at start and when the gateway is silent for `silenceMs`. A Modbus slave does not watch
   * the gateway: it is told when it is first reached, and when it is reached again after so long.
   */
  readonly safe: boolean;
  readonly silenceMs: number;
  /** Modbus: where it is written to. */
  readonly write?: CommandTarget;
}

/** A single coil of a Modbus slave. */
export interface CommandTarget {
  readonly table: 'coil';
  readonly at: number;
}

/** A case that the profile must pass: what comes in and what must come out. */
export interface Example {
  readonly name: string;
  /** As in `lamppost.yaml`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly isWarmingUp: boolean;
  readonly input:
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'exchange'; readonly exchange: readonly Exchange[] }
    | { readonly kind: 'fields'; readonly fields: Fields }
    /** What stands in the files of a device below /sys, by field. */
    | { readonly kind: 'files'; readonly files: Readonly<Record<string, string>> }
    | { readonly kind: 'messages'; readonly messages: readonly TopicMessage[] }
    | { readonly kind: 'message'; readonly message: unknown };
  readonly readings: readonly ExampleReading[];
}

/** One question on a bus, and what came back; nothing when nobody answered in time. */
export interface Exchange {
  readonly ask: Uint8Array;
  readonly answer: Uint8Array;
}

/** What a neighbour publishes. */
export interface TopicMessage {
  /** Counted from the device's topic, see `resolveTopic`. */
  readonly topic: string;
  readonly payload: string;
}

export interface ExampleReading {
  readonly channel: string;
  readonly value: number | boolean | string | null;
  readonly unit: string;
  readonly quality: string;
  readonly why?: readonly string[];
}
