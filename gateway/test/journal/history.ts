import { RangeSet } from '../../model/ranges.ts';
import type { Group } from '../../journal/entries.ts';
import { Journal, type JournalOptions } from '../../journal/journal.ts';
import { silentLog } from '../../platform/log.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FaultDisk, type DiskImage, type Fault } from '../fakes/fault-disk.ts';

interface Kept {
  readonly operation: number;
  readonly epoch: number;
  readonly seq: number;
  readonly json: string;
}

interface Delivered {
  readonly operation: number;
  readonly upstream: string;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/**
 * What the outside world was told, and when (by the count of disk operations): the only thing that a recovery is judged
 * by. Written before the journal was.
 */
export class History {
  readonly handedIn = new Map<number, Map<number, string>>();
  readonly kept: Kept[] = [];
  readonly keys: { readonly operation: number; readonly device: string; readonly key: string }[] = [];
  readonly delivered: Delivered[] = [];
  readonly forgotten = new Map<number, RangeSet>();

  handIn(epoch: number, group: Group): void {
    const known = this.handedIn.get(epoch) ?? new Map<number, string>();
    for (const { seq, json } of group.entries) known.set(seq, json);
    this.handedIn.set(epoch, known);
  }

  keep(operation: number, epoch: number, group: Group): void {
    for (const { seq, json } of group.entries) this.kept.push({ operation, epoch, seq, json });
    for (const key of group.keys ?? []) this.keys.push({ operation, ...key });
  }

  /** The budget may drop these: a gap must stand for them, or every upstream must have them. */
  mayGo(epoch: number, from: number, to: number): void {
    const set = this.forgotten.get(epoch) ?? new RangeSet();
    set.add(from, to);
    this.forgotten.set(epoch, set);
  }
}

export const testOptions = (disk: FaultDisk, clock: FakeClock, seed: number): JournalOptions => {
  let drawn = 0;
  return {
    directory: '/data',
    files: disk,
    clock,
    ids: { epoch: () => seed * 1000 + ++drawn, token: () => 'token', random: () => 0.5 },
    log: silentLog,
    upstreams: ['city', 'water'],
    commitMs: 1000,
    ackMs: 50,
    budgetBytes: 2 ** 30,
    keepMs: 30 * 86_400_000,
    segmentBytes: 4096,
  };
};

/** How many operations of the recovery, and of the second recovery, a verdict may need. */
const limits = { maxEntries: 10_000, maxBytes: 1 << 26 };

export interface Verdict {
  readonly violations: readonly string[];
  /** How much the judge looked at. */
  readonly checked: number;
  /** The disk after the start and a clean stop. */
  readonly left: DiskImage;
}

/**
 * Starts a journal on what a power cut left and holds it against the history: everything the world was told before
 * operation `cutAt` must be true.
 */
export async function judge(
  image: DiskImage,
  history: History,
  cutAt: number,
  { seed = 1, budgetBytes }: { seed?: number; budgetBytes?: number } = {},
): Promise<Verdict> {
  const disk = new FaultDisk(image);
  const clock = new FakeClock();
  const options = testOptions(disk, clock, 500_000 + seed);
  const journal = await Journal.open(budgetBytes === undefined ? options : { ...options, budgetBytes });
  const violations: string[] = [];
  const found = new Map<number, Map<number, string>>();
  const gaps = new Map<number, RangeSet>();
  for (const { epoch, head } of journal.epochs) {
    const lines = new Map<number, string>();
    const holes = new RangeSet();
    let next = 1;
    while (next <= head) {
      const pieces = await journal.read(epoch, next, head, limits);
      for (const piece of pieces) {
        if (piece.from !== next) violations.push(`I2 epoch ${epoch}: ${piece.from} follows on ${next - 1}`);
        if (piece.kind === 'gap') holes.add(piece.from, piece.to);
        else for (const [index, { json }] of piece.lines.entries()) lines.set(piece.from + index, json.toString());
        next = piece.to + 1;
      }
    }
    found.set(epoch, lines);
    gaps.set(epoch, holes);
    checkForeign(epoch, lines, history, violations);
  }
  checkKept(history, cutAt, { found, gaps, journal }, violations);
  checkDelivered(history, cutAt, journal, violations);
  for (const { operation, device, key } of history.keys) {
    if (operation <= cutAt && !journal.hasSeen({ device, key })) violations.push(`key ${device} ${key} forgotten`);
  }
  await journal.close();
  const checked = [...found.values()].reduce((sum, lines) => sum + lines.size, 0);
  return { violations, checked, left: disk.imageAfterKill() };
}

/** I3: nothing comes out that was not handed in, byte for byte. */
function checkForeign(epoch: number, lines: ReadonlyMap<number, string>, history: History, violations: string[]): void {
  const handedIn = history.handedIn.get(epoch);
  for (const [seq, json] of lines) {
    if (handedIn?.get(seq) !== json) violations.push(`I3 epoch ${epoch}: ${seq} was never handed in like that`);
  }
}

/** I1: what was kept is there; I4: where the budget took it, a gap says so. */
function checkKept(
  history: History,
  cutAt: number,
  {
    found,
    gaps,
    journal,
  }: { found: ReadonlyMap<number, ReadonlyMap<number, string>>; gaps: ReadonlyMap<number, RangeSet>; journal: Journal },
  violations: string[],
): void {
  for (const { operation, epoch, seq, json } of history.kept) {
    if (operation > cutAt) continue;
    const stored = found.get(epoch)?.get(seq);
    if (stored === json) continue;
    const head = journal.epochs.find((known) => known.epoch === epoch)?.head ?? 0;
    const mayGo = history.forgotten.get(epoch)?.has(seq) ?? false;
    if (mayGo && gaps.get(epoch)?.has(seq)) continue;
    if (mayGo && head === 0) continue;
    violations.push(
      `I1 epoch ${epoch}: ${seq} was kept and is ${stored === undefined ? 'gone' : 'another'} (head ${head})`,
    );
  }
}

/** I5: no upstream is believed to have what it never acked. */
function checkDelivered(history: History, cutAt: number, journal: Journal, violations: string[]): void {
  for (const id of ['city', 'water']) {
    const acked = new Map<number, RangeSet>();
    for (const { operation, upstream, epoch, from, to } of history.delivered) {
      if (upstream !== id || operation > cutAt) continue;
      const set = acked.get(epoch) ?? new RangeSet();
      set.add(from, to);
      acked.set(epoch, set);
    }
    for (const [epoch, set] of journal.upstream(id).delivered) {
      for (const [from, to] of set.ranges) {
        if (!acked.get(epoch)?.covers(from, to)) violations.push(`I5 ${id} never acked ${epoch} ${from}..${to}`);
      }
    }
  }
}

/** A journal on a faulty disk, with every promise it makes noted in a history. */
export class Harness {
  readonly disk: FaultDisk;
  readonly clock = new FakeClock();
  readonly history: History;
  readonly seed: number;
  readonly changes: Partial<JournalOptions>;
  journal: Journal | undefined;
  #serial = 0;

  constructor({
    disk,
    history = new History(),
    seed,
    changes = {},
  }: {
    disk: FaultDisk;
    history?: History;
    seed: number;
    changes?: Partial<JournalOptions>;
  }) {
    this.disk = disk;
    this.history = history;
    this.seed = seed;
    this.changes = changes;
  }

  async open(): Promise<Journal> {
    this.#opened++;
    const options = testOptions(this.disk, this.clock, this.seed * 10 + this.#opened);
    this.journal = await Journal.open({ ...options, ...this.changes });
    return this.journal;
  }

  #opened = 0;

  get current(): Journal {
    if (!this.journal) throw new Error('no journal is open');
    return this.journal;
  }

  /** Hands in one group of readings and notes when the journal says that it is kept. */
  add(readings: number, extra: { readonly alarm?: boolean; readonly key?: boolean; readonly pad?: number } = {}): void {
    const { journal } = this;
    if (!journal) return;
    const { epoch } = journal;
    const first = journal.nextSeq;
    const at = this.clock.wall();
    const pad = 'x'.repeat(extra.pad ?? 0);
    const entries: Group['entries'][number][] = [];
    for (let index = 0; index < readings; index++) {
      const seq = first + index;
      const channel = `c${seq % 3}`;
      const json = JSON.stringify({
        id: `${epoch}-${seq}`,
        device: 'd',
        channel,
        value: ++this.#serial,
        at,
        clock: 'held',
        pad,
      });
      entries.push({ kind: 'reading', seq, device: 'd', channel, at, json });
    }
    if (extra.alarm) {
      const seq = first + readings;
      const transition = {
        v: 1,
        id: `${epoch}-${seq}`,
        rule: 'r',
        device: 'd',
        state: seq % 2 ? 'active' : 'normal',
        severity: 'critical',
        raisedAt: at,
        at,
        clock: 'held',
      } as const;
      entries.push({
        kind: 'alarm',
        seq,
        device: 'd',
        rule: 'r',
        state: transition.state,
        severity: 'critical',
        raisedAt: at,
        at,
        json: JSON.stringify(transition),
      });
    }
    const key = String(++this.#serial).padStart(11, '0');
    const group: Group = {
      entries,
      ...(extra.key ? { keys: [{ device: 'd', key }], states: [{ device: 'd', state: { count: first } }] } : {}),
    };
    this.history.handIn(epoch, group);
    journal.append(group, extra.alarm ? 'now' : 'routine', (kept) => {
      if (kept) this.history.keep(this.disk.operations, epoch, group);
    });
  }

  /** An upstream acks a range. */
  deliver(upstream: string, from: number, to: number, epoch = this.current.epoch): void {
    this.history.delivered.push({ operation: this.disk.operations, upstream, epoch, from, to });
    this.current.recordProgress({ upstream, epoch, ranges: [[from, to]] });
  }

  async settle(): Promise<void> {
    await this.current.settled();
  }
}

export const everyWriteFails =
  (code: string, from: number, to: number) =>
  (n: number): Fault | undefined =>
    n >= from && n <= to ? { kind: 'error', code } : undefined;
