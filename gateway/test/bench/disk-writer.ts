import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '../../journal/journal.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemFiles } from '../../platform/files.ts';
import { systemIds } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { deviceUnder, deviceWrittenBytes, writtenBytes } from './measure.ts';
import { readingMaker } from './readings.ts';

/** A journal that lives through simulated seconds, each with a real commit, in a process of its own. */
export interface DiskPlan {
  readonly seconds: number;
  readonly readingsPerSecond: number;
}

export interface DiskResult {
  readonly written: number;
  /** By everything on the block device, and its name; absent where it cannot be seen. */
  readonly device?: { readonly name: string; readonly written: number };
  /** What lies on the disk in the end. */
  readonly kept: number;
  readonly segments: number;
}

/** Each second is committed by hand. */
const neverMs = 86_400_000;
const upkeepEverySeconds = 60;

const plan = JSON.parse(process.argv[2] ?? '{}') as DiskPlan;
const directory = await mkdtemp(join(tmpdir(), 'lamppost-disk-'));
const device = deviceUnder(directory);
const journal = await Journal.open({
  directory: join(directory, 'journal'),
  files: systemFiles,
  clock: systemClock,
  ids: systemIds,
  log: silentLog,
  upstreams: ['city'],
  commitMs: neverMs,
  ackMs: neverMs,
  budgetBytes: 2 ** 30,
  keepMs: neverMs,
});
await journal.settled();
const make = readingMaker(journal.epoch, Date.now());
const [own, all] = [writtenBytes(process.pid), deviceWrittenBytes(device)];
for (let second = 1; second <= plan.seconds; second++) {
  const first = journal.nextSeq;
  for (let index = 0; index < plan.readingsPerSecond; index++)
    journal.append({ entries: [make(first + index, 1000 / plan.readingsPerSecond)] });
  // The city has what was kept a second ago; that rides in the same commit.
  if (first > 1)
    journal.recordProgress({
      upstream: 'city',
      epoch: journal.epoch,
      ranges: [[first - plan.readingsPerSecond, first - 1]],
    });
  await journal.settled();
  if (second % upkeepEverySeconds === 0) await journal.maintain();
}
const [ownAfter, allAfter] = [writtenBytes(process.pid), deviceWrittenBytes(device)];
const folder = join(directory, 'journal', String(journal.epoch));
const names = await readdir(folder);
const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
const result: DiskResult = {
  written: ownAfter - own,
  ...(device !== undefined && all !== undefined && allAfter !== undefined
    ? { device: { name: device, written: allAfter - all } }
    : {}),
  kept: sizes.reduce((sum, size) => sum + size, 0),
  segments: names.length,
};
await journal.close();
await rm(directory, { recursive: true, force: true });
process.send?.(result, () => process.disconnect());
