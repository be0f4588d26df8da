import type { QuantityName } from '../model/quantity.ts';
import type { Reason } from '../model/reading.ts';
import type { Words } from '../platform/problem.ts';
import type { ChecksumKind, Component, ExampleReading, Fields, IntegerType, WindowStat } from './profile.ts';

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
  readonly decode?: WrittenFrame | WrittenLine;
  readonly warmUp?: string;
  readonly every?: { readonly default: string; readonly min?: string };
  readonly settings?: Readonly<Record<string, WrittenSetting>>;
  readonly derive?: readonly WrittenDerived[];
  readonly channels: Readonly<Record<string, WrittenChannel>>;
  readonly commands?: Readonly<Record<string, WrittenCommand>>;
  readonly examples: readonly WrittenExample[];
}

export type WrittenConnect =
  | { readonly kind: 'serial'; readonly line: string }
  | { readonly kind: 'board'; readonly component: Component }
  | { readonly kind: 'message' };

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

export interface WrittenLine {
  readonly kind: 'line';
  readonly match: string;
  readonly terminator: string;
  readonly maxLength?: number;
  readonly invalid?: Readonly<Record<string, WrittenInvalid>>;
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
}

export interface WrittenCommand {
  readonly kind: 'boolean';
  readonly name: Words;
  readonly safe: boolean;
  readonly silence: string;
}

/** Exactly one of `bytes`, `text`, `fields`, `message`. */
export interface WrittenExample {
  readonly name: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly warmingUp?: boolean;
  readonly bytes?: string;
  readonly text?: string;
  readonly fields?: Fields;
  readonly message?: unknown;
  readonly readings: readonly ExampleReading[];
}
