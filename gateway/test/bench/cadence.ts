import { setTimeout as wait } from 'node:timers/promises';
import type { VirtualPort } from '../pty.ts';
import { Watcher } from '../watcher.ts';
import { loadText, median } from './measure.ts';
import type { Section } from './section.ts';
import { build, levelFrame, SerialSite } from './serial-site.ts';
import { shown, table } from './table.ts';

/** Whether a port in trouble disturbs the readings of the others that share its process: one a second each. */

const calmPorts = 7;
const everyMs = 1000;
const targetPercent = 5;
/** Ten times what a line of 9600 baud carries, in pieces of 100 ms. */
const flood = Uint8Array.from({ length: 960 }, (_unused, index) => (index * 31) % 255);

/** What befalls the eighth port; the result ends it. */
const troubles: Readonly<Record<string, (port: VirtualPort) => () => Promise<void>>> = {
  'nothing (control)': () => async () => {},
  'a flood of garbage, ten times the line rate': (port) => {
    const timer = setInterval(() => port.send(flood), 100);
    return async () => clearInterval(timer);
  },
  'the cable, pulled and plugged each second': (port) => {
    let isOver = false;
    const cycles = (async () => {
      while (!isOver) {
        await port.unplug();
        await wait(500);
        await port.plug();
        await wait(500);
      }
    })();
    return async () => {
      isOver = true;
      await cycles;
    };
  },
};

interface Cadence {
  readonly meanMs: number;
  /** Largest distance of one interval from the period, as a share of it. */
  readonly worstPercent: number;
  readonly typicalPercent: number;
  readonly count: number;
}

function cadenceOf(watcher: Watcher, from: number): Cadence {
  const offs: number[] = [];
  let sum = 0;
  for (let index = 0; index < calmPorts; index++) {
    const times = watcher
      .on(`lamppost/1/lp-bench/reading/level-${index}/depth`)
      .map(({ mono }) => mono)
      .filter((mono) => mono > from);
    for (let next = 1; next < times.length; next++) {
      const interval = (times[next] ?? 0) - (times[next - 1] ?? 0);
      sum += interval;
      offs.push((100 * Math.abs(interval - everyMs)) / everyMs);
    }
  }
  if (offs.length < calmPorts * 3) throw new Error(`only ${offs.length} intervals came`);
  return {
    meanMs: sum / offs.length,
    worstPercent: Math.max(...offs),
    typicalPercent: median(offs),
    count: offs.length,
  };
}

export const cadence: Section = async ({ isQuick, print }) => {
  build();
  await using site = await SerialSite.start(calmPorts + 1, '1s');
  const feed = setInterval(() => site.ports.slice(0, calmPorts).forEach((port) => port.send(levelFrame)), 100);
  print('Seven calm ports share a process with one in trouble; time between readings of a calm one, as it is heard.\n');
  const rows: string[][] = [];
  try {
    await wait(10_000);
    await using watcher = await Watcher.of(site.brokerPort, 'lamppost/1/lp-bench/reading/#');
    const last = site.ports.at(-1);
    if (!last) throw new Error('there is no port');
    for (const [name, begin] of Object.entries(troubles)) {
      const from = performance.now();
      const end = begin(last);
      await wait(isQuick ? 10_000 : 60_000);
      const { meanMs, worstPercent, typicalPercent, count } = cadenceOf(watcher, from);
      await end();
      rows.push([
        name,
        `${count}`,
        shown(meanMs),
        `${shown(typicalPercent)} %`,
        `${shown(worstPercent)} %`,
        `≤ ${targetPercent} %`,
      ]);
    }
  } finally {
    clearInterval(feed);
  }
  print(table(['the eighth port has', 'intervals', 'mean, ms', 'off, median', 'off, worst', 'target'], rows));
  print(`\nload average ${loadText()}`);
};
