import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from '../forward/receiver/ledger.ts';
import { receive } from '../forward/receiver/receive.ts';
import { systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { dialMqtt } from '../platform/mqtt-wire.ts';
import { Lamppost } from '../test/cli/lamppost.ts';
import { freePort } from '../test/free-port.ts';
import { processesIn } from '../test/processes.ts';
import { describeWith } from '../test/tools.ts';
import { until } from '../test/wait.ts';
import { Terminal } from '../test/terminal.ts';

const devices = ['air-3', 'rain-1', 'shaft-1', 'siren-1', 'underpass-7', 'weather-1'];

let directory = '';
let ports: readonly [local: number, city: number] = [0, 0];
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'lamppost-demo-')));
  ports = [await freePort(), await freePort()];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const command = (): readonly string[] => ['run', '--port', String(ports[0]), '--city-port', String(ports[1])];

test('in an empty folder a virtual street runs, and its city gets every reading of it', async () => {
  const gateway = new Lamppost(command(), { cwd: directory });
  await gateway.until(/There is no lamppost\.yaml here: a virtual street runs/);
  const stop = new AbortController();
  const ledger = new Ledger();
  const heard = new Set<string>();
  const wire = { url: `mqtt://127.0.0.1:${ports[1]}` };
  const platform = { dial: dialMqtt, clock: systemClock, ids: systemIds };
  const receiving = receive(
    { wire, protocol: 4, prefix: 'city', ledger, ...platform },
    { fresh: (fresh) => void (fresh.kind === 'reading' && heard.add(fresh.entry.device)) },
    stop.signal,
  );
  const local = await dialMqtt(
    { url: `mqtt://127.0.0.1:${ports[0]}`, clientId: 'watch', protocol: 4 },
    AbortSignal.timeout(5000),
  );
  const published = new Set<string>();
  await local.subscribe('lamppost/1/lp-demo/reading/#', ({ topic }) => void published.add(topic.split('/')[4] ?? ''));
  try {
    await local.publish('lamppost/1/lp-demo/ingest/pump-house', JSON.stringify({ level: 1.25 }));
    const all = [...devices, 'pump-house'].toSorted();
    await until(() => all.every((device) => heard.has(device)), 60_000);
    expect([...published].toSorted()).toEqual(all);
    expect(ledger.report().violations).toBe(0);
  } finally {
    stop.abort();
    await receiving;
    await local.end();
    expect((await gateway.stop('SIGINT')).code).toBe(0);
  }
  expect(await processesIn(directory)).toEqual([]);
});

test('kill -9 of the core leaves no process behind: not its children, not the street, not the city', async () => {
  const gateway = new Lamppost(command(), { cwd: directory });
  await gateway.until(/upstream online/);
  const running = await processesIn(directory);
  for (const part of ['lamppost', 'field/child', 'simulator/street', 'simulator/city'])
    expect(running.filter((line) => line.includes(part))).not.toEqual([]);
  await gateway.stop('SIGKILL');
  let left = running;
  const look = setInterval(() => void processesIn(directory).then((found) => (left = found)), 100);
  await until(() => left.length === 0, 10_000).finally(() => clearInterval(look));
});

describeWith(['socat'], 'on a terminal', () => {
  test('one page shows the street, and each key does what the page says', async () => {
    const terminal = new Terminal(command(), { cwd: directory });
    try {
      for (const device of devices) await terminal.sees(device);
      await terminal.sees('delivering');
      await terminal.sees('rain_amount  0 mm');

      terminal.press('r'); // the water takes half a minute to rise
      await terminal.sees('end the rain');

      terminal.press('l');
      await terminal.sees('restore the link');
      await terminal.sees('no connection');
      await terminal.sees('its link is cut');
      terminal.press('l');
      await terminal.sees('delivering');

      terminal.press('u');
      await terminal.sees('plug the board in');
      await terminal.sees('fault: ');
      terminal.press('u');
      await terminal.sees('unplug the board');

      await terminal.sees('Water in the underpass is over 25 cm', 60_000);
      await terminal.sees('1 alarm message');
      const pressed = Date.now();
      terminal.press('q');
      await terminal.ended;
      expect(Date.now() - pressed).toBeLessThan(1500);
    } finally {
      terminal.stop();
    }
    expect(terminal.all).not.toContain('Error');
  });
});
