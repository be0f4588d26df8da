import { parseArgs } from 'node:util';
import { backlog } from './backlog.ts';
import { broker } from './broker.ts';
import { bus } from './bus.ts';
import { cadence } from './cadence.ts';
import { disk } from './disk.ts';
import { line } from './line.ts';
import { machine } from './measure.ts';
import { memory } from './memory.ts';
import { ports } from './ports.ts';
import type { Section } from './section.ts';
import { stagesBench } from './stages.ts';

/** `npm run bench [-- section…] [--quick] [--rounds n]`: what the gateway costs, beside what others cost in the same run. */

const sections: Readonly<Record<string, Section>> = {
  line,
  broker,
  backlog,
  disk,
  memory,
  ports,
  cadence,
  bus,
  stages: stagesBench,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
});
const unknown = positionals.filter((name) => !(name in sections));
if (unknown.length > 0) {
  console.error(`There is no section ${unknown.join(', ')}. Sections: ${Object.keys(sections).join(', ')}`);
  process.exit(64);
}

const print = (text: string): void => console.log(text);
for (const line of machine()) print(line);
for (const [name, section] of Object.entries(sections)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  print(`\n== ${name} ==\n`);
  await section({ isQuick: values.quick, rounds: Number(values.rounds), print });
}
