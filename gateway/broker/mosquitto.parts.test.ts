import { execFile, spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { BrokerBench, prefix, pump } from '../test/broker-bench.ts';
import { describeWith } from '../test/tools.ts';
import { until } from '../test/wait.ts';

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Runs one of the mosquitto clients against the broker until it ends. */
function run(bench: BrokerBench, tool: string, ...options: readonly string[]): Promise<Outcome> {
  const where = ['-h', '127.0.0.1', '-p', String(bench.broker.port)];
  return new Promise((resolve) => {
    const child = execFile(tool, [...where, ...options], { timeout: 10_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

const publisher = 'mosquitto_pub';
const subscriber = 'mosquitto_sub';
const user = ['-u', pump.name, '-P', pump.password];

describeWith([publisher, subscriber], 'the mosquitto clients', () => {
  test.each(['0', '1', '2'])('publish with QoS %s to the gateway', async (qos) => {
    await using bench = await BrokerBench.start();
    const done = await run(bench, publisher, '-t', `${prefix}/ingest/pump`, '-m', '{"level":1}', '-q', qos);
    expect(done).toEqual({ code: 0, output: '' });
    await until(() => bench.arrived.length === 1);
    expect(String(bench.arrived[0]?.payload)).toBe('{"level":1}');
  });

  test('publish a thousand lines, and all of them arrive in order', async () => {
    await using bench = await BrokerBench.start();
    const where = ['-h', '127.0.0.1', '-p', String(bench.broker.port), '-t', `${prefix}/ingest/pump`, '-q', '1', '-l'];
    const child = spawn(publisher, where);
    child.stdin.end(Array.from({ length: 1000 }, (_, index) => `${index}\n`).join(''));
    await until(() => bench.arrived.length === 1000);
    expect(bench.arrived.map(({ payload }) => Number(String(payload)))).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  test.each(['0', '1', '2'])('subscribe with QoS %s and read what is published and retained', async (qos) => {
    await using bench = await BrokerBench.start();
    bench.broker.publish(`${prefix}/latest/pump`, 'retained', { retain: true, qos: 1 });
    const reading = run(bench, subscriber, '-t', `${prefix}/#`, '-q', qos, '-C', '2', '-F', '%r %t %p');
    await until(() => bench.broker.counters.subscriptions === 1);
    bench.broker.publish(`${prefix}/reading/pump/level`, '水位', { qos: 1 });
    const { code, output } = await reading;
    expect(code).toBe(0);
    expect(output.trim().split('\n').toSorted()).toEqual([
      `0 ${prefix}/reading/pump/level 水位`,
      `1 ${prefix}/latest/pump retained`,
    ]);
  });

  test('log in with the right password, and are told when it is wrong or missing rights', async () => {
    await using bench = await BrokerBench.start();
    const message = ['-t', `${prefix}/ingest/pump`, '-m', 'x', '-q', '1'];
    expect((await run(bench, publisher, ...user, ...message)).code).toBe(0);
    const wrong = await run(bench, publisher, '-u', 'pump', '-P', 'snow', ...message);
    expect(wrong.output).toMatch(/bad user name or password|not authorised/i);
    expect(wrong.code).not.toBe(0);
    const refused = await run(bench, subscriber, ...user, '-t', `${prefix}/latest/mast`, '-E');
    expect(refused.output).toMatch(/denied/i);
    expect(bench.arrived).toHaveLength(1);
  });

  test('get what came while a lasting session was away', async () => {
    await using bench = await BrokerBench.start();
    const session = ['-i', 'logger', '-c', '-q', '1', '-t', 'free/#'];
    expect((await run(bench, subscriber, ...session, '-E')).code).toBe(0);
    for (const payload of ['1', '2', '3']) await run(bench, publisher, '-t', 'free/x', '-m', payload, '-q', '1');
    expect((await run(bench, subscriber, ...session, '-C', '3')).output).toBe('1\n2\n3\n');
  });

  test('leave a will', async () => {
    await using bench = await BrokerBench.start();
    const will = ['--will-topic', 'free/gone', '--will-payload', 'bye', '--will-retain'];
    const child = spawn(subscriber, ['-p', String(bench.broker.port), '-t', 'x', ...will]);
    await until(() => bench.broker.counters.clients === 1);
    child.kill('SIGKILL');
    await until(() => bench.broker.counters.retained === 1);
    expect((await run(bench, subscriber, '-t', 'free/gone', '-C', '1')).output).toBe('bye\n');
  });

  test('are told the version when they speak MQTT 5', async () => {
    await using bench = await BrokerBench.start();
    const done = await run(bench, publisher, '-V', '5', '-t', 'x', '-m', 'x');
    expect(done.code).not.toBe(0);
    expect(done.output).toMatch(/protocol/i);
  });
});
