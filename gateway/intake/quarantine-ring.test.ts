import { dirname } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FaultDisk, PowerCut, seeded, type DiskImage, type Fault } from '../test/fakes/fault-disk.ts';
import { QuarantineRing } from './quarantine-ring.ts';
import type { QuarantineEntry } from './quarantine.ts';

const directory = '/data/quarantine';
const ringBytes = 16_384;

const entryOf = (at: number, bytes = 50): QuarantineEntry => ({
  at,
  device: 'pump-house',
  why: 'not JSON',
  text: 'x'.repeat(bytes),
});

function newDisk(image?: DiskImage): FaultDisk {
  return new FaultDisk(image ?? { directories: new Set(['/', '/data']), files: new Map() });
}

const ringOn = (disk: FaultDisk): QuarantineRing => new QuarantineRing(disk, directory, ringBytes);

/** `at` of all entries on a disk, oldest first. A power cut alone may leave lines that are none: `mayBeTorn`. */
function entriesOn({ files }: DiskImage, { mayBeTorn = false } = {}): number[] {
  const numbered = [...files].flatMap(([path, bytes]) => {
    const [, number] = /\/(\d+)\.ndjson$/.exec(path) ?? [];
    return dirname(path) === directory && number ? [{ number: Number(number), bytes }] : [];
  });
  const lines = numbered.toSorted((a, b) => a.number - b.number).flatMap(({ bytes }) => bytes.toString().split('\n'));
  return lines.flatMap((line) => {
    try {
      return line === '' ? [] : [(JSON.parse(line) as QuarantineEntry).at];
    } catch (error) {
      if (mayBeTorn) return [];
      throw error;
    }
  });
}

/** The newest of `added`, without a hole. */
const newestOf = (added: readonly number[], count: number): readonly number[] => added.slice(added.length - count);

describe('the quarantine', () => {
  test('keeps what came before a restart and goes on behind it', async () => {
    let disk = newDisk();
    for (let life = 0; life < 4; life++) {
      const ring = ringOn(disk);
      await ring.add(entryOf(life * 2));
      await ring.add(entryOf(life * 2 + 1));
      if (life % 2) await ring.close();
      disk = newDisk(disk.imageAfterKill());
    }
    expect(entriesOn(disk.imageAfterKill())).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(disk.imageAfterKill().files.size).toBe(1);
  });

  test('writes what comes at once in few operations', async () => {
    const disk = newDisk();
    const ring = ringOn(disk);
    await Promise.all(Array.from({ length: 10 }, (_, at) => ring.add(entryOf(at))));
    expect(entriesOn(disk.imageAfterKill())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(disk.operations).toBeLessThan(12);
  });

  test('is never larger than its ring, whatever comes however often it starts, and has the newest', async () => {
    const step = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({ bytes: fc.integer({ min: 0, max: 900 }), atOnce: fc.integer({ min: 1, max: 4 }) }),
      },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    );
    let [looked, full] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 80 }), async (steps) => {
        let [disk, added]: [FaultDisk, number[]] = [newDisk(), []];
        let ring = ringOn(disk);
        const watch = (): void => {
          looked++;
          expect(disk.usedBytes).toBeLessThanOrEqual(ringBytes);
        };
        disk.afterOperation = watch;
        for (const one of steps) {
          if (one === 'restart') {
            disk = newDisk(disk.imageAfterKill());
            disk.afterOperation = watch;
            ring = ringOn(disk);
            continue;
          }
          const group = Array.from({ length: one.atOnce }, (_, index) => added.length + index);
          added = [...added, ...group];
          await Promise.all(group.map((at) => ring.add(entryOf(at, one.bytes))));
        }
        const found = entriesOn(disk.imageAfterKill());
        expect(found).toEqual(newestOf(added, found.length));
        if (found.length < added.length) {
          full++;
          expect(disk.usedBytes).toBeGreaterThan(ringBytes / 2);
        }
      }),
      { numRuns: 60 },
    );
    expect(looked).toBeGreaterThan(2000);
    expect(full).toBeGreaterThan(10);
  });

  test('refuses what is larger than its files, and more than waits for a disk', async () => {
    const disk = newDisk();
    await expect(ringOn(disk).add(entryOf(1, ringBytes))).rejects.toThrow('too much for the quarantine');
    const large = new QuarantineRing(disk, '/data/large');
    const adds = Array.from({ length: 300 }, (_, at) => large.add(entryOf(at, 8000)));
    const fates = await Promise.allSettled(adds);
    const kept = fates.filter(({ status }) => status === 'fulfilled').length;
    expect([kept > 100, kept < 150]).toEqual([true, true]);
    await large.add(entryOf(1000, 8000));
  });

  test('goes on in the next file when the last one cannot be read any more', async () => {
    const first = newDisk();
    await ringOn(first).add(entryOf(1));
    const disk = newDisk(first.imageAfterKill());
    const openRead = disk.openRead.bind(disk);
    disk.openRead = async (path) => {
      if (path.endsWith('/1.ndjson')) throw new Error('EIO');
      return openRead(path);
    };
    await ringOn(disk).add(entryOf(2));
    expect(entriesOn(disk.imageAfterKill())).toEqual([1, 2]);
  });
});

/** Entries in two lives, enough for the ring to turn; notes after which operation which of them were durable. */
async function scenario(disk: FaultDisk, durable: (at: number) => void): Promise<FaultDisk> {
  let current = disk;
  let at = 0;
  for (let life = 0; life < 2; life++) {
    const ring = ringOn(current);
    for (let round = 0; round < 16; round++) {
      const group = [at++, at++];
      const adds = group.map((one) => ring.add(entryOf(one, 400)).then(() => durable(one)));
      await Promise.allSettled(adds);
    }
    await ring.close();
    const { faultAt, afterOperation, operations } = current;
    current = newDisk(current.imageAfterKill());
    Object.assign(current, { faultAt, afterOperation, operations });
  }
  return current;
}

/** Cuts the power after every operation of the first life; gives entries that were durable and are gone. */
async function lostInCuts(ignoreSync: boolean): Promise<{ readonly cuts: number; readonly lost: number }> {
  const disk = newDisk();
  disk.ignoreSync = ignoreSync;
  const chance = seeded(20_261_122);
  const durable: number[] = [];
  const images: { readonly image: DiskImage; readonly promised: readonly number[] }[] = [];
  disk.afterOperation = () => {
    for (let index = 0; index < 10; index++) images.push({ image: disk.imageAfterCut(chance), promised: [...durable] });
  };
  const ring = ringOn(disk);
  for (let at = 0; at < 30; at++) {
    await ring.add(entryOf(at, 300));
    durable.push(at);
  }
  let lost = 0;
  for (const { image, promised } of images) {
    const found = new Set(entriesOn(image, { mayBeTorn: true }));
    const after = newDisk(image);
    await ringOn(after).add(entryOf(1000));
    const later = entriesOn(after.imageAfterKill(), { mayBeTorn: ignoreSync });
    expect(later.at(-1)).toBe(1000);
    for (const at of promised) if (!found.has(at) || !later.includes(at)) lost++;
  }
  return { cuts: images.length, lost };
}

describe('when the power is cut', () => {
  test('what was durable is there, before and after the next start', async () => {
    const { cuts, lost } = await lostInCuts(false);
    expect(lost).toBe(0);
    expect(cuts).toBeGreaterThan(600);
  });

  test('control: a disk that does not sync loses some', async () => {
    expect((await lostInCuts(true)).lost).toBeGreaterThan(100);
  });
});

describe('when the disk fails', () => {
  const faults = [
    ['EIO', { kind: 'error', code: 'EIO' }],
    ['ENOSPC', { kind: 'error', code: 'ENOSPC' }],
    ['a short write', { kind: 'short', bytes: 77 }],
  ] as const satisfies [string, Fault][];

  test.each(faults)('%s at the n-th operation costs nothing that was durable, for every n', async (_name, fault) => {
    const calm = newDisk();
    let operations = 0;
    calm.afterOperation = () => operations++;
    await scenario(calm, () => {});
    let refused = 0;
    for (let n = 1; n <= operations; n++) {
      const disk = newDisk();
      let done = 0;
      disk.faultAt = () => (++done === n ? fault : undefined);
      const durable: number[] = [];
      const end = await scenario(disk, (at) => durable.push(at));
      const found = entriesOn(end.imageAfterKill());
      const missing = durable.filter((at) => !found.includes(at));
      // The ring has turned: only the oldest ones may be gone.
      expect(missing).toEqual(durable.slice(0, missing.length));
      expect(found.length).toBeGreaterThan(20);
      refused += 64 - durable.length;
    }
    expect(operations).toBeGreaterThan(80);
    expect(refused > 50).toBe(fault.kind === 'error');
  });

  test('and is off, every message is refused and nobody is promised anything', async () => {
    const disk = newDisk();
    const ring = ringOn(disk);
    await ring.add(entryOf(1));
    disk.cutPower();
    await expect(ring.add(entryOf(2))).rejects.toThrow(PowerCut);
    await expect(ring.add(entryOf(3))).rejects.toThrow(PowerCut);
  });
});
