import { setTimeout as wait } from 'node:timers/promises';
import { childrenOf, cpuMicros, loadText, proportionalBytes } from './measure.ts';
import type { Section } from './section.ts';
import { build, levelFrame, SerialSite } from './serial-site.ts';
import { shown, table } from './table.ts';

/** What many serial ports cost: each with a sensor of its own that sends ten frames a second, run from `dist/`. */

const framesPerSecond = 10;
const targetCorePercent = 60;
const targetMB = 400;

interface Cost {
  readonly ports: number;
  readonly children: number;
  readonly childPercent: number;
  readonly corePercent: number;
  readonly childBytes: number;
}

async function measure(count: number, seconds: number): Promise<Cost> {
  await using site = await SerialSite.start(count, '10s');
  const feed = setInterval(() => site.ports.forEach((port) => port.send(levelFrame)), 1000 / framesPerSecond);
  try {
    await wait(15_000);
    const children = childrenOf(site.pid);
    const before = { core: cpuMicros([site.pid]), children: cpuMicros(children) };
    await wait(seconds * 1000);
    const share = (micros: number): number => micros / (seconds * 10_000);
    return {
      ports: count,
      children: children.length,
      childPercent: share(cpuMicros(children) - before.children),
      corePercent: share(cpuMicros([site.pid]) - before.core),
      childBytes: children.reduce((sum, child) => sum + proportionalBytes(child), 0),
    };
  } finally {
    clearInterval(feed);
  }
}

export const ports: Section = async ({ isQuick, print }) => {
  build();
  print(`${framesPerSecond} frames a second on each port; memory is the proportional set of all field processes.\n`);
  const costs: Cost[] = [];
  for (const count of [8, 64]) costs.push(await measure(count, isQuick ? 10 : 60));
  const rows = costs.map(({ ports: count, children, childPercent, corePercent, childBytes }) => {
    const isJudged = count === 64;
    return [
      `${count}`,
      `${children}`,
      shown(childPercent),
      isJudged ? `< ${targetCorePercent}` : '',
      shown(corePercent),
      shown(childBytes / 1e6),
      isJudged ? `< ${targetMB}` : '',
    ];
  });
  print(
    table(['ports', 'processes', '% of a core, field', 'target', '% of a core, core', 'MB, field', 'target'], rows),
  );
  print(`\nload average ${loadText()}`);
};
