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
