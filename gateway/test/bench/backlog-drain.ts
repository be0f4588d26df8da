import type { Encoding } from '../../model/delivery.ts';
import { Gateway } from '../forward/city.ts';
import { readingMaker } from './readings.ts';

/** A journal with a backlog and its forwarder, in a process of its own. */
export interface DrainPlan {
  readonly url: string;
  readonly encoding: Encoding;
  readonly readings: number;
}

export interface Drained {
  /** From the start of the forwarder to the ack of the last reading. */
  readonly seconds: number;
  /** CPU time of this process for one reading. */
  readonly microsPerReading: number;
}

const groupSize = 100;
const patienceMs = 300_000;

const { url, encoding, readings } = JSON.parse(process.argv[2] ?? '{}') as DrainPlan;
await using gateway = await Gateway.open(url, { encoding });
const { journal, forwarder } = gateway;
const make = readingMaker(journal.epoch, Date.now());
while (journal.nextSeq <= readings) {
  const first = journal.nextSeq;
  const count = Math.min(groupSize, readings - first + 1);
  journal.append({ entries: Array.from({ length: count }, (_, index) => make(first + index, 25)) });
  await journal.whenRoom();
}
await journal.settled();
const [start, cpu] = [performance.now(), process.cpuUsage()];
forwarder.start();
await gateway.delivered(patienceMs);
const { user, system } = process.cpuUsage(cpu);
const result: Drained = {
  seconds: (performance.now() - start) / 1000,
  microsPerReading: (user + system) / readings,
};
await new Promise((resolve) => process.send?.(result, resolve));
process.disconnect();
