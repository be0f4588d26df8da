import type { Gap, GatewayStatus } from '../model/delivery.ts';
import { sleep } from '../platform/clock.ts';
import { gapJson, statusJson, type NativeTopics } from './dialects/native.ts';
import type { Bulletin } from './parcel.ts';
import type { EpochView, Pending } from './pending.ts';
import type { UpstreamOptions } from './upstream-options.ts';

/** How often the status is published, milliseconds. */
export const statusEveryMs = 60_000;

/** So many epochs are in the status whatever was acked. */
const alwaysListed = 16;

/** A status does not wait longer than this for the journal to say how old the oldest entry is, milliseconds. */
const lookUpMs = 1000;

/** What a gateway says about itself over one connection: its status, notes, and descriptions of its devices. */
export class Bulletins {
  readonly #options: UpstreamOptions;
  readonly #topics: NativeTopics;
  readonly #pending: Pending;
  readonly #session: string;
  readonly #describing = new Set<string>();
  readonly #noting = new Set<number>();
  #statusIsDue = false;
  #isLookingUp = false;
  #descriptionsAreDue = true;
  /** Unix milliseconds of the oldest entry that waits, as last looked up. */
  #oldestAt: number | undefined;
  #toldOfBacklog = false;

  constructor(options: UpstreamOptions, topics: NativeTopics, pending: Pending, session: string) {
    this.#options = options;
    this.#topics = topics;
    this.#pending = pending;
    this.#session = session;
  }

  /** Descriptions may have changed. */
  lookAgain(): void {
    this.#descriptionsAreDue = true;
  }

  /** Gets a status ready: after this `next` gives it. */
  async prepareStatus(): Promise<void> {
    const { log, clock } = this.#options;
    const oldest = this.#pending.oldest(log.epochs);
    const lookUp = oldest && log.timeOf(oldest.epoch, oldest.seq).catch(() => undefined);
    this.#isLookingUp = true;
    this.#oldestAt = (await Promise.race([lookUp, sleep(clock, lookUpMs)])) ?? undefined;
    this.#isLookingUp = false;
    this.#statusIsDue = true;
  }

  /** A status is about to be ready, and goes ahead of all but alarms. */
  get isLookingUp(): boolean {
    return this.#isLookingUp;
  }

  /** Nothing waits any more: whoever was told of a backlog hears so. @returns whether there is something to say. */
  sayDrained(): boolean {
    if (!this.#toldOfBacklog) return false;
    this.#oldestAt = undefined;
    this.#statusIsDue = true;
    return true;
  }

  /** The next one to publish, the status before all others. */
  next(): Bulletin | undefined {
    if (this.#statusIsDue) return this.#status();
    return this.#note() ?? (this.#descriptionsAreDue ? this.#description() : undefined);
  }

  #status(): Bulletin {
    this.#statusIsDue = false;
    const { gateway, now, log, upstream } = this.#options;
    const listed = this.#listedEpochs();
    const waiting = this.#pending.waiting(log.epochs);
    const total = waiting.alarm + waiting.live + waiting.backfill;
    this.#toldOfBacklog = total > 0;
    const status: GatewayStatus = {
      v: 1,
      gateway,
      state: 'online',
      session: this.#session,
      at: now(),
      every: statusEveryMs,
      epoch: log.epoch,
      epochs: Object.fromEntries(listed.map(({ epoch, head }) => [String(epoch), head])),
      waiting: { ...waiting, ...(this.#oldestAt === undefined || total === 0 ? {} : { oldest: this.#oldestAt }) },
    };
    const onAck = (): void => {
      const known = log.upstream(upstream).heads;
      const heads = listed.map(({ epoch }) => epoch).filter((epoch) => epoch !== log.epoch && !known.has(epoch));
      if (heads.length > 0) log.recordProgress({ upstream, heads });
    };
    return { kind: 'bulletin', topic: this.#topics.status, payload: statusJson(status), isRetained: true, onAck };
  }

  /** Epochs that the receiver still has to check, the newest ones always; those without a number never. */
  #listedEpochs(): readonly EpochView[] {
    const { log, upstream } = this.#options;
    const { epochs } = log;
    const own = log.upstream(upstream);
    const isDone = ({ epoch, head }: EpochView): boolean =>
      own.heads.has(epoch) && own.deliveredOf(epoch).covers(1, head);
    const isNew = (index: number): boolean => index >= epochs.length - alwaysListed;
    return epochs.filter((known, index) => known.head > 0 && (isNew(index) || !isDone(known)));
  }

  /** A note covers no numbers: an epoch that ended without a good-bye. */
  #note(): Bulletin | undefined {
    const { log, upstream, gateway } = this.#options;
    const { notes } = log.upstream(upstream);
    const found = log.notes.find(({ note }) => !notes.has(note) && !this.#noting.has(note));
    if (!found) return undefined;
    const { note, epoch, from, span, lostAtMost } = found;
    const rest = { ...(span ? { span } : {}), ...(lostAtMost === undefined ? {} : { lostAtMost }) };
    const gap: Gap = { v: 1, gateway, epoch, from, to: null, why: 'unclean_stop', ...rest, note };
    this.#noting.add(note);
    const onAck = (): void => {
      this.#noting.delete(note);
      log.recordProgress({ upstream, notes: [note] });
    };
    return { kind: 'bulletin', topic: this.#topics.gap, payload: gapJson(gap), isRetained: false, onAck };
  }

  /** A device's description that the upstream has not got, or an empty one for a device that is no more. */
  #description(): Bulletin | undefined {
    const { log, upstream, devices } = this.#options;
    const known = log.upstream(upstream).devices;
    const current = devices();
    const changed = current.find(({ device, rev }) => known.get(device) !== rev && !this.#describing.has(device));
    const names = new Set(current.map(({ device }) => device));
    const isGone = (device: string): boolean => !names.has(device) && !this.#describing.has(device);
    const device = changed?.device ?? [...known.keys()].find(isGone);
    if (device === undefined) {
      this.#descriptionsAreDue = false;
      return undefined;
    }
    this.#describing.add(device);
    const onAck = (): void => {
      this.#describing.delete(device);
      this.#descriptionsAreDue = true;
      log.recordProgress({ upstream, devices: { [device]: changed?.rev ?? null } });
    };
    const payload = changed ? JSON.stringify(changed) : '';
    return { kind: 'bulletin', topic: this.#topics.device(device), payload, isRetained: true, onAck };
  }
}
