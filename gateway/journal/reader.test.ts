import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FaultDisk } from '../test/fakes/fault-disk.ts';
import { Harness } from '../test/journal/history.ts';
import { headerBytes, scanFrames } from './frame.ts';
import type { Journal } from './journal.ts';
import type { Piece, ReadLimits } from './reader.ts';

const plenty: ReadLimits = { maxEntries: 10_000, maxBytes: 1 << 26 };

/** A journal in which so many groups were kept, one commit each; `handedIn` has the JSON by number. */
async function filled(
  sizes: readonly number[],
  disk = new FaultDisk(),
): Promise<{ harness: Harness; journal: Journal }> {
  const harness = new Harness({ disk, seed: 3 });
  const journal = await harness.open();
  for (const [index, size] of sizes.entries()) {
    harness.add(size, { pad: 120, alarm: index % 5 === 4, key: index % 3 === 0 });
    await harness.settle();
  }
  return { harness, journal };
}

/** The next life on the same disk: nothing of before is in memory. */
async function restarted(harness: Harness): Promise<Journal> {
  await harness.current.close();
  return new Harness({ disk: new FaultDisk(harness.disk.imageAfterKill()), seed: 4 }).open();
}

const jsonOf = (pieces: readonly Piece[]): string[] =>
  pieces.flatMap((piece) => (piece.kind === 'lines' ? piece.lines.map(({ json }) => json.toString()) : []));

/** Pieces must follow each other from `from` on, and lines be as many as they say. */
function follow(pieces: readonly Piece[], from: number): number {
  let next = from;
  for (const piece of pieces) {
    expect(piece.from).toBe(next);
    expect(piece.to).toBeGreaterThanOrEqual(piece.from);
    if (piece.kind === 'lines') expect(piece.lines).toHaveLength(piece.to - piece.from + 1);
    next = piece.to + 1;
  }
  return next;
}

describe('reading by number', () => {
  test('gives from memory and from the disk what was handed in, within its limits', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 25, size: 'max' });
    const limits = fc.record({
      maxEntries: fc.integer({ min: 1, max: 20 }),
      maxBytes: fc.integer({ min: 1, max: 4000 }),
    });
    let [looked, cut] = [0, 0];
    await fc.assert(
      fc.asyncProperty(sizes, limits, fc.nat(), async (groups, limit, start) => {
        const { harness, journal } = await filled(groups);
        const { epoch, durableHead: head } = journal;
        const handedIn = harness.history.handedIn.get(epoch) ?? new Map<number, string>();
        const from = 1 + (start % head);
        const expected = Array.from({ length: head - from + 1 }, (_, index) => handedIn.get(from + index));
        const fresh = await journal.read(epoch, from, head, limit);
        const later = await restarted(harness);
        const stored = await later.read(epoch, from, head, limit);
        for (const pieces of [fresh, stored]) {
          const json = jsonOf(pieces);
          follow(pieces, from);
          expect(json).toEqual(expected.slice(0, json.length));
          expect(json.length).toBeGreaterThan(0);
          expect(json.length).toBeLessThanOrEqual(limit.maxEntries);
          const before = json.slice(0, -1).reduce((sum, one) => sum + one.length, 0);
          expect(before).toBeLessThan(limit.maxBytes);
          if (json.length < expected.length) cut++;
          looked += json.length;
        }
        const all = await later.read(epoch, from, head, plenty);
        expect([follow(all, from), jsonOf(all)]).toEqual([head + 1, expected]);
        await later.close();
      }),
      { numRuns: 60 },
    );
    expect(looked).toBeGreaterThan(300);
    expect(cut).toBeGreaterThan(20);
  });

  test('gives a part of a known gap with no more lost than the part has', async () => {
    const { harness, journal } = await filled([5, 5]);
    journal.state.applyGap({ epoch: journal.epoch, from: 100, to: 199, why: 'budget', span: [1, 2], lostAtMost: 100 });
    const pieces = await journal.read(journal.epoch, 150, 160, plenty);
    expect(pieces).toEqual([{ kind: 'gap', from: 150, to: 160, why: 'budget', span: [1, 2], lostAtMost: 11 }]);
    await harness.current.close();
  });

  test('gives a gap for a damaged frame and everything around it', async () => {
    const { harness, journal } = await filled([4, 4, 4]);
    const { epoch } = journal;
    await journal.close();
    const image = harness.disk.imageAfterKill();
    const [, bytes = Buffer.alloc(0)] = [...image.files].find(([path]) => path.endsWith(`/${epoch}/1.seg`)) ?? [];
    const frame = [...scanFrames(bytes)].find(({ header }) => header.kind === 'entries' && header.first === 5);
    const at = (frame?.offset ?? 0) + headerBytes + 5;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const later = await new Harness({ disk: new FaultDisk(image), seed: 5 }).open();
    const pieces = await later.read(epoch, 1, 12, plenty);
    expect(pieces.map(({ kind, from, to }) => `${kind} ${from}..${to}`)).toEqual([
      'lines 1..4',
      'gap 5..8',
      'lines 9..12',
    ]);
    await later.close();
  });

  test('tries again when the disk fails, before it calls anything lost', async () => {
    const { harness } = await filled([3]);
    const { epoch } = harness.current;
    const later = await restarted(harness);
    const disk = new FaultDisk(harness.disk.imageAfterKill());
    const journal = await new Harness({ disk, seed: 6 }).open();
    let isBroken = true;
    const openRead = disk.openRead.bind(disk);
    disk.openRead = (path) => (isBroken ? Promise.reject(new Error('EIO')) : openRead(path));
    await expect(journal.read(epoch, 1, 3, plenty)).rejects.toThrow('EIO');
    await expect(journal.read(epoch, 1, 3, plenty)).rejects.toThrow('EIO');
    isBroken = false;
    expect(jsonOf(await journal.read(epoch, 1, 3, plenty))).toHaveLength(3);
    await later.close();
    await journal.close();
  });

  test('that fails three times over is a gap, and no upstream waits for it for ever', async () => {
    const { harness } = await filled([3]);
    const { epoch } = harness.current;
    await harness.current.close();
    const disk = new FaultDisk(harness.disk.imageAfterKill());
    const journal = await new Harness({ disk, seed: 7 }).open();
    disk.openRead = () => Promise.reject(new Error('EIO'));
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(journal.read(epoch, 1, 3, plenty)).rejects.toThrow('EIO');
    }
    expect(await journal.read(epoch, 1, 3, plenty)).toMatchObject([{ kind: 'gap', from: 1, to: 3, why: 'unreadable' }]);
    await journal.close();
  });
});
