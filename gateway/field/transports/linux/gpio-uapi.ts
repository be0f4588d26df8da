/**
 * The structures of the GPIO character device, uAPI v2: `include/uapi/linux/gpio.h` of Linux 5.10 and later. All sizes
 * and offsets here are those of that header on 32 and 64 bits alike (it aligns every u64 to 8). Numbers are in the
 * byte order of the machine; all machines that we run on are little endian.
 */

/** `_IOR`/`_IOWR(0xB4, nr, struct)` of that header; the struct's size is bits 16 to 29. */
export const gpioRequests = {
  chipInfo: 0x8044b401,
  lineInfo: 0xc100b405,
  line: 0xc250b407,
  setConfig: 0xc110b40d,
  getValues: 0xc010b40e,
  setValues: 0xc010b40f,
} as const;

/** `enum gpio_v2_line_flag` */
export const lineFlags = {
  used: 1n << 0n,
  activeLow: 1n << 1n,
  input: 1n << 2n,
  output: 1n << 3n,
  rising: 1n << 4n,
  falling: 1n << 5n,
  pullUp: 1n << 8n,
  pullDown: 1n << 9n,
  noPull: 1n << 10n,
} as const;

/** `enum gpio_v2_line_attr_id` */
const attributeIds = { outputValues: 2, debounce: 3 } as const;

/** `GPIO_MAX_NAME_SIZE` */
const nameSize = 32;

/** sizeof each structure */
export const sizes = { chipInfo: 68, lineInfo: 256, config: 272, request: 592, values: 16, event: 48 } as const;

export interface ChipInfo {
  /** As in `/dev`, such as `gpiochip0`: may change from boot to boot. */
  readonly name: string;
  /** What it is, such as `pinctrl-bcm2711`. */
  readonly label: string;
  readonly lines: number;
}

/** `struct gpiochip_info`: name[32] label[32] lines */
export function decodeChipInfo(bytes: Uint8Array): ChipInfo {
  return { name: textAt(bytes, 0), label: textAt(bytes, nameSize), lines: viewOf(bytes).getUint32(64, true) };
}

export function encodeChipInfo({ name, label, lines }: ChipInfo): Uint8Array {
  const bytes = new Uint8Array(sizes.chipInfo);
  putText(bytes, 0, name);
  putText(bytes, nameSize, label);
  viewOf(bytes).setUint32(64, lines, true);
  return bytes;
}

/** What a line is to be: `struct gpio_v2_line_config` for one line. */
export interface LineConfig {
  readonly flags: bigint;
  /** Level that an output takes. */
  readonly level?: boolean;
  /** Edges nearer to each other than this are none, microseconds. */
  readonly debounceUs?: number;
}

/** flags@0 num_attrs@8 padding[5] attrs[10]@32, each: id padding value@8 mask@16 */
export function encodeConfig(config: LineConfig): Uint8Array {
  const bytes = new Uint8Array(sizes.config);
  const view = viewOf(bytes);
  const attributes: readonly (readonly [id: number, value: bigint])[] = [
    ...(config.level === undefined ? [] : [[attributeIds.outputValues, config.level ? 1n : 0n] as const]),
    ...(config.debounceUs === undefined ? [] : [[attributeIds.debounce, BigInt(config.debounceUs)] as const]),
  ];
  view.setBigUint64(0, config.flags, true);
  view.setUint32(8, attributes.length, true);
  for (const [index, [id, value]] of attributes.entries()) {
    const at = 32 + index * 24;
    view.setUint32(at, id, true);
    view.setBigUint64(at + 8, value, true);
    view.setBigUint64(at + 16, 1n, true);
  }
  return bytes;
}

export function decodeConfig(bytes: Uint8Array): LineConfig {
  const view = viewOf(bytes);
  const attributes = new Map<number, bigint>();
  for (let index = 0; index < view.getUint32(8, true); index++) {
    const at = 32 + index * 24;
    attributes.set(view.getUint32(at, true), view.getBigUint64(at + 8, true));
  }
  const level = attributes.get(attributeIds.outputValues);
  const debounce = attributes.get(attributeIds.debounce);
  return {
    flags: view.getBigUint64(0, true),
    ...(level === undefined ? {} : { level: level !== 0n }),
    ...(debounce === undefined ? {} : { debounceUs: Number(debounce) }),
  };
}

export interface LineRequest {
  /** Number of the line on its chip. */
  readonly offset: number;
  /** Who wants it, for `gpioinfo` and for whoever finds it taken. */
  readonly consumer: string;
  readonly config: LineConfig;
  /** Events that the kernel keeps while nobody reads; at most 16 times 64. */
  readonly events: number;
}

/** `struct gpio_v2_line_request`: offsets[64] consumer[32]@256 config@288 num_lines@560 event_buffer_size@564 fd@588 */
export function encodeRequest({ offset, consumer, config, events }: LineRequest): Uint8Array {
  const bytes = new Uint8Array(sizes.request);
  const view = viewOf(bytes);
  view.setUint32(0, offset, true);
  putText(bytes, 256, consumer);
  bytes.set(encodeConfig(config), 288);
  view.setUint32(560, 1, true);
  view.setUint32(564, events, true);
  return bytes;
}

export function decodeRequest(bytes: Uint8Array): LineRequest {
  const view = viewOf(bytes);
  return {
    offset: view.getUint32(0, true),
    consumer: textAt(bytes, 256),
    config: decodeConfig(bytes.subarray(288, 560)),
    events: view.getUint32(564, true),
  };
}

/** What the kernel gave for a request. */
export const requestedFd = (bytes: Uint8Array): number => viewOf(bytes).getInt32(588, true);
export const setRequestedFd = (bytes: Uint8Array, fd: number): void => viewOf(bytes).setInt32(588, fd, true);

/** `struct gpio_v2_line_info`: name[32] consumer[32] offset@64 num_attrs flags@72 */
export interface LineInfo {
  readonly name: string;
  readonly consumer: string;
  readonly isUsed: boolean;
}

export function askLineInfo(offset: number): Uint8Array {
  const bytes = new Uint8Array(sizes.lineInfo);
  viewOf(bytes).setUint32(64, offset, true);
  return bytes;
}

export const askedOffset = (bytes: Uint8Array): number => viewOf(bytes).getUint32(64, true);

export function putLineInfo(bytes: Uint8Array, { name, consumer, isUsed }: LineInfo): void {
  putText(bytes, 0, name);
  putText(bytes, nameSize, consumer);
  viewOf(bytes).setBigUint64(72, isUsed ? lineFlags.used : 0n, true);
}

export function decodeLineInfo(bytes: Uint8Array): LineInfo {
  const isUsed = (viewOf(bytes).getBigUint64(72, true) & lineFlags.used) !== 0n;
  return { name: textAt(bytes, 0), consumer: textAt(bytes, nameSize), isUsed };
}

/** `struct gpio_v2_line_values`: bits@0 mask@8, for a request of one line. */
export function encodeLevel(level: boolean): Uint8Array {
  const bytes = new Uint8Array(sizes.values);
  putLevel(bytes, level);
  viewOf(bytes).setBigUint64(8, 1n, true);
  return bytes;
}

export const decodeLevel = (bytes: Uint8Array): boolean => (viewOf(bytes).getBigUint64(0, true) & 1n) === 1n;
export const putLevel = (bytes: Uint8Array, level: boolean): void =>
  viewOf(bytes).setBigUint64(0, level ? 1n : 0n, true);

export interface LineEvent {
  /** CLOCK_MONOTONIC. */
  readonly timestampNs: bigint;
  readonly isRising: boolean;
  readonly offset: number;
  /** Counts the events of this line from 1; what is not in the row was lost. Wraps at 32 bits. */
  readonly number: number;
}

/** `struct gpio_v2_line_event`: timestamp_ns@0 id@8 offset@12 seqno@16 line_seqno@20; id 1 rising, 2 falling */
export function decodeEvent(bytes: Uint8Array): LineEvent {
  const view = viewOf(bytes);
  return {
    timestampNs: view.getBigUint64(0, true),
    isRising: view.getUint32(8, true) === 1,
    offset: view.getUint32(12, true),
    number: view.getUint32(20, true),
  };
}

export function encodeEvent({ timestampNs, isRising, offset, number }: LineEvent): Uint8Array {
  const bytes = new Uint8Array(sizes.event);
  const view = viewOf(bytes);
  view.setBigUint64(0, timestampNs, true);
  view.setUint32(8, isRising ? 1 : 2, true);
  view.setUint32(12, offset, true);
  view.setUint32(16, number, true);
  view.setUint32(20, number, true);
  return bytes;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Text of at most 31 bytes and a zero. */
function putText(bytes: Uint8Array, at: number, text: string): void {
  new TextEncoder().encodeInto(text, bytes.subarray(at, at + nameSize - 1));
}

function textAt(bytes: Uint8Array, at: number): string {
  const [text = ''] = new TextDecoder().decode(bytes.subarray(at, at + nameSize)).split('\0');
  return text;
}
