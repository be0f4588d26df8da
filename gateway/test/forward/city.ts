import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Forwarder } from '../../forward/forwarder.ts';
import { Ledger, type Fresh } from '../../forward/receiver/ledger.ts';
import { receive, type ReceiveOptions } from '../../forward/receiver/receive.ts';
import type { UpstreamOptions } from '../../forward/upstream-options.ts';
import { Journal } from '../../journal/journal.ts';
import { systemClock, type Clock } from '../../platform/clock.ts';
import { systemFiles } from '../../platform/files.ts';
import { systemIds } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { dialMqtt } from '../../platform/mqtt-wire.ts';
import { until } from '../wait.ts';

/** A real journal on the real disk, and a forwarder from it to a broker. */
export class Gateway implements AsyncDisposable {
  readonly journal: Journal;
  readonly forwarder: Forwarder;
  readonly #directory: string;

  static async open(url: string, changes: Partial<UpstreamOptions> = {}, clock: Clock = systemClock): Promise<Gateway> {
    const directory = await mkdtemp(join(tmpdir(), 'lamppost-forward-'));
    const journal = await Journal.open({
      directory: join(directory, 'journal'),
      files: systemFiles,
      clock: systemClock,
      ids: systemIds,
      log: silentLog,
      upstreams: ['city'],
      commitMs: 50,
      ackMs: 20,
      budgetBytes: 2 ** 30,
      keepMs: 86_400_000,
    });
    return new Gateway(journal, directory, {
      gateway: 'lp-test',
      upstream: 'city',
      wire: { url },
      protocol: 5,
      prefix: 'city',
      encoding: 'json',
      start: 'oldest',
      log: journal,
      dial: dialMqtt,
      clock,
      ids: systemIds,
      logger: silentLog,
      now: () => systemClock.wall(),
      devices: () => [],
      ...changes,
    });
  }

  private constructor(journal: Journal, directory: string, options: UpstreamOptions) {
    this.journal = journal;
    this.#directory = directory;
    this.forwarder = new Forwarder(options);
  }

  get waiting(): number {
    const { alarm, live, backfill } = this.forwarder.view.waiting;
    return alarm + live + backfill;
  }

  /** Everything that was appended is durable and acked. */
  async delivered(withinMs?: number): Promise<void> {
    await this.journal.settled();
    await until(() => this.waiting === 0, withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forwarder.stop();
    await this.journal.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** A city's receiver, and what it got. */
export class City implements AsyncDisposable {
  readonly ledger: Ledger;
  /** How often each entry was handed on, by `epoch-seq`. */
  readonly entries = new Map<string, number>();
  readonly alarms: Extract<Fresh, { kind: 'alarm' }>[] = [];
  readonly links: string[] = [];
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  /** Resolves when it has subscribed. */
  static async open(url: string, changes: Partial<ReceiveOptions> = {}): Promise<City> {
    const city = new City(url, changes);
    await until(() => city.links.includes('online'));
    return city;
  }

  private constructor(url: string, changes: Partial<ReceiveOptions>) {
    this.ledger = changes.ledger ?? new Ledger();
    const fresh = (one: Fresh): void => {
      if (one.kind === 'alarm') this.alarms.push(one);
      if ('seq' in one) this.entries.set(one.entry.id, (this.entries.get(one.entry.id) ?? 0) + 1);
    };
    const link = ({ state }: { readonly state: string }): void => void this.links.push(state);
    const options: ReceiveOptions = {
      wire: { url },
      protocol: 5,
      prefix: 'city',
      clientId: 'city-receiver',
      ledger: this.ledger,
      dial: dialMqtt,
      clock: systemClock,
      ids: systemIds,
      ...changes,
    };
    this.#done = receive(options, { fresh, link }, this.#stop.signal);
    this.#done.catch(() => {}); // told by `close`
  }

  get isComplete(): boolean {
    return this.ledger.report().isComplete;
  }

  /** How many entries were handed on more than once. */
  get repeated(): number {
    return [...this.entries.values()].filter((count) => count > 1).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}
