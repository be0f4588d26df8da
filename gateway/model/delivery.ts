import type { AlarmTransition } from './alarm.ts';
import type { Reading } from './reading.ts';
import type { Range } from './ranges.ts';

/** Urgent, fresh, caught up. */
export const lanes = ['alarm', 'live', 'backfill'] as const;
export type Lane = (typeof lanes)[number];

/** Why a range of numbers will never come. */
export const gapReasons = ['unclean_stop', 'thinned', 'budget', 'unreadable', 'refused', 'before_start'] as const;
export type GapReason = (typeof gapReasons)[number];

/** What an upstream gets for a hole, so that it is never silence. */
export interface Gap {
  readonly v: 1;
  readonly gateway: string;
  readonly epoch: number;
  readonly from: number;
  /** `null` only for `unclean_stop`: the range covers no number that was ever given out. */
  readonly to: number | null;
  readonly why: GapReason;
  /** Unix milliseconds between which the lost readings were measured, where known. */
  readonly span?: Range;
  readonly lostAtMost?: number;
  /** Only `unclean_stop`: number of this note, unique per gateway. */
  readonly note?: number;
}

/** What changed of what one upstream has. */
export interface Progress {
  readonly upstream: string;
  readonly epoch?: number;
  /** Delivered ranges of `epoch`. */
  readonly ranges?: readonly Range[];
  /** Entries of `epoch` that the upstream refused for their content. */
  readonly refused?: readonly Range[];
  readonly notes?: readonly number[];
  /** Closed epochs whose final head the upstream has acked in a status. */
  readonly heads?: readonly number[];
  /** Numbers per epoch that were given out before this upstream started with `start: now`. */
  readonly before?: Readonly<Record<string, number>>;
  /** Device descriptions that the upstream has, by their `rev`; `null`: emptied. */
  readonly devices?: Readonly<Record<string, string | null>>;
}

/** The unit of delivery. `from..to` are consecutive numbers of one epoch and are exactly this message's. */
export interface Batch {
  readonly v: 1;
  readonly gateway: string;
  readonly epoch: number;
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  /** Unix milliseconds. */
  readonly sent: number;
  readonly readings: readonly Reading[];
  readonly alarms?: readonly AlarmTransition[];
  readonly withheld?: number;
}

/** Retained at the city: how to check that nothing is missing. */
export type GatewayStatus =
  | {
      readonly v: 1;
      readonly gateway: string;
      readonly state: 'online';
      readonly session: string;
      readonly at: number;
      readonly every: number;
      readonly epoch: number;
      /** Highest durable number per epoch: the ranges of batches and gaps fill 1..head. */
      readonly epochs: Readonly<Record<string, number>>;
      readonly waiting: {
        readonly alarm: number;
        readonly live: number;
        readonly backfill: number;
        /** Unix milliseconds of the oldest waiting entry. */
        readonly oldest?: number;
      };
    }
  | { readonly v: 1; readonly gateway: string; readonly state: 'offline'; readonly session: string };

/** How the payload of a batch is packed; the topic of a batch ends in the name unless it is plain JSON. */
export const encodings = ['json', 'gzip', 'zstd'] as const;
export type Encoding = (typeof encodings)[number];

export const maxBatchReadings = 500;
export const maxBatchBytes = 64 * 1024;
