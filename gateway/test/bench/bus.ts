import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ModbusSlave } from '../../../hardware/simulator/modbus-slave.ts';
import { startGatewayStack } from './line-peers.ts';
import { loadText, median } from './measure.ts';
import type { Section } from './section.ts';
import { shown, table } from './table.ts';

/** How near to the limit of its line a bus of many Modbus slaves is asked: 32 of them, 9600 baud, one register each. */

const slaves = 32;
const baud = 9600;
const askBytes = 8;
const answerBytes = 7;
const targetPercent = 5;

/** Ten bits a character; 3.5 characters of silence part two frames (Modbus over Serial Line V1.02, 2.5.1.1). */
const onLineMs = (characters: number): number => (characters * 10_000) / baud;
const gapMs = onLineMs(3.5);
const limitMs = onLineMs(askBytes) + gapMs + onLineMs(answerBytes) + gapMs;

/** Waits to the microsecond: timers give whole milliseconds, and late. */
async function exactly(untilMs: number): Promise<void> {
  const left = untilMs - performance.now();
  if (left > 2) await wait(left - 2);
  while (performance.now() < untilMs);
}

/** The far end of the line: bytes take the time that they take at 9600 baud, and slaves answer after their silence. */
class PacedLine {
  count = 0;
  readonly #devices: readonly ModbusSlave[] = Array.from(
    { length: slaves },
    (_unused, index) => new ModbusSlave({ address: index + 1, tables: { read: () => 214 } }),
  );

  serve(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      const answers = this.#devices.flatMap((device) => device.hear(bytes));
      void this.#say(socket, performance.now() + onLineMs(bytes.length) + gapMs, answers);
    });
    socket.on('error', () => {
      // The gateway was stopped.
    });
  }

  async #say(socket: Socket, fromMs: number, answers: readonly Uint8Array[]): Promise<void> {
    for (const answer of answers) {
      await exactly(fromMs + onLineMs(answer.length));
      socket.write(answer);
      this.count++;
    }
  }
}

const configOf = (port: number): string => {
  const devices = Array.from(
    { length: slaves },
    (_unused, index) =>
      `  - { id: slave-${index + 1}, profile: bench/slave, every: 10ms, source: { bus: street, address: ${index + 1} } }\n`,
  );
  return `gateway: { id: lp-bench }
broker: { port: 0 }
web: { port: 0 }
buses:
  - { id: street, source: { tcp: '127.0.0.1:${port}' } }
devices:
${devices.join('')}`;
};

async function measure(seconds: number): Promise<number> {
  const line = new PacedLine();
  const server = createServer((socket) => line.serve(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using _gateway = await startGatewayStack(configOf((server.address() as AddressInfo).port));
  await wait(5000);
  const [count, start] = [line.count, performance.now()];
  await wait(seconds * 1000);
  const each = (performance.now() - start) / (line.count - count);
  server.close();
  return each;
}

export const bus: Section = async ({ isQuick, rounds, print }) => {
  print(`${slaves} Modbus slaves with one register each on a line of ${baud} baud that is never idle.\n`);
  const each: number[] = [];
  for (let round = 0; round < rounds; round++) each.push(await measure(isQuick ? 10 : 30));
  const middle = median(each);
  const rows = [
    ['limit of the line', shown(limitMs), shown(limitMs * slaves), '', ''],
    [
      'Lamppost',
      shown(middle),
      shown(middle * slaves),
      `${shown((100 * (middle - limitMs)) / limitMs)} %`,
      `≤ ${targetPercent} %`,
    ],
  ];
  print(table(['', 'ms a question', 'ms a round', 'over the limit', 'target'], rows));
  print(`\nload average ${loadText()}`);
};
