import type { QuantityName } from '../model/quantity.ts';
import type { Reason, Stat } from '../model/reading.ts';
import type { UnitCode } from '../model/unit.ts';
import type { Words } from '../platform/problem.ts';
import type { ChannelChecks, CrossCheck } from './checks.ts';
import type { Formula } from './formula.ts';
import type { LinePart } from './template.ts';

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

/**
 * How a device is reached. `message`: it publishes by itself, to our ingest topic; `topic`: it publishes by itself, to
 * topics of its own on our broker.
 */
export type Connect =
  | SerialConnect
  | TopicConnect
  | ModbusConnect
  | Dlt645Connect
  | { readonly kind: 'board'; readonly component: Component }
  | SysfsConnect
  /** The gateway itself; see `machineFields`. */
  | { readonly kind: 'machine' }
  | { readonly kind: 'message' };

/** What a driver of this machine's kernel shows: text files below /sys with one number each. */
export interface SysfsConnect {
  readonly kind: 'sysfs';
  /** Field → path below /sys, in which `{id}` stands for what the site calls the device. */
  readonly files: Readonly<Record<string, string>>;
}

/** What the gateway can know of itself. What a machine cannot tell is absent, and so are the readings made of it. */
export const machineFields = [
  /** °C */
  'cpuTemperature',
  /** bytes, of the disk that the journal is on */
  'diskFree',
  'diskTotal',
  /** bytes that programs could still have */
  'memoryFree',
  /** 0 to 1: share of the time of all cores, since the last reading */
  'load',
  /** seconds: at most so far off, by the time service */
  'clockError',
  /** V */
  'supplyVoltage',
  /** the supply is below what the machine needs, now */
  'undervoltage',
  /** the processor is slowed down, now */
  'throttled',
  /** per cent */
  'modemSignal',
] as const;
export type MachineField = (typeof machineFields)[number];

/** A slave on a Modbus line, or behind Modbus TCP. */
export interface ModbusConnect {
  readonly kind: 'modbus';
  readonly line: LineSettings;
  /** The address that the maker delivers it with. */
  readonly address?: number;
  /** Longest time from the end of a question until the answer begins. */
  readonly timeoutMs: number;
}

/** A meter that speaks DL/T 645-2007. */
export interface Dlt645Connect {
  readonly kind: 'dlt645';
  readonly line: LineSettings;
  readonly timeoutMs: number;
}

/** A device on a serial line. */
export interface SerialConnect {
  readonly kind: 'serial';
  readonly line: LineSettings;
  /** What it is sent each period, so that it answers; absent: it sends by itself. */
  readonly ask?: Uint8Array;
  /** What it is sent after its port was opened, in order. */
  readonly start?: readonly Uint8Array[];
}

/** A neighbour on our broker. */
export interface TopicConnect {
  readonly kind: 'topic';
  /** Where and how it says whether it is there. */
  readonly availability?: Availability;
}

export interface Availability {
  /** Counted from the device's topic, see `resolveTopic`. */
  readonly topic: string;
  /** Keys down to the word in a JSON payload; empty: the payload is the word. */
  readonly path: readonly string[];
  readonly online: string;
  readonly offline: string;
}

export interface LineSettings {
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** What sits on a pin or on the I2C bus of a node board, and the fields it gives. */
export const components = {
  /** `ratio`: share of the board's reference voltage, 0..1. */
  analog: ['ratio'],
  /** `count`: pulses since the board's counter began; `tips`: pulses since the last reading. */
  counter: ['count', 'tips'],
  /** `level`: whether the output is on. */
  output: ['level'],
  /** `level`: whether the contact between the pin and ground is closed. */
  input: ['level'],
  /** `temperature` in degrees Celsius, `pressure` in kPa, as johnny-five gives them. */
  bmp180: ['temperature', 'pressure'],
  /** `temperature` in degrees Celsius, `humidity` in per cent, `pressure` in hPa. */
  bme280: ['temperature', 'humidity', 'pressure'],
  /** `temperature` in degrees Celsius, `humidity` in per cent. */
  sht3x: ['temperature', 'humidity'],
} as const satisfies Record<string, readonly string[]>;
export type Component = keyof typeof components;

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
