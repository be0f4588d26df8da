import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reading } from '../model/reading.ts';
import { settle } from '../test/fakes/fake-clock.ts';
import { FaultDisk, seeded } from '../test/fakes/fault-disk.ts';
import { IngestOnDisk } from '../test/intake/ingest-on-disk.ts';
import { messageOf } from '../test/intake/publisher.ts';
import type { IngestMessage } from './ingest.ts';

const device = 'underpass-7';

type Entry = Readonly<Record<string, number | string>>;
type Sent = { readonly entries: readonly Entry[] } & Pick<IngestMessage, 'client' | 'isRepeat' | 'qos'> & {
    readonly packetId: number;
  };
type Step =
  | ({ readonly kind: 'send' } & Sent)
  | { readonly kind: 'send again'; readonly back: number; readonly client: string }
  | { readonly kind: 'commit' | 'kill' };

const toMessage = ({ entries, client, packetId, isRepeat, qos }: Sent): IngestMessage =>
  messageOf(entries, { device, client, packetId: qos === 0 ? undefined : packetId, isRepeat, qos });

/** What the contract says, word by word, on plain lists: nothing is digested, forgotten, or asked of a journal. */
class NaiveIngest {
  /** `channel=value` of what is stored or will be. */
  readonly stored: string[] = [];
  #names = new Set<string>();
  #durable: { names: Set<string>; count: number } = { names: new Set(), count: 0 };

  take(message: Sent): void {
    const { entries, client, packetId, isRepeat, qos } = message;
    const packet = `${client} ${packetId} ${JSON.stringify(entries)}`;
    const isOldPacket = qos > 0 && isRepeat && this.#names.has(packet);
    const before = this.stored.length;
    for (const { ref, at, ...values } of entries) {
      const written = Object.entries(values).map(([channel, value]) => `${channel}=${value}`);
      if (ref !== undefined) this.#store(`ref ${ref}`, written);
      else if (at !== undefined) for (const one of written) this.#store(`at ${at} ${one}`, [one]);
      else if (!isOldPacket) this.stored.push(...written);
    }
    const isBare = entries.some(({ ref, at }) => ref === undefined && at === undefined);
    if (isBare && qos > 0 && this.stored.length > before) this.#names.add(packet);
  }

  commit(): void {
    this.#durable = { names: new Set(this.#names), count: this.stored.length };
  }

  kill(): void {
    this.#names = new Set(this.#durable.names);
    this.stored.length = this.#durable.count;
  }

  #store(name: string, written: readonly string[]): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.stored.push(...written);
  }
}

const value = fc.constantFrom(1, 2);
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ depth: value, ref: fc.constantFrom('x', 'y', 'z') }),
  fc.record({ depth: value, distance: value, at: fc.constantFrom(5, 6) }, { requiredKeys: ['depth', 'at'] }),
  fc.record({ depth: value, distance: value }, { requiredKeys: ['depth'] }),
);
const sent: fc.Arbitrary<Sent> = fc.record({
  entries: fc.array(entry, { minLength: 1, maxLength: 3 }),
  client: fc.constantFrom('p', 'q'),
  packetId: fc.constantFrom(1, 2),
  isRepeat: fc.boolean(),
  qos: fc.constantFrom(0, 1, 1, 1),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: sent.map((message) => ({ kind: 'send' as const, ...message })) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('send again' as const),
      back: fc.nat({ max: 3 }),
      client: fc.constantFrom('p', 'q'),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'commit' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'kill' }) },
);

const shown = ({ channel, value }: Reading): string => `${channel}=${String(value)}`;

interface Counts {
  acked: number;
  repeats: number;
  kills: number;
}

/** A start commits what it found out: after that nothing is written before its time. */
async function quietly(starting: Promise<IngestOnDisk>): Promise<IngestOnDisk> {
  const life = await starting;
  await settle();
  await life.journal.settled();
  return life;
}

/** Runs steps against the real thing and the naive one; fails where they differ. */
async function compare(
  steps: readonly Step[],
  counts: Counts,
  spoil = (message: Sent): Sent => message,
): Promise<void> {
  const naive = new NaiveIngest();
  let disk = new FaultDisk();
  let life = await quietly(IngestOnDisk.start(disk, 1));
  let waiting: { isAcked: boolean }[] = [];
  const sent: Sent[] = [];
  let lives = 1;
  for (const one of [...steps, { kind: 'commit' } as const, { kind: 'kill' } as const]) {
    const earlier = one.kind === 'send again' ? sent.at(-1 - one.back) : undefined;
    const message = one.kind === 'send' ? one : earlier && { ...earlier, ...one, isRepeat: true };
    if (message) {
      sent.push(message);
      const fate = { isAcked: false };
      void life.ingest.take(toMessage(spoil(message))).then(() => (fate.isAcked = true));
      const before = naive.stored.length;
      naive.take(message);
      if (naive.stored.length === before) counts.repeats++;
      if (message.qos > 0) waiting.push(fate);
      await settle();
    } else if (one.kind === 'commit') {
      await life.clock.advance(2000);
      await life.journal.settled();
      naive.commit();
      expect(waiting.filter(({ isAcked }) => !isAcked)).toEqual([]);
      counts.acked += waiting.length;
      waiting = [];
    } else if (one.kind === 'kill') {
      naive.kill();
      waiting = [];
      disk.cutPower();
      disk = new FaultDisk(disk.imageAfterKill());
      life = await quietly(IngestOnDisk.start(disk, ++lives));
      counts.kills++;
      expect((await life.stored()).map(shown)).toEqual(naive.stored);
    }
  }
}

describe('ingest on a journal', () => {
  test('stores what the contract says, whatever is sent, repeated, committed and killed in whatever order', async () => {
    const counts: Counts = { acked: 0, repeats: 0, kills: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 30 }), (steps) => compare(steps, counts)),
      { numRuns: 80 },
    );
    expect(counts.acked).toBeGreaterThan(200);
    expect(counts.repeats).toBeGreaterThan(100);
    expect(counts.kills).toBeGreaterThan(100);
  });

  test.each<[string, (message: Sent) => Sent]>([
    ['takes every message for a new packet', (message) => ({ ...message, isRepeat: false })],
    ['does not look at the client', (message) => ({ ...message, client: 'p' })],
    ['acks QoS 0 like the others', (message) => ({ ...message, qos: 1 })],
  ])('control: one that %s is found out', async (_name, spoil) => {
    const property = fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 30 }), (steps) =>
      compare(steps, { acked: 0, repeats: 0, kills: 0 }, spoil),
    );
    expect((await fc.check(property, { numRuns: 80, endOnFailure: true, seed: 1 })).failed).toBe(true);
  });
});

/** A publisher that sends each message until it is acked, over power cuts; says what is stored at the end. */
async function publishOverCuts(
  seed: number,
  ignoreSync = false,
): Promise<{ stored: readonly Reading[]; cuts: number }> {
  const chance = seeded(seed);
  const messages = Array.from({ length: 24 }, (_, index): Entry => {
    const values = { depth: index, distance: index };
    return [{ ...values, ref: `r${index}` }, { ...values, at: 1000 + index }, values][index % 3] ?? values;
  });
  const acked = new Set<number>();
  const tried = new Set<number>();
  let disk = new FaultDisk();
  let cuts = 0;
  for (let life = 1; acked.size < messages.length || life < 8; life++) {
    disk.ignoreSync = ignoreSync;
    const { ingest, clock, journal } = await IngestOnDisk.start(disk, seed * 100 + life);
    await settle();
    const cutAfter = life < 8 ? 1 + Math.floor(chance() * 8) : Number.POSITIVE_INFINITY;
    const running = disk;
    let image = running.imageAfterKill();
    let left = cutAfter;
    running.afterOperation = () => {
      if (--left !== 0) return;
      image = running.imageAfterCut(chance);
      running.cutPower();
    };
    for (let round = 0; left > 0 && round < 40; round++) {
      const open = messages.flatMap((_, index) => (acked.has(index) ? [] : [index])).slice(0, 2);
      for (const index of open) {
        const message = messageOf([messages[index]], { device, packetId: index + 1, isRepeat: tried.has(index) });
        tried.add(index);
        void ingest.take(message).then(
          () => left > 0 && acked.add(index),
          () => {}, // a message that could not be kept is sent again
        );
      }
      await clock.advance(60);
      if (open.length === 0) break;
    }
    if (left > 0) {
      await journal.settled();
      image = running.imageAfterKill();
    } else cuts++;
    disk = new FaultDisk(image);
  }
  return { stored: await (await IngestOnDisk.start(disk, seed * 100 + 99)).stored(), cuts };
}

describe('a publisher that repeats what was not acked', () => {
  const everyMessageOnce = Array.from({ length: 24 }, (_, index) => [`depth=${index}`, `distance=${index}`]).flat();

  test('finds each message stored once and whole, wherever the power was cut', async () => {
    let cuts = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const result = await publishOverCuts(seed);
      cuts += result.cuts;
      expect(result.stored.map(shown).toSorted(), `seed ${seed}`).toEqual(everyMessageOnce.toSorted());
    }
    expect(cuts).toBeGreaterThan(120);
  });

  test('control: on a disk that does not sync some are gone', async () => {
    let incomplete = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const { stored } = await publishOverCuts(seed, true);
      if (stored.length < everyMessageOnce.length) incomplete++;
    }
    expect(incomplete).toBeGreaterThan(3);
  });
});
