import { afterEach, expect, test } from 'vitest';
import { joinLine } from '../../hardware/simulator/bus-device.ts';
import { systemClock } from '../platform/clock.ts';
import { plan, probe, relay, slave } from '../test/bus/rig.ts';
import { line9600 } from '../test/bus/simulated-bus.ts';
import { until } from '../test/contracts/link.ts';
import { VirtualPort } from '../test/pty.ts';
import { BusSession } from './bus-session.ts';
import type { FromChild } from './protocol.ts';
import { openLink } from './transports/open.ts';

let port: VirtualPort;
const stop = new AbortController();
afterEach(async () => {
  stop.abort();
  await port.close();
});

test('a real port: several slaves are read, a relay is switched, and a pulled cable is mended', async () => {
  port = await VirtualPort.create();
  const devices = [slave(probe, 1, { level: 536 }), slave(probe, 2, { level: 1200 }), slave(relay, 3, { door: 1 })];
  port.onHeard = joinLine(devices, { clock: systemClock, send: (bytes) => port.send(bytes) });
  await port.plug();
  const sent: FromChild[] = [];
  const session = new BusSession({
    source: { kind: 'serial', path: port.path, line: line9600 },
    line: line9600,
    framing: 'rtu',
    devices: [plan(probe, 1, { everyMs: 100 }), plan(probe, 2, { everyMs: 100 }), plan(relay, 3, { everyMs: 200 })],
    open: openLink,
    clock: systemClock,
    send: (message) => void sent.push(message),
  });
  void session.run(stop.signal);
  const values = (device: string): readonly unknown[] =>
    sent.flatMap((message) =>
      message.kind === 'samples' && message.device === device ? message.samples.map(({ value }) => value) : [],
    );
  await until(() => values('device-1').length >= 5 && values('device-2').length >= 5 && values('device-3').length >= 4);
  expect(new Set(values('device-1'))).toEqual(new Set([0.536]));
  expect(new Set(values('device-2'))).toEqual(new Set([1.2]));
  expect(values('device-3').slice(0, 2)).toEqual([false, true]);
  expect(await session.command('device-3', 'on', true)).toBeUndefined();
  await until(() => values('device-3').at(-2) === true);

  await port.unplug();
  await until(() => sent.some((message) => message.kind === 'link' && !message.isUp && message.device === 'device-2'));
  await port.plug();
  const before = values('device-1').length;
  await until(() => values('device-1').length > before + 3);
});
