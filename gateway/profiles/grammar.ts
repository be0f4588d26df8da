import type { Reason, Stat } from '../model/reading.ts';
import type { LinePart } from './template.ts';

/** Named values as they come from a device, before anything is made of them. */
export type Fields = Readonly<Record<string, FieldValue>>;
export type FieldValue = number | boolean | FlaggedField;

/** A value that the device itself, or the way to it, says something about. */
export interface FlaggedField {
  /** Absent: there is none. */
  readonly value?: number;
  /** With a value it is at best `suspect`; without one it is `bad`. */
  readonly why: readonly Reason[];
}

export type Decode =
  | FrameGrammar
  | LineGrammar
  | RegistersGrammar
  | Dlt645Grammar
  | NmeaGrammar
  | JsonGrammar
  | Hj212Grammar
  /** The component of a board, or a message, gives named fields by itself. */
  | { readonly kind: 'fields' };

/** Binary frames of one fixed length. */
export interface FrameGrammar {
  readonly kind: 'frame';
  /** At least one byte. */
  readonly header: Uint8Array;
  readonly length: number;
  readonly checksum?: Checksum;
  readonly fields: Readonly<Record<string, FrameField>>;
}

/** Bytes that each kind of checksum takes. `crc16-modbus` has its low byte first. */
export const checksumSizes = {
  sum8: 1,
  'negated-sum8': 1,
  xor8: 1,
  sum16be: 2,
  sum16le: 2,
  'crc16-modbus': 2,
} as const;
export type ChecksumKind = keyof typeof checksumSizes;

/** Over the bytes `first` to `last`, both included; the result stands at `at`. */
export interface Checksum {
  readonly kind: ChecksumKind;
  readonly first: number;
  readonly last: number;
  readonly at: number;
}

export const integerTypes = {
  u8: { size: 1, isSigned: false, order: 'big' },
  i8: { size: 1, isSigned: true, order: 'big' },
  u16be: { size: 2, isSigned: false, order: 'big' },
  u16le: { size: 2, isSigned: false, order: 'little' },
  i16be: { size: 2, isSigned: true, order: 'big' },
  i16le: { size: 2, isSigned: true, order: 'little' },
  u24be: { size: 3, isSigned: false, order: 'big' },
  u32be: { size: 4, isSigned: false, order: 'big' },
  u32le: { size: 4, isSigned: false, order: 'little' },
  i32be: { size: 4, isSigned: true, order: 'big' },
  i32le: { size: 4, isSigned: true, order: 'little' },
} as const satisfies Record<string, { size: number; isSigned: boolean; order: 'big' | 'little' }>;
export type IntegerType = keyof typeof integerTypes;

export interface FrameField {
  readonly at: number;
  readonly type: IntegerType;
  /** `(raw >> shift) & mask`, unsigned types only; before anything else. */
  readonly shift: number;
  readonly mask: number;
  /** Part of the frame's identity: another value means that this is not our frame. */
  readonly mustBe?: number;
  readonly invalid: InvalidCodes;
}

/** What a device sends instead of a value, and what that means. */
export type InvalidCodes = ReadonlyMap<number, Reason>;

/** Lines of text. */
export interface LineGrammar {
  readonly kind: 'line';
  /** One ASCII character that ends a line. A carriage return before a line feed is not part of the line. */
  readonly terminator: string;
  /** Longest line in bytes, without its terminator, but with a carriage return before it. */
  readonly maxLength: number;
  /** As written, for messages. */
  readonly template: string;
  readonly parts: readonly LinePart[];
  readonly invalid: Readonly<Record<string, InvalidCodes>>;
}

/** Each table of a Modbus slave, and most of it that one question may ask for (Modbus Application Protocol V1.1b3, 6). */
export const modbusTables = {
  coil: { most: 2000, isBits: true },
  discrete: { most: 2000, isBits: true },
  holding: { most: 125, isBits: false },
  input: { most: 125, isBits: false },
} as const satisfies Record<string, { most: number; isBits: boolean }>;
export type ModbusTable = keyof typeof modbusTables;

/** Registers of 16 bits that each type takes; a `bit` is a coil or a discrete input. */
export const registerTypes = { bit: 1, u16: 1, i16: 1, u32: 2, i32: 2, f32: 2 } as const;
export type RegisterType = keyof typeof registerTypes;

/** What is asked of a Modbus slave, and where the numbers stand in its tables. */
export interface RegistersGrammar {
  readonly kind: 'registers';
  /** Asked one after the other, in this order. */
  readonly reads: readonly RegisterRead[];
  /** Each lies within one of the reads. */
  readonly fields: Readonly<Record<string, RegisterField>>;
}

/** One question to a Modbus slave. Addresses are those on the wire: the first is 0. */
export interface RegisterRead {
  readonly table: ModbusTable;
  readonly first: number;
  readonly count: number;
  /** Reading changes the device, such as a counter that begins anew: only who keeps the values may ask. */
  readonly isDestructive: boolean;
}

export interface RegisterField {
  readonly table: ModbusTable;
  readonly at: number;
  readonly type: RegisterType;
  /** Which of two registers comes first: `big` the one with the high bits. */
  readonly words: 'big' | 'little';
  /** `(raw >> shift) & mask`, unsigned types only; before anything else. */
  readonly shift: number;
  readonly mask: number;
  readonly invalid: InvalidCodes;
  /** The device counts up: the field is the increase since the last reading, none at the first one. */
  readonly isIncrease: boolean;
}

/** What is asked of a DL/T 645-2007 meter: each item by a question of its own. */
export interface Dlt645Grammar {
  readonly kind: 'dlt645';
  readonly fields: Readonly<Record<string, Dlt645Field>>;
}

export interface Dlt645Field {
  /** Data identifier as the standard prints it, DI3 first: eight hexadecimal digits. */
  readonly item: string;
  /** Where the number begins in the data after the identifier, in bytes. */
  readonly at: number;
  /** Two decimal digits a byte, lowest first. */
  readonly bytes: number;
  /** The top bit is the sign. */
  readonly isSigned: boolean;
}

/** Sentences of NMEA 0183. */
export interface NmeaGrammar {
  readonly kind: 'nmea';
  readonly fields: Readonly<Record<string, NmeaField>>;
}

/**
 * `latitude`, `longitude`: degrees, the hemisphere stands in the value behind. `utc-time`: seconds of the day. `date`:
 * Unix seconds of its midnight. `text`: by `map`.
 */
export const nmeaTypes = ['number', 'latitude', 'longitude', 'utc-time', 'date', 'text'] as const;
export type NmeaType = (typeof nmeaTypes)[number];

export interface NmeaField {
  /** The three letters behind the talker. */
  readonly sentence: string;
  /** Counted from 1 behind the name of the sentence. */
  readonly at: number;
  readonly type: NmeaType;
  readonly map: TextMap;
  readonly invalid: InvalidCodes;
}

/** What each text means as a number; empty where texts mean nothing. */
export type TextMap = ReadonlyMap<string, number>;

/** JSON objects: lines of a serial port, or messages of a topic. */
export interface JsonGrammar {
  readonly kind: 'json';
  /** One ASCII character that ends a line; absent for messages. */
  readonly terminator?: string;
  /** Longest line in bytes, without its terminator. */
  readonly maxLength: number;
  readonly fields: Readonly<Record<string, JsonField>>;
}

export interface JsonField {
  /** Counted from the device's topic, see `resolveTopic`; `''` on a serial line. */
  readonly topic: string;
  /** Keys from the outermost object down to the value; empty: the whole payload. */
  readonly path: readonly string[];
  readonly map: TextMap;
  /** The last value counts in later messages too. */
  readonly remember: boolean;
  readonly invalid: InvalidCodes;
}

/** Packets of HJ 212-2017. */
export interface Hj212Grammar {
  readonly kind: 'hj212';
  readonly fields: Readonly<Record<string, Hj212Field>>;
}

/** The figures of a factor, and the statistic that each is over the period of its packet. */
export const hj212Values = {
  Rtd: undefined,
  Avg: 'mean',
  Min: 'min',
  Max: 'max',
  Cou: 'sum',
} as const satisfies Record<string, Stat | undefined>;
export type Hj212Value = keyof typeof hj212Values;

/** Commands that carry readings: at this moment, of some minutes, of an hour, of a day. */
export const hj212Commands = [2011, 2051, 2061, 2031] as const;
export type Hj212Command = (typeof hj212Commands)[number];

export interface Hj212Field {
  readonly factor: string;
  readonly value: Hj212Value;
  /** Only in packets of this command; absent: in all. */
  readonly cn?: Hj212Command;
}
