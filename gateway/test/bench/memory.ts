import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { rootPath } from '../../platform/root.ts';
import { freePort } from '../free-port.ts';
import { childrenOf, loadText, residentBytes } from './measure.ts';
import { endChild } from './load.ts';
import type { Section } from './section.ts';
import { shown, table } from './table.ts';

/** What a gateway takes of a small machine's memory at rest, run from what `npm run build` makes. */

const targetMiB = 100;

const minimal = `gateway: { id: lp-bench }
devices:
  - { id: pump, profile: generic/water-level, source: ingest, settings: { datum: floor } }
`;

/** The demo's street with everything on it, but for the ports. */
const street = (): string => readFileSync(rootPath('hardware/simulator/street.yaml'), 'utf8');

const inMiB = (bytes: number): string => shown(bytes / 2 ** 20);

/** What a process of the gateway is, by the module that it runs. */
function moduleOf(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const module = words.find((word) => word.endsWith('.js')) ?? words[0] ?? '';
  return module.split('/dist/').at(-1) ?? module;
}

async function measure(config: string, restMs: number): Promise<readonly (readonly [string, number])[]> {
  const directory = await mkdtemp(join(tmpdir(), 'lamppost-memory-'));
  const ports = `\nbroker: { port: ${await freePort()} }\nweb: { port: ${await freePort()} }\n`;
  await writeFile(join(directory, 'lamppost.yaml'), config + ports);
  const launcher = rootPath('dist/gateway/lamppost.js');
  const child = spawn(launcher, ['run'], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    await wait(restMs);
    if (child.exitCode !== null) throw new Error(`the gateway from dist ended: ${said}`);
    const { pid = 0 } = child;
    const others = childrenOf(pid).map((other) => [moduleOf(other), residentBytes(other)] as const);
    return [['core', residentBytes(pid)], ...others];
  } finally {
    await endChild(child, () => child.kill('SIGTERM'));
    await rm(directory, { recursive: true, force: true });
  }
}

export const memory: Section = async ({ isQuick, print }) => {
  const built = spawnSync('npm', ['run', 'build'], { cwd: rootPath('.'), encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`npm run build failed: ${built.stdout}${built.stderr}`);
  const restMs = isQuick ? 10_000 : 30_000;
  print(`Resident memory ${restMs / 1000} s after the start, run from dist/.\n`);
  const rows: string[][] = [];
  for (const [name, config] of Object.entries({ 'one ingest device': minimal, "the demo's street": street() })) {
    for (const [module, bytes] of await measure(config, restMs))
      rows.push([name, module, inMiB(bytes), module === 'core' ? `≤ ${targetMiB}` : '']);
  }
  print(table(['configuration', 'process', 'MiB', 'target'], rows));
  print(`\nload average ${loadText()}`);
};
