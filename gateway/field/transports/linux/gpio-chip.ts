import { reasonOf } from '../../../model/errors.ts';
import {
  askLineInfo,
  decodeChipInfo,
  decodeEvent,
  decodeLevel,
  decodeLineInfo,
  encodeConfig,
  encodeLevel,
  encodeRequest,
  gpioRequests,
  lineFlags,
  requestedFd,
  sizes,
  type ChipInfo,
  type LineConfig,
} from './gpio-uapi.ts';
import { errorCode, type Syscalls } from './syscalls.ts';

/** Chips that have a Raspberry Pi's header, by label: Pi 5, Pi 4, Pi 3 and Zero 2 W. Numbers change between kernels. */
const headerLabels = ['pinctrl-rp1', 'pinctrl-bcm2711', 'pinctrl-bcm2835'] as const;

/** What a line is to be. */
export type LineUse =
  | { readonly as: 'output'; readonly level: boolean }
  | {
      readonly as: 'input';
      readonly pull?: 'up' | 'down';
      readonly edges?: 'falling' | 'both';
      /** The kernel ignores changes that do not last so long. */
      readonly debounceMs?: number;
    };

export interface Edge {
  readonly isRising: boolean;
  /** When it happened, by the kernel: milliseconds of the monotonic clock. */
  readonly mono: number;
  /** Edges of this line right before it that nobody could read any more: the kernel keeps only so many. */
  readonly missed: number;
}

/** Events that the kernel keeps of a line while this process is busy: the most that it gives for one line or several. */
const keptEvents = 1024;
/** How long one wait for edges takes at most; a new line is waited for after that. */
const pollMs = 100;

/** Chips of this machine. */
function listChips(calls: Syscalls): readonly (ChipInfo & { readonly path: string })[] {
  const names = calls.list('/dev').filter((name) => /^gpiochip\d+$/.test(name));
  return names.flatMap((name) => {
    const path = `/dev/${name}`;
    const fd = calls.open(path);
    try {
      const bytes = new Uint8Array(sizes.chipInfo);
      calls.ioctl(fd, gpioRequests.chipInfo, bytes);
      return [{ ...decodeChipInfo(bytes), path }];
    } finally {
      calls.close(fd);
    }
  });
}

/** @returns the chip with that label; for `auto` the one with a Pi's header. */
function findChip(calls: Syscalls, label: string): ChipInfo & { readonly path: string } {
  let chips: ReturnType<typeof listChips>;
  try {
    chips = listChips(calls);
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
    throw new Error('no right to use GPIO: add the user to the group `gpio`', { cause: error });
  }
  const wanted: readonly string[] = label === 'auto' ? headerLabels : [label];
  const found = wanted.flatMap((name) => chips.find((chip) => chip.label === name) ?? [])[0];
  if (found) return found;
  const known = chips.map((chip) => chip.label).join(', ');
  const missing = label === 'auto' ? 'this machine has no Raspberry Pi header' : `there is no GPIO chip \`${label}\``;
  throw new Error(`${missing}; chips: ${known || 'none'}`);
}

/**
 * One GPIO chip of this machine and the lines of it that we use. Edges are waited for in one thread of libuv's pool,
 * never longer than `pollMs` at a time.
 */
export class GpioChip {
  readonly info: ChipInfo;
  /** Resolves with the reason when the chip is gone or closed. */
  readonly ended: Promise<string>;
  readonly #calls: Syscalls;
  readonly #fd: number;
  readonly #lines = new Set<GpioLine>();
  #finish: (why: string) => void = () => {};
  #isOpen = true;
  #waiting: Promise<void> | undefined;

  /** @throws when there is no such chip, in words for people. */
  constructor(calls: Syscalls, label: string) {
    const chip = findChip(calls, label);
    this.info = chip;
    this.#calls = calls;
    this.#fd = calls.open(chip.path);
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** @throws when the line is not there or somebody else has it. */
  request(offset: number, use: LineUse): GpioLine {
    const bytes = encodeRequest({ offset, consumer: 'lamppost', config: configFor(use), events: keptEvents });
    try {
      this.#calls.ioctl(this.#fd, gpioRequests.line, bytes);
    } catch (error) {
      throw this.#refused(offset, error);
    }
    const line = new GpioLine(this.#calls, { fd: requestedFd(bytes), onWatch: () => this.#watch() });
    this.#lines.add(line);
    return line;
  }

  /** Lets go of all lines; what they were set to is then up to the chip. */
  async close(why = 'closed'): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // A thread still waits on them: their numbers must not be given to other files before it has returned.
    await this.#waiting;
    for (const line of this.#lines) line.release();
    this.#calls.close(this.#fd);
    this.#finish(why);
  }

  #refused(offset: number, error: unknown): Error {
    const because = (words: string): Error => new Error(words, { cause: error });
    if (offset >= this.info.lines) return because(`${this.info.label} has no GPIO ${offset}`);
    if (errorCode(error) !== 'EBUSY') return because(`GPIO ${offset} cannot be used so: ${reasonOf(error)}`);
    const bytes = askLineInfo(offset);
    this.#calls.ioctl(this.#fd, gpioRequests.lineInfo, bytes);
    return because(`GPIO ${offset} is used by \`${decodeLineInfo(bytes).consumer}\``);
  }

  #watch(): void {
    this.#waiting ??= this.#waitForEdges().catch((error: unknown) => {
      this.#waiting = undefined;
      void this.close(reasonOf(error));
    });
  }

  async #waitForEdges(): Promise<void> {
    while (this.#isOpen) {
      const watched = [...this.#lines].filter(({ isWatched }) => isWatched);
      const ready = new Set(
        await this.#calls.poll(
          watched.map(({ fd }) => fd),
          pollMs,
        ),
      );
      for (const line of watched) if (this.#isOpen && ready.has(line.fd)) line.readEdges();
    }
  }
}

/** One line in use. */
export class GpioLine {
  readonly fd: number;
  readonly #calls: Syscalls;
  readonly #onWatch: () => void;
  readonly #events = new Uint8Array(16 * sizes.event);
  #heard: ((edge: Edge) => void) | undefined;
  #lastNumber = 0;

  constructor(calls: Syscalls, { fd, onWatch }: { readonly fd: number; readonly onWatch: () => void }) {
    this.#calls = calls;
    this.fd = fd;
    this.#onWatch = onWatch;
  }

  /** Makes something else of it without letting it go. */
  configure(use: LineUse): void {
    this.#calls.ioctl(this.fd, gpioRequests.setConfig, encodeConfig(configFor(use)));
  }

  get level(): boolean {
    const bytes = encodeLevel(false);
    this.#calls.ioctl(this.fd, gpioRequests.getValues, bytes);
    return decodeLevel(bytes);
  }

  set level(level: boolean) {
    this.#calls.ioctl(this.fd, gpioRequests.setValues, encodeLevel(level));
  }

  /** Edges come in order, each once, from now on. */
  onEdge(heard: (edge: Edge) => void): void {
    this.#heard = heard;
    this.#onWatch();
  }

  get isWatched(): boolean {
    return this.#heard !== undefined;
  }

  /** Takes what the kernel has; call it when there is something. */
  readEdges(): void {
    const length = this.#calls.read(this.fd, this.#events);
    for (let at = 0; at + sizes.event <= length; at += sizes.event) {
      const { timestampNs, isRising, number } = decodeEvent(this.#events.subarray(at, at + sizes.event));
      const missed = (number - this.#lastNumber - 1) >>> 0;
      this.#lastNumber = number;
      this.#heard?.({ isRising, mono: Number(timestampNs) / 1e6, missed });
    }
  }

  release(): void {
    this.#heard = undefined;
    this.#calls.close(this.fd);
  }
}

function configFor(use: LineUse): LineConfig {
  if (use.as === 'output') return { flags: lineFlags.output, level: use.level };
  const pull = { up: lineFlags.pullUp, down: lineFlags.pullDown, none: 0n }[use.pull ?? 'none'];
  const edges = { falling: lineFlags.falling, both: lineFlags.falling | lineFlags.rising, none: 0n }[
    use.edges ?? 'none'
  ];
  return {
    flags: lineFlags.input | pull | edges,
    ...(use.debounceMs === undefined ? {} : { debounceUs: Math.round(use.debounceMs * 1000) }),
  };
}
