import { afterEach, beforeEach, expect, test } from 'vitest';
import { joinLine } from '../../hardware/simulator/bus-device.ts';
import type { Sample } from '../model/reading.ts';
import { forkChild } from '../platform/children.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { pair, plan, probe, relay, slave } from '../test/bus/rig.ts';
import { line9600 } from '../test/bus/simulated-bus.ts';
import { VirtualPort } from '../test/pty.ts';
import { FieldHost } from './host.ts';
import type { BusDevicePlan } from './protocol.ts';
import { until } from '../test/wait.ts';

let port: VirtualPort;
let host: FieldHost;
beforeEach(async () => {
  port = await VirtualPort.create();
});
afterEach(async () => {
  await host.stop();
  await port.close();
});

test('a real port and a real child: slaves are read, a relay is switched, a pulled cable is mended', async () => {
  const devices = [
    slave(probe, 1, { level: 536 }),
    slave(pair, 2, { near: 1200, total: 107 }),
    slave(relay, 3, { on: 1, door: 1 }),
  ];
  port.onHeard = joinLine(devices, { clock: systemClock, send: (bytes) => port.send(bytes) });
  await port.plug();
  const samples: Sample[] = [];
  const links: string[] = [];
  const states = new Map<string, unknown>([['device-2', { far: 100 }]]);
  const plans: readonly BusDevicePlan[] = [
    plan(probe, 1, { everyMs: 100 }),
    plan(pair, 2, { everyMs: 100 }),
    plan(relay, 3, { everyMs: 200 }),
  ];
  const source = { kind: 'serial', path: port.path, line: line9600 } as const;
  const work = { kind: 'bus', bus: 'rs485-1', source, line: line9600, framing: 'rtu', devices: plans } as const;
  host = new FieldHost({
    plans: [{ kind: 'shared', works: [work] }],
    startChild: forkChild,
    clock: systemClock,
    log: silentLog,
    handlers: {
      samples: async (some, stored) => {
        samples.push(...some);
        if (stored) states.set(stored.device, stored.state);
      },
      link: (device, isUp) => void links.push(`${device} ${isUp ? 'up' : 'down'}`),
      garbage: () => {},
      packet: async () => true,
      time: () => {},
      stateOf: (device) => states.get(device),
    },
  });
  host.start();
  const values = (device: string, channel: string): readonly unknown[] =>
    samples.flatMap((sample) => (sample.device === device && sample.channel === channel ? [sample.value] : []));

  await until(() => values('device-1', 'level').length >= 5 && values('device-3', 'on').length >= 2);
  expect(new Set(values('device-1', 'level'))).toEqual(new Set([0.536]));
  // What was stored before counts on; what the relay had before is off first of all.
  expect(values('device-2', 'rain').slice(0, 2)).toEqual([0.7, 0]);
  expect(states.get('device-2')).toEqual({ far: 107 });
  expect(values('device-3', 'on')[0]).toBe(false);
  expect(await host.command('device-3', 'on', true)).toBeUndefined();
  await until(() => values('device-3', 'on').at(-1) === true);

  await port.unplug();
  await until(() => links.includes('device-2 down'));
  await port.plug();
  const before = values('device-1', 'level').length;
  await until(() => values('device-1', 'level').length > before + 3);
  expect(links.at(-1)).toMatch(/up$/);
});
