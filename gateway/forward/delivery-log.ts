import type { AlarmState, Severity } from '../model/alarm.ts';
import type { GapReason, Progress } from '../model/delivery.ts';
import type { Range, RangeSet } from '../model/ranges.ts';

/** What the forwarder needs of the journal: durable entries by number, and what this upstream has of them. */
export interface DeliveryLog {
  readonly epoch: number;
  /** Highest durable number of the current epoch. */
  readonly durableHead: number;
  /** Oldest first; the last one is the current one. */
  readonly epochs: readonly { readonly epoch: number; readonly head: number }[];
  readonly notes: readonly Note[];
  /** Alarm transitions that some upstream may still want. */
  readonly alarms: readonly PendingAlarm[];
  /** `gaps`: numbers that are known to be lost; `read` gives the reasons. */
  readonly state: { readonly gaps: readonly { readonly epoch: number; readonly from: number; readonly to: number }[] };
  upstream(id: string): Delivered;
  recordProgress(record: Progress): void;
  /** @throws an I/O error that may pass. */
  read(
    epoch: number,
    from: number,
    to: number,
    limits: { readonly maxEntries: number; readonly maxBytes: number },
  ): Promise<readonly Piece[]>;
  /** Unix milliseconds of an entry, or of one close before it; `undefined` when it is gone. */
  timeOf(epoch: number, seq: number): Promise<number | undefined>;
  onKept(listener: (groups: readonly Kept[]) => void): void;
}

/** What one upstream has acked. */
export interface Delivered {
  readonly delivered: ReadonlyMap<number, RangeSet>;
  readonly refused: ReadonlyMap<number, RangeSet>;
  /** Numbers per epoch from before this upstream began. */
  readonly before: ReadonlyMap<number, number>;
  readonly notes: RangeSet;
  readonly heads: ReadonlySet<number>;
  /** Device descriptions by `rev`. */
  readonly devices: ReadonlyMap<string, string>;
  deliveredOf(epoch: number): RangeSet;
}

/** An epoch that ended without a good-bye. */
export interface Note {
  readonly note: number;
  readonly epoch: number;
  readonly from: number;
  readonly span?: Range;
  readonly lostAtMost?: number;
}

/** Enough of an alarm transition to choose which to send first. */
export interface PendingAlarm {
  readonly epoch: number;
  readonly seq: number;
  /** `device/rule`. */
  readonly key: string;
  readonly state: AlarmState;
  readonly severity: Severity;
}

export type Piece =
  | {
      readonly kind: 'lines';
      readonly from: number;
      readonly to: number;
      readonly lines: readonly { readonly tag: 'r' | 'a'; readonly json: Buffer }[];
    }
  | GapPiece;

export interface GapPiece {
  readonly kind: 'gap';
  readonly from: number;
  readonly to: number;
  readonly why: Exclude<GapReason, 'unclean_stop'>;
  readonly span?: Range;
  readonly lostAtMost?: number;
}

/** Entries that were made durable together. */
export interface Kept {
  readonly entries: readonly (
    | { readonly kind: 'reading'; readonly seq: number }
    | {
        readonly kind: 'alarm';
        readonly seq: number;
        readonly device: string;
        readonly rule: string;
        readonly state: AlarmState;
        readonly severity: Severity;
      }
  )[];
}
