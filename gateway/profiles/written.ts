import type { QuantityName } from '../model/quantity.ts';
import type { Reason } from '../model/reading.ts';
import type { Words } from '../platform/problem.ts';
import type { Component } from './connect.ts';
import type { ChecksumKind, Fields, Hj212Field, IntegerType, ModbusTable, RegisterType, NmeaType } from './grammar.ts';
import type { CommandTarget, ExampleReading, WindowStat } from './profile.ts';

/**
 * A profile as people write it: what `device-profiles/schema/profile.schema.json` lets through, before units,
 * durations and formulas are read. Each property is described there.
 */
export interface WrittenProfile {
  readonly profile: string;
  readonly name: Words;
  readonly sources: readonly string[];
  readonly unverified?: string;
  readonly wiring: readonly Words[];
  readonly connect: WrittenConnect;
  readonly decode?:
    | WrittenFrame
    | WrittenRegisters
    | WrittenDlt645
    | WrittenLine
    | WrittenNmea
    | WrittenJson
    | WrittenHj212;
  readonly warmUp?: string;
  readonly every?: { readonly default: string; readonly min?: string };
  readonly settings?: Readonly<Record<string, WrittenSetting>>;
  readonly derive?: readonly WrittenDerived[];
  readonly channels: Readonly<Record<string, WrittenChannel>>;
  readonly crossChecks?: readonly WrittenCrossCheck[];
  readonly commands?: Readonly<Record<string, WrittenCommand>>;
  readonly examples: readonly WrittenExample[];
}

export type WrittenConnect =
  | { readonly kind: 'modbus'; readonly line: string; readonly address?: number; readonly timeout?: string }
  | { readonly kind: 'dlt645'; readonly line: string; readonly timeout?: string }
  | WrittenSerial
  | WrittenTopic
  | { readonly kind: 'board'; readonly component: Component }
  | { readonly kind: 'sysfs'; readonly files: Readonly<Record<string, string>> }
  | { readonly kind: 'machine' }
  | { readonly kind: 'message' };

export interface WrittenSerial {
  readonly kind: 'serial';
  readonly line: string;
  readonly ask?: WrittenSaid;
  readonly start?: readonly WrittenSaid[];
}

/** Exactly one of the two. */
export interface WrittenSaid {
  readonly bytes?: string;
  readonly text?: string;
}

export interface WrittenTopic {
  readonly kind: 'topic';
  readonly availability?: {
    readonly topic: string;
    readonly path?: string;
    readonly online: string;
    readonly offline: string;
  };
}

export type WrittenInvalid = Readonly<Record<string, Reason>>;

export interface WrittenFrame {
  readonly kind: 'frame';
  readonly header: string;
  readonly length: number;
  readonly checksum?: {
    readonly kind: ChecksumKind;
    readonly first: number;
    readonly last: number;
    readonly at: number;
  };
  readonly fields: Readonly<Record<string, WrittenField>>;
}

export interface WrittenField {
  readonly at: number;
  readonly type: IntegerType;
  readonly shift?: number;
  readonly mask?: number;
  readonly mustBe?: number;
  readonly invalid?: WrittenInvalid;
}

export interface WrittenRegisters {
  readonly kind: 'registers';
  readonly reads: readonly {
    readonly table: ModbusTable;
    readonly first: number;
    readonly count: number;
    readonly destructive?: boolean;
  }[];
  readonly fields: Readonly<Record<string, WrittenRegister>>;
}

export interface WrittenRegister {
  readonly table: ModbusTable;
  readonly at: number;
  readonly type: RegisterType;
  readonly words?: 'big' | 'little';
  readonly shift?: number;
  readonly mask?: number;
  readonly invalid?: WrittenInvalid;
  readonly increase?: boolean;
}

export interface WrittenDlt645 {
  readonly kind: 'dlt645';
  readonly fields: Readonly<Record<string, WrittenDlt645Field>>;
}

export interface WrittenDlt645Field {
  readonly item: string;
  readonly at?: number;
  readonly bytes: number;
  readonly signed?: boolean;
}

export interface WrittenLine {
  readonly kind: 'line';
  readonly match: string;
  readonly terminator: string;
  readonly maxLength?: number;
  readonly invalid?: Readonly<Record<string, WrittenInvalid>>;
}

export type WrittenMap = Readonly<Record<string, number>>;

export interface WrittenNmea {
  readonly kind: 'nmea';
  readonly fields: Readonly<Record<string, WrittenNmeaField>>;
}

export interface WrittenNmeaField {
  readonly sentence: string;
  readonly at: number;
  readonly type: NmeaType;
  readonly map?: WrittenMap;
  readonly invalid?: WrittenInvalid;
}

export interface WrittenJson {
  readonly kind: 'json';
  readonly terminator?: string;
  readonly maxLength?: number;
  readonly fields: Readonly<Record<string, WrittenJsonField>>;
}

export interface WrittenJsonField {
  readonly path: string;
  readonly map?: WrittenMap;
  readonly remember?: boolean;
  readonly topic?: string;
  readonly invalid?: WrittenInvalid;
}

export interface WrittenHj212 {
  readonly kind: 'hj212';
  readonly fields: Readonly<Record<string, Hj212Field>>;
}

/** `3200 mm`; a bare number where the unit is `1`. */
export type WrittenAmount = string | number;

export interface WrittenSetting {
  readonly unit: string;
  readonly default?: WrittenAmount;
  readonly min?: WrittenAmount;
  readonly max?: WrittenAmount;
  readonly ask: Words;
  readonly beyond?: Words;
}

export interface WrittenDerived {
  readonly name: string;
  readonly value: string;
  readonly valid?: readonly [number, number];
  readonly otherwise?: Reason;
}

export interface WrittenChannel {
  readonly quantity: QuantityName;
  readonly name?: Words;
  readonly value?: string;
  readonly unit?: string;
  readonly resolution?: WrittenAmount;
  readonly limits?: readonly [WrittenAmount, WrittenAmount];
  readonly datum?: string;
  readonly stat?: WindowStat;
  readonly dwell?: string;
  readonly checks?: WrittenChecks;
}

/** `off` in a device of `lamppost.yaml`: what the profile says does not hold here. */
export type WrittenCheck<Check> = Check | 'off';

export interface WrittenChecks {
  readonly range?: WrittenCheck<WrittenSpans & { readonly seasons?: readonly WrittenSeason[] }>;
  readonly saturated?: WrittenCheck<{ readonly least?: WrittenAmount; readonly most?: WrittenAmount }>;
  readonly spike?: WrittenCheck<{
    readonly suspect: WrittenAmount;
    readonly bad?: WrittenAmount;
    readonly within?: string;
  }>;
  readonly rate?: WrittenCheck<{ readonly suspect: WrittenAmount; readonly bad?: WrittenAmount; readonly per: string }>;
  readonly flat?: WrittenCheck<{ readonly after: string; readonly bad?: string; readonly within?: WrittenAmount }>;
  readonly attenuated?: WrittenCheck<{
    readonly over: string;
    readonly least: WrittenAmount;
    readonly bad?: WrittenAmount;
  }>;
  readonly gap?: WrittenCheck<{ readonly after: string }>;
}

export type WrittenSpan = readonly [WrittenAmount, WrittenAmount];

export interface WrittenSpans {
  readonly suspect?: WrittenSpan;
  readonly bad?: WrittenSpan;
}

export interface WrittenSeason extends WrittenSpans {
  readonly from: string;
  readonly to: string;
}

export interface WrittenCrossCheck {
  readonly holds: string;
  readonly doubts?: readonly string[];
}

export interface WrittenCommand {
  readonly kind: 'boolean';
  readonly name: Words;
  readonly safe: boolean;
  readonly silence: string;
  readonly write?: CommandTarget;
}

/** Exactly one of `bytes`, `text`, `exchange`, `fields`, `messages`, `message`. */
export interface WrittenExample {
  readonly name: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly warmingUp?: boolean;
  readonly bytes?: string;
  readonly text?: string;
  readonly exchange?: readonly { readonly ask: string; readonly answer: string }[];
  readonly fields?: Fields;
  readonly files?: Readonly<Record<string, string>>;
  readonly messages?: readonly { readonly topic?: string; readonly payload: unknown }[];
  readonly message?: unknown;
  readonly readings: readonly ExampleReading[];
}
