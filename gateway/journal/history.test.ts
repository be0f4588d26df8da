import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reading } from '../model/reading.ts';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import { FaultDisk } from '../test/fakes/fault-disk.ts';
import { testOptions } from '../test/journal/history.ts';
import type { HistoryQuery } from './history.ts';
import { Journal } from './journal.ts';

/** Hands in readings; the journal's own numbers, a time of their own. */
function append(journal: Journal, readings: readonly { device: string; channel: string; at: number }[]): Reading[] {
  const made = readings.map(({ device, channel, at }, index) => ({
    id: `${journal.epoch}-${journal.nextSeq + index}`,
    device,
    channel,
    value: at,
    at,
    pad: 'x'.repeat(100),
  }));
  const entries = made.map(({ device, channel, at, ...rest }, index) => ({
    kind: 'reading' as const,
    seq: journal.nextSeq + index,
    device,
    channel,
    at,
    json: JSON.stringify({ device, channel, at, ...rest }),
  }));
  journal.append({ entries });
  return entries.map(({ json }) => JSON.parse(json) as Reading);
}

const open = (disk: FaultDisk, life: number): Promise<Journal> =>
  Journal.open(testOptions(disk, new FakeClock(), life));

const names = fc.constantFrom('pump', 'pump-1', 'door');
const reading = fc.record({ device: names, channel: fc.constantFrom('a', 'b'), at: fc.integer({ min: 0, max: 50 }) });
const query: fc.Arbitrary<HistoryQuery> = fc.record(
  {
    device: names,
    channel: fc.constantFrom('a', 'b'),
    from: fc.integer({ min: 0, max: 50 }),
    to: fc.integer({ min: 0, max: 50 }),
    limit: fc.constantFrom(0, 1, 3, 1000),
  },
  { requiredKeys: ['limit'] },
);

/** What is asked for, by looking at everything. */
function naive(all: readonly Reading[], { device, channel, from = 0, to = Infinity, limit }: HistoryQuery): string[] {
  return all
    .toReversed()
    .filter((one) => (device ?? one.device) === one.device && (channel ?? one.channel) === one.channel)
    .filter(({ at }) => at >= from && at <= to)
    .slice(0, limit)
    .map(({ id }) => id);
}

describe('history', () => {
  test('gives what is asked for, newest first, over commits, segments, lives and sealing', async () => {
    const lives = fc.array(fc.array(fc.array(reading, { maxLength: 8 }), { size: 'max', maxLength: 6 }), {
      minLength: 1,
      maxLength: 3,
    });
    let looked = 0;
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.array(query, { size: 'max', maxLength: 8 }),
        fc.boolean(),
        async (groups, queries, isSealed) => {
          const disk = new FaultDisk();
          const all: Reading[] = [];
          let journal = await open(disk, 1);
          for (const [life, ofLife] of groups.entries()) {
            if (life > 0) {
              await journal.close();
              journal = await open(disk, life + 1);
            }
            for (const group of ofLife) {
              all.push(...append(journal, group));
              await journal.settled();
            }
            if (isSealed) await journal.maintain();
          }
          for (const one of queries) {
            const found = await journal.history(one);
            expect(found.map(({ id }) => id)).toEqual(naive(all, one));
            looked += found.length;
          }
          await journal.close();
        },
      ),
      { numRuns: 60 },
    );
    expect(looked).toBeGreaterThan(40);
  });

  test('has nothing that is not durable yet', async () => {
    const journal = await open(new FaultDisk(), 1);
    append(journal, [{ device: 'pump', channel: 'a', at: 1 }]);
    expect(await journal.history({ limit: 5 })).toEqual([]);
    await journal.settled();
    expect(await journal.history({ limit: 5 })).toHaveLength(1);
    await journal.close();
  });

  test('gives a reading once, though a failed commit left a second copy on the disk', async () => {
    const disk = new FaultDisk();
    const journal = await open(disk, 1);
    append(journal, [{ device: 'pump', channel: 'a', at: 1 }]);
    await journal.settled();
    let failures = 0;
    disk.faultAt = (_n, what) => (what === 'sync' && failures++ === 0 ? { kind: 'error', code: 'EIO' } : undefined);
    append(journal, [{ device: 'pump', channel: 'a', at: 2 }]);
    await journal.settled();
    const image = disk.imageAfterKill();
    const copies = [...image.files.values()].reduce(
      (sum, bytes) => sum + bytes.toString('latin1').split('"at":2').length - 1,
      0,
    );
    expect(copies).toBe(2);
    const again = await open(new FaultDisk(image), 2);
    expect((await again.history({ limit: 10 })).map(({ at }) => at)).toEqual([2, 1]);
    await again.close();
  });

  test('stops reading when it has enough', async () => {
    const disk = new FaultDisk();
    const journal = await open(disk, 1);
    for (let at = 0; at < 200; at++) {
      append(journal, [{ device: 'pump', channel: 'a', at }]);
      await journal.settled();
    }
    let reads = 0;
    const openRead = disk.openRead.bind(disk);
    disk.openRead = (path) => {
      reads++;
      return openRead(path);
    };
    await journal.history({ limit: 3 });
    const few = reads;
    await journal.history({ limit: 1000 });
    expect([few < 6, reads - few > 150]).toEqual([true, true]);
    await journal.close();
  });
});
