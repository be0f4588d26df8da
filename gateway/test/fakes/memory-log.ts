import { UpstreamState } from '../../journal/state.ts';
import type { GapReason } from '../../model/delivery.ts';
import type { AlarmState, Severity } from '../../model/alarm.ts';
import { alarmKey } from '../../model/alarm.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DeliveryLog, GapPiece, Kept, Note, PendingAlarm, Piece } from '../../forward/delivery-log.ts';
import type { Progress } from '../../model/delivery.ts';

interface Line {
  readonly tag: 'r' | 'a';
  readonly json: Buffer;
  readonly at: number;
}

interface EpochLines {
  readonly epoch: number;
  readonly lines: Line[];
}

type LostRange = GapPiece & { readonly epoch: number };

/** So many entries are stored together: reads give pieces of this size, as frames do. */
const frameEntries = 7;

/** A journal in memory: what is appended is durable at once. Reads can be made to fail or to hang. */
export class MemoryLog implements DeliveryLog {
  readonly #epochs: EpochLines[] = [];
  readonly #clock: Clock;
  readonly #listeners: ((groups: readonly Kept[]) => void)[] = [];
  readonly #upstreams = new Map<string, UpstreamState>();
  readonly state: { readonly gaps: LostRange[] } = { gaps: [] };
  readonly alarms: PendingAlarm[] = [];
  readonly notes: Note[] = [];
  /** Called before each read; what it rejects with is thrown, and while it waits the read hangs. */
  beforeRead: (epoch: number, from: number, to: number) => Promise<void> = async () => {};
  /** A control: a journal that does not say what is an alarm, so that none can go first. */
  hidesAlarms = false;
  readonly progress: Progress[] = [];
  reads = 0;

  constructor(clock: Clock, epoch = 1000) {
    this.#clock = clock;
    this.restart(epoch);
  }

  get epoch(): number {
    return this.#current.epoch;
  }

  get durableHead(): number {
    return this.#current.lines.length;
  }

  get epochs(): readonly { readonly epoch: number; readonly head: number }[] {
    return this.#epochs.map(({ epoch, lines }) => ({ epoch, head: lines.length }));
  }

  /** The core starts anew. */
  restart(epoch: number): void {
    this.#epochs.push({ epoch, lines: [] });
    this.#listeners.length = 0;
  }

  /** Appends readings of about `bytes` each, filled with `filling`, and tells the listeners. */
  readings(count: number, bytes = 200, filling: () => string = () => ''): void {
    const at = Math.round(this.#clock.wall());
    const entries = Array.from({ length: count }, () => {
      const seq = this.durableHead + 1;
      const id = `${this.epoch}-${seq}`;
      const reading = {
        id,
        device: 'mast',
        channel: 'level',
        quantity: 'water_depth',
        value: seq / 100,
        unit: 'm',
        quality: 'good',
        at,
        clock: 'synced',
      };
      const bare = JSON.stringify(reading).length + ',"note":""'.length;
      const json = JSON.stringify({ ...reading, note: filling().padEnd(bytes - bare, 'x') });
      this.#current.lines.push({ tag: 'r', json: Buffer.from(json), at });
      return { kind: 'reading', seq } as const;
    });
    this.#tell(entries);
  }

  /** Appends one alarm transition. @returns its number. */
  alarm(state: AlarmState = 'active', severity: Severity = 'critical', rule = 'water'): number {
    const at = Math.round(this.#clock.wall());
    const seq = this.durableHead + 1;
    const entry = { device: 'mast', rule, state, severity };
    const json = { v: 1, id: `${this.epoch}-${seq}`, ...entry, raisedAt: at, at, clock: 'synced' };
    this.#current.lines.push({ tag: 'a', json: Buffer.from(JSON.stringify(json)), at });
    if (!this.hidesAlarms) this.alarms.push({ epoch: this.epoch, seq, key: alarmKey(entry), state, severity });
    this.#tell([this.hidesAlarms ? { kind: 'reading', seq } : { kind: 'alarm', seq, ...entry }]);
    return seq;
  }

  /** Entries that are there no more. */
  lose(from: number, to: number, why: Exclude<GapReason, 'unclean_stop'> = 'budget', epoch = this.epoch): void {
    this.state.gaps.push({ kind: 'gap', epoch, from, to, why, lostAtMost: to - from + 1 });
  }

  upstream(id: string): UpstreamState {
    const known = this.#upstreams.get(id) ?? new UpstreamState();
    this.#upstreams.set(id, known);
    return known;
  }

  recordProgress(record: Progress): void {
    this.progress.push(record);
    this.upstream(record.upstream).apply(record);
  }

  async read(
    epoch: number,
    from: number,
    to: number,
    limits: { readonly maxEntries: number; readonly maxBytes: number },
  ): Promise<readonly Piece[]> {
    this.reads++;
    await this.beforeRead(epoch, from, to);
    const { lines } = this.#of(epoch);
    const pieces: Piece[] = [];
    let entries = 0;
    let bytes = 0;
    for (let seq = from; seq <= to && entries < limits.maxEntries && bytes < limits.maxBytes;) {
      const gap = this.state.gaps.find((lost) => lost.epoch === epoch && lost.from <= seq && lost.to >= seq);
      if (gap) {
        pieces.push({ ...gap, from: seq, to: Math.min(to, gap.to) });
        seq = Math.min(to, gap.to) + 1;
        continue;
      }
      const taken: Line[] = [];
      const first = seq;
      for (; seq <= to && taken.length < frameEntries; seq++) {
        const line = lines[seq - 1];
        const isLost = this.state.gaps.some((lost) => lost.epoch === epoch && lost.from === seq);
        const isFull =
          taken.length > 0 && (entries >= limits.maxEntries || bytes + (line?.json.length ?? 0) > limits.maxBytes);
        if (!line || isLost || isFull) break;
        taken.push(line);
        entries++;
        bytes += line.json.length;
      }
      if (taken.length === 0) break;
      pieces.push({ kind: 'lines', from: first, to: seq - 1, lines: taken });
      if (taken.length < frameEntries) break;
    }
    return pieces;
  }

  async timeOf(epoch: number, seq: number): Promise<number | undefined> {
    return this.#of(epoch).lines[seq - 1]?.at;
  }

  onKept(listener: (groups: readonly Kept[]) => void): void {
    this.#listeners.push(listener);
  }

  get #current(): EpochLines {
    const current = this.#epochs.at(-1);
    if (!current) throw new Error('a log has an epoch');
    return current;
  }

  #of(epoch: number): EpochLines {
    const found = this.#epochs.find((known) => known.epoch === epoch);
    if (!found) throw new Error(`there is no epoch ${epoch}`);
    return found;
  }

  #tell(entries: Kept['entries']): void {
    for (const listener of this.#listeners) listener([{ entries }]);
  }
}
