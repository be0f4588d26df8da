/**
 * The part of our node firmware's language that Firmata does not have: user sysex 0x01..0x06, numbers in 7-bit bytes,
 * least significant first. Described byte by byte in `hardware/firmware/README.md`.
 */
export const nodeCommands = {
  identity: 0x01,
  setNumber: 0x02,
  counts: 0x03,
  reportInterval: 0x04,
  safeOutput: 0x06,
} as const;

/** Who the board is and which life of it this is. */
export interface NodeIdentity {
  /** Its own number; 0: nobody has given it one. */
  readonly board: number;
  readonly boot: number;
  readonly uptimeMs: number;
  readonly since: number;
  /** MCUSR: 1 power, 2 external, 4 brown-out, 8 watchdog. */
  readonly cause: number;
  readonly build: string;
}

/** The counters on D2 and D3. */
export interface NodeCounts {
  readonly boot: number;
  readonly uptimeMs: number;
  /** The boot in which the counts stood at zero. */
  readonly since: number;
  readonly counts: readonly [d2: number, d3: number];
}

type SevenBits = readonly number[];

/** Five 7-bit bytes. */
export function u32(bytes: SevenBits, at: number): number {
  let value = 0;
  for (let index = 4; index >= 0; index--) value = value * 128 + ((bytes[at + index] ?? 0) & 0x7f);
  return value % 2 ** 32;
}

const u32Bytes = (value: number): SevenBits => [0, 7, 14, 21, 28].map((shift) => Math.floor(value / 2 ** shift) & 0x7f);
const u14Bytes = (value: number): SevenBits => [value & 0x7f, (value >> 7) & 0x7f];

export function parseIdentity(bytes: SevenBits): NodeIdentity | undefined {
  if (bytes.length < 22 || bytes[0] !== 1) return undefined;
  let build = '';
  for (let at = 22; at + 1 < bytes.length; at += 2)
    build += String.fromCharCode((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 7));
  return {
    board: u32(bytes, 1),
    boot: u32(bytes, 6),
    uptimeMs: u32(bytes, 11),
    since: u32(bytes, 16),
    cause: bytes[21] ?? 0,
    build,
  };
}

export function parseCounts(bytes: SevenBits): NodeCounts | undefined {
  if (bytes.length < 30) return undefined;
  return {
    boot: u32(bytes, 0),
    uptimeMs: u32(bytes, 5),
    since: u32(bytes, 15),
    counts: [u32(bytes, 20), u32(bytes, 25)],
  };
}

/** Gives the board a number of its own. */
export const setNumber = (number: number): SevenBits => [nodeCommands.setNumber, ...u32Bytes(number)];

/** Asks for a counter report each `ms`. */
export const reportEvery = (ms: number): SevenBits => [nodeCommands.reportInterval, ...u32Bytes(ms)];

/** Declares the level that an output takes when nobody talks to the board for `seconds`. */
export function declareSafe(pin: number, level: boolean, seconds: number): SevenBits {
  return [nodeCommands.safeOutput, pin, level ? 1 : 0, ...u14Bytes(seconds)];
}
