import type { ClockState, SampleTime } from '../model/reading.ts';
import type { Clock } from '../platform/clock.ts';

/** A moment as it is written into a reading. */
export interface Stamp {
  /** Unix milliseconds. */
  readonly at: number;
  readonly start?: number;
  readonly clock: ClockState;
  readonly clockErrorMs?: number;
}

/** What a witness says of the machine's wall clock: whether it is set by somebody who knows, and how well. */
export interface Witness {
  readonly isSynced: boolean;
  readonly errorMs?: number;
}

/** What a receiver of satellites says the time is. */
export interface ToldTime {
  /** Unix milliseconds. */
  readonly utcMs: number;
  /** When it was heard. */
  readonly mono: number;
  /** How far it may be off. */
  readonly errorMs: number;
}

/** A receiver that says nothing for so long is no witness any more. */
const mostTimeAgeMs = 120_000;

/** A sender's clock may be ahead of ours by so much before its time is not believed. */
const mostAheadMs = 60_000;

/**
 * Turns moments on the monotonic clock into times, and says how far they may be trusted. Without a witness that the
 * wall clock is right, time starts from the wall clock (`held`), or from the floor where the wall clock lies before it
 * (`unset`), and goes on with the monotonic clock alone: somebody who sets the wall clock does not move it.
 */
export class Timekeeper {
  readonly #clock: Clock;
  /** Unix milliseconds at monotonic zero. */
  #offset: number;
  #state: 'synced' | 'held' | 'unset';
  #errorMs: number | undefined;
  /** When this gateway last stamped `synced`, Unix milliseconds: time without a witness never lies before it. */
  #floor: number;
  /** The time service's last word. */
  #isServed = false;
  /** What a receiver told last. */
  #told: ToldTime | undefined;

  /** @param floor - the last time this gateway stamped `synced`, or the build date: no time can lie before it. */
  constructor(clock: Clock, floor: number) {
    this.#clock = clock;
    this.#floor = floor;
    const wall = clock.wall();
    this.#state = wall < floor ? 'unset' : 'held';
    this.#offset = Math.max(wall, floor) - clock.mono();
  }

  get state(): 'synced' | 'held' | 'unset' {
    return this.#state;
  }

  /**
   * Hears a receiver of satellites. It counts where no time service does, and only when two in a row agree: the checksum
   * of a sentence lets one broken one in 256 through. A time before the floor is that of a receiver whose weeks have
   * rolled over, and is not believed.
   *
   * @returns whether the time follows it now and did not before.
   */
  hearTime(told: ToldTime): boolean {
    const { utcMs, mono, errorMs } = told;
    const before = this.#told;
    this.#told = told;
    const offset = utcMs - mono;
    const doAgree = before && Math.abs(offset - (before.utcMs - before.mono)) <= errorMs + before.errorMs;
    if (this.#isServed || !doAgree || !this.#isFresh(before, mono) || utcMs < this.#floor) return false;
    const isNew = this.#state !== 'synced';
    // Within its error it does not move us: sentences come a little earlier and later.
    if (isNew || Math.abs(offset - this.#offset) > errorMs) this.#offset = offset;
    this.#errorMs = errorMs;
    this.#state = 'synced';
    return isNew;
  }

  #isFresh(told: ToldTime | undefined, mono: number): boolean {
    return told !== undefined && mono - told.mono <= mostTimeAgeMs;
  }

  /** Hears a witness. While synced, time follows the wall clock; when the witness is gone, it goes on from there. */
  hear({ isSynced, errorMs }: Witness): void {
    this.#isServed = isSynced;
    if (isSynced) {
      this.#offset = this.#clock.wall() - this.#clock.mono();
      this.#errorMs = errorMs;
      this.#state = 'synced';
    } else if (this.#state === 'synced' && !this.#isFresh(this.#told, this.#clock.mono())) {
      this.#offset = Math.max(this.#offset, this.#floor - this.#clock.mono());
      this.#errorMs = undefined;
      this.#state = 'held';
    }
  }

  /** Unix milliseconds now. */
  now(): number {
    return this.at(this.#clock.mono());
  }

  /** Unix milliseconds of a monotonic moment. */
  at(mono: number): number {
    return Math.max(0, Math.round(mono + this.#offset));
  }

  /** A sender's own time is believed, unless it lies ahead of a clock that we trust: then it is now. */
  stamp(time: SampleTime): Stamp {
    if (!('sender' in time)) return this.#own(time);
    const { sender: at, startSender: start } = time;
    const isAhead = this.#state === 'synced' && at > this.now() + mostAheadMs;
    if (isAhead) return this.#own({ mono: this.#clock.mono() });
    return { at, ...(start === undefined ? {} : { start }), clock: 'sender' };
  }

  #own({ mono, startMono }: { readonly mono: number; readonly startMono?: number }): Stamp {
    if (this.#state === 'synced') this.#floor = this.now();
    return {
      at: this.at(mono),
      ...(startMono === undefined ? {} : { start: this.at(startMono) }),
      clock: this.#state,
      ...(this.#errorMs === undefined ? {} : { clockErrorMs: this.#errorMs }),
    };
  }
}
