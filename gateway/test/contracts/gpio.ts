import assert from 'node:assert/strict';
import { GpioChip, type Edge } from '../../field/transports/linux/gpio-chip.ts';
import type { Syscalls } from '../../field/transports/linux/syscalls.ts';
import { pause, until } from '../wait.ts';

/** A machine with one GPIO chip of at least 8 free lines, and somebody who has their other ends in his hands. */
export interface GpioBench {
  readonly calls: Syscalls;
  readonly label: string;
  /** Pulls a line up or down from outside. */
  readonly drive: (offset: number, level: boolean) => void;
  /** The level of a line as seen from outside. */
  readonly seen: (offset: number) => boolean;
  /** Long enough for all the bounces of a contact. */
  readonly debounceMs: number;
}

/** Runs a test: vitest's here, node's own in the virtual machine, where a bigger one would take too long. */
export type RunTest = (name: string, body: () => Promise<void>) => unknown;

/** What GPIO promises, on the fake machine (`fakes/fake-linux.ts`) as on Linux (`hardware/kernel-rig/`). */
export function testGpioContract(test: RunTest, start: () => GpioBench): void {
  const withChip = (name: string, body: (chip: GpioChip, bench: GpioBench) => Promise<void>): void => {
    test(name, async () => {
      const bench = start();
      const chip = new GpioChip(bench.calls, bench.label);
      try {
        await body(chip, bench);
      } finally {
        await chip.close();
      }
    });
  };

  withChip(
    'a chip is found by its label, and one that is not there is told with those that are',
    async (chip, bench) => {
      assert.equal(chip.info.label, bench.label);
      assert.ok(chip.info.lines >= 8);
      assert.throws(() => new GpioChip(bench.calls, 'no-such-chip'), new RegExp(`no-such-chip.*${bench.label}`));
    },
  );

  withChip('an output has its level from the first moment, and takes another', async (chip, { seen }) => {
    const line = chip.request(1, { as: 'output', level: true });
    assert.equal(seen(1), true);
    assert.equal(line.level, true);
    line.level = false;
    assert.equal(seen(1), false);
    assert.equal(line.level, false);
  });

  withChip('an input shows the level that is outside', async (chip, { drive }) => {
    drive(2, true);
    const line = chip.request(2, { as: 'input' });
    assert.equal(line.level, true);
    drive(2, false);
    assert.equal(line.level, false);
  });

  withChip(
    'each edge is told once, in order, at the time of the kernel, and none is missed',
    async (chip, { drive }) => {
      drive(3, false);
      const edges: Edge[] = [];
      const began = mono();
      chip.request(3, { as: 'input', edges: 'both' }).onEdge((edge) => edges.push(edge));
      for (let index = 0; index < 40; index++) {
        drive(3, index % 2 === 0);
        await until(() => edges.length > index);
      }
      const ended = mono();
      assert.deepEqual(
        edges.map(({ isRising }) => isRising),
        edges.map((_edge, index) => index % 2 === 0),
      );
      assert.equal(edges.length, 40);
      assert.ok(edges.every(({ missed }) => missed === 0));
      const times = edges.map((edge) => edge.mono);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.ok(times.every((time) => time >= began && time <= ended));
    },
  );

  withChip('of two lines each has its own edges', async (chip, { drive }) => {
    for (const offset of [3, 4]) drive(offset, true);
    const [third, fourth]: [Edge[], Edge[]] = [[], []];
    chip.request(3, { as: 'input', edges: 'falling' }).onEdge((edge) => third.push(edge));
    chip.request(4, { as: 'input', edges: 'falling' }).onEdge((edge) => fourth.push(edge));
    drive(4, false);
    await until(() => fourth.length === 1);
    drive(4, true);
    drive(3, false);
    await until(() => third.length === 1);
    assert.equal(fourth.length, 1);
  });

  withChip('edges that happen before anybody listens are told when somebody does', async (chip, { drive }) => {
    drive(5, true);
    const line = chip.request(5, { as: 'input', edges: 'falling' });
    for (let index = 0; index < 5; index++) {
      drive(5, false);
      await pause(20);
      drive(5, true);
      await pause(20);
    }
    const edges: Edge[] = [];
    line.onEdge((edge) => edges.push(edge));
    await until(() => edges.length === 5);
  });

  withChip('a contact that bounces gives one edge', async (chip, { drive, debounceMs }) => {
    drive(6, true);
    const edges: Edge[] = [];
    chip.request(6, { as: 'input', edges: 'falling', debounceMs }).onEdge((edge) => edges.push(edge));
    await pause(2 * debounceMs);
    for (const level of [false, true, false, true, false]) drive(6, level);
    await until(() => edges.length > 0);
    drive(6, true);
    await pause(2 * debounceMs);
    assert.equal(edges.length, 1);
  });

  withChip('control: the same contact without debounce gives more edges', async (chip, { drive }) => {
    drive(6, true);
    const edges: Edge[] = [];
    chip.request(6, { as: 'input', edges: 'falling' }).onEdge((edge) => edges.push(edge));
    for (const level of [false, true, false, true, false]) {
      drive(6, level);
      await pause(20);
    }
    await until(() => edges.length > 1);
  });

  withChip('a line becomes an output, an input and an output again without being let go', async (chip, bench) => {
    bench.drive(7, false);
    const line = chip.request(7, { as: 'input', edges: 'both' });
    line.configure({ as: 'output', level: true });
    assert.equal(bench.seen(7), true);
    line.configure({ as: 'input', edges: 'both' });
    bench.drive(7, false);
    assert.equal(line.level, false);
    const edges: Edge[] = [];
    line.onEdge((edge) => edges.push(edge));
    bench.drive(7, true);
    await until(() => edges.some(({ isRising }) => isRising));
    line.configure({ as: 'output', level: false });
    assert.equal(bench.seen(7), false);
  });

  withChip('a line that is taken is told with the name of who has it; one that is not there too', async (chip) => {
    chip.request(1, { as: 'input' });
    assert.throws(() => chip.request(1, { as: 'input' }), /GPIO 1 is used by `lamppost`/);
    assert.throws(() => chip.request(chip.info.lines, { as: 'input' }), /has no GPIO/);
  });

  withChip('after it is closed its lines are free and nothing is told', async (chip, bench) => {
    bench.drive(1, true);
    const edges: Edge[] = [];
    chip.request(1, { as: 'input', edges: 'both' }).onEdge((edge) => edges.push(edge));
    await chip.close();
    assert.notEqual(await chip.ended, '');
    bench.drive(1, false);
    const again = new GpioChip(bench.calls, bench.label);
    assert.equal(again.request(1, { as: 'input' }).level, false);
    await again.close();
    assert.deepEqual(edges, []);
  });
}

const mono = (): number => Number(process.hrtime.bigint()) / 1e6;
