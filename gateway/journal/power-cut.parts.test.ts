import { createHash } from 'node:crypto';
import { expect, test, describe } from 'vitest';
import { GatewayError } from '../model/errors.ts';
import { FaultDisk, PowerCut, seeded, type DiskImage, type Fault } from '../test/fakes/fault-disk.ts';
import { Harness, judge, testOptions } from '../test/journal/history.ts';
import { scenarios } from '../test/journal/scenarios.ts';
import { FakeClock, settle } from '../test/fakes/fake-clock.ts';
import { Journal } from './journal.ts';

/** Power cuts tried after each operation, for each sector or name whose fate is open. */
const cutsPerDoubt = Number(process.env['LAMPPOST_CUTS'] ?? 150);
const seed = Number(process.env['LAMPPOST_SEED'] ?? 20_261_122);

const budgets: Readonly<Record<string, number>> = {
  'delivered segments go when the budget is reached': 12_000,
  'undelivered telemetry leaves gaps, its alarms stay': 12_000,
};

interface Cut {
  readonly operation: number;
  readonly image: DiskImage;
}

/** Runs a scenario to its end and gives what power cuts after each of its operations leave. */
async function cutsOf(name: string, perDoubt: number, ignoreSync = false): Promise<{ harness: Harness; cuts: Cut[] }> {
  const disk = new FaultDisk();
  disk.ignoreSync = ignoreSync;
  const chance = seeded(seed + name.length);
  const cuts: Cut[] = [];
  disk.afterOperation = (operation) => {
    const count = 1 + perDoubt * Math.min(disk.uncertain, 8);
    for (let index = 0; index < count; index++) cuts.push({ operation, image: disk.imageAfterCut(chance) });
  };
  const budgetBytes = budgets[name];
  const harness = new Harness({ disk, seed: 7, changes: budgetBytes === undefined ? {} : { budgetBytes } });
  await scenarios[name]?.(harness);
  disk.cutPower();
  return { harness, cuts };
}

function fingerprint({ image }: Cut): string {
  const hash = createHash('sha1');
  for (const directory of image.directories) hash.update(`${directory}\n`);
  for (const [path, bytes] of image.files) hash.update(path).update(bytes);
  return hash.digest('base64');
}

describe('the journal keeps what it promised when the power is cut', () => {
  const states = new Set<string>();
  let checked = 0;

  test.for(Object.keys(scenarios))('%s', async (name) => {
    const { harness, cuts } = await cutsOf(name, cutsPerDoubt);
    expect(harness.history.kept.length).toBeGreaterThan(15);
    for (const [index, cut] of cuts.entries()) {
      const state = fingerprint(cut);
      const known = `${cut.operation} ${state}`;
      if (states.has(known)) continue;
      states.add(known).add(state);
      const verdict = await judge(cut.image, harness.history, cut.operation, { seed: index });
      checked += verdict.checked;
      expect(verdict.violations, `operation ${cut.operation}, cut ${index}`).toEqual([]);
      if (index % 50 === 0) {
        const again = await judge(verdict.left, harness.history, cut.operation, { seed: index + 1 });
        expect(again.violations, `second start, operation ${cut.operation}, cut ${index}`).toEqual([]);
        expect(again.checked).toBe(verdict.checked);
      }
    }
  });

  test('the power is cut again while it recovers from a cut', async () => {
    let doubleCuts = 0;
    for (const name of Object.keys(scenarios)) {
      const { harness, cuts } = await cutsOf(name, 1);
      const chance = seeded(seed);
      for (const cut of cuts) {
        const image = await imageAfterCutRecovery(cut.image, chance);
        const { violations } = await judge(image, harness.history, cut.operation, { seed: ++doubleCuts });
        expect(violations, `${name}: operation ${cut.operation}`).toEqual([]);
      }
    }
    expect(doubleCuts).toBeGreaterThan(1000);
  });

  test('it looked at enough', () => {
    const distinct = [...states].filter((state) => !state.includes(' ')).length;
    console.info(
      `power cuts: ${states.size - distinct} judged, ${distinct} distinct disk states, ${checked} entries compared`,
    );
    expect(distinct).toBeGreaterThan(cutsPerDoubt * 300);
    expect(checked).toBeGreaterThan(distinct);
  });
});

/** Starts on an image, cuts the power after a random one of the start's own operations, and gives what that leaves. */
async function imageAfterCutRecovery(image: DiskImage, chance: () => number): Promise<DiskImage> {
  const disk = new FaultDisk(image);
  const last = 1 + Math.floor(chance() * 6);
  let after = disk.imageAfterKill();
  disk.afterOperation = (n) => {
    if (n !== last) return;
    after = disk.imageAfterCut(chance);
    disk.cutPower();
  };
  try {
    await Journal.open(testOptions(disk, new FakeClock(), 900_000 + Math.floor(chance() * 90_000)));
    await settle();
  } catch (error) {
    if (!(error instanceof Error) || !(error.cause instanceof PowerCut)) throw error;
  }
  return after;
}

describe('the journal bears every single failure of the disk', () => {
  const failures = [
    ['EIO', { kind: 'error', code: 'EIO' }],
    ['ENOSPC', { kind: 'error', code: 'ENOSPC' }],
    ['EROFS', { kind: 'error', code: 'EROFS' }],
    ['a short write', { kind: 'short', bytes: 77 }],
  ] as const satisfies [string, Fault][];

  test.for(failures)('%s at the n-th operation, for every n', async ([, fault]) => {
    let runs = 0;
    for (const name of steadyScenarios) {
      const { harness: calm } = await cutsOf(name, 0);
      for (let n = 1; n <= calm.disk.operations; n++) {
        const harness = await runWithFault(name, n, fault);
        const { operations } = harness.disk;
        for (const image of [harness.disk.imageAfterKill(), harness.disk.imageAfterCut(seeded(n))]) {
          const { violations } = await judge(image, harness.history, operations, { seed: n });
          expect(violations, `${name}: operation ${n}`).toEqual([]);
        }
        runs++;
      }
    }
    expect(runs).toBeGreaterThan(400);
  });
});

/** Scenarios that bring no failures of their own. */
const steadyScenarios = Object.keys(scenarios).filter((name) => !/fails|few bytes/.test(name));

async function runWithFault(name: string, n: number, fault: Fault): Promise<Harness> {
  const disk = new FaultDisk();
  disk.faultAt = (operation) => (operation === n ? fault : undefined);
  const budgetBytes = budgets[name];
  const harness = new Harness({ disk, seed: 7, changes: budgetBytes === undefined ? {} : { budgetBytes } });
  try {
    await scenarios[name]?.(harness);
  } catch (error) {
    // A journal that cannot be opened says so; nothing else may be thrown.
    if (!(error instanceof GatewayError) || error.code !== 'JOURNAL_UNUSABLE') throw error;
  }
  return harness;
}

describe('controls: a journal that must fail', () => {
  test('a disk that does not sync loses what was kept', async () => {
    const { harness, cuts } = await cutsOf('readings come one by one', 2, true);
    let violations = 0;
    for (const cut of cuts) violations += (await judge(cut.image, harness.history, cut.operation)).violations.length;
    expect(violations).toBeGreaterThan(100);
  });
});
