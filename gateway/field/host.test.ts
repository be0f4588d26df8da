import { expect, test } from 'vitest';
import { silentLog } from '../platform/log.ts';
import { FakeClock, settle } from '../test/fakes/fake-clock.ts';
import { scriptedChildren, type ScriptedChild } from '../test/fakes/scripted-child.ts';
import { FieldHost, type FieldHandlers } from './host.ts';
import type { ChildPlan } from './protocol.ts';

const plan: ChildPlan = {
  kind: 'board',
  board: 'roof',
  source: { kind: 'local', path: '/x' },
  devices: [{ device: 'rain-1', setup: undefined as never, everyMs: 1000 }],
};

function start(
  handlers: Partial<FieldHandlers> = {},
  only: ChildPlan = plan,
): {
  host: FieldHost;
  clock: FakeClock;
  children: readonly ScriptedChild[];
  links: string[];
} {
  const clock = new FakeClock();
  const links: string[] = [];
  const { startChild, children } = scriptedChildren();
  const host = new FieldHost({
    plans: [only],
    startChild,
    clock,
    log: silentLog,
    handlers: {
      samples: async () => {},
      packet: async () => true,
      time: () => {},
      link: (device, isUp, why) => void links.push(`${device} ${isUp} ${why ?? ''}`.trim()),
      garbage: () => {},
      stateOf: () => undefined,
      ...handlers,
    },
  });
  host.start();
  return { host, clock, children, links };
}

test('a child that falls is started again, each time later, with the latest state of its devices', async () => {
  let state = 1;
  const { clock, children, links } = start({ stateOf: () => state });
  for (const pause of [200, 400, 800]) {
    state++;
    children.at(-1)?.fall();
    await settle();
    const before = children.length;
    await clock.advance(pause - 1);
    expect(children).toHaveLength(before);
    await clock.advance(1);
    expect(children).toHaveLength(before + 1);
  }
  expect(links).toEqual(['rain-1 false', 'rain-1 false', 'rain-1 false']);
  expect(children.at(-1)?.heard[0]).toMatchObject({
    kind: 'plan',
    plan: { devices: [{ device: 'rain-1', state: 4 }] },
  });
});

test('a child that says nothing for five seconds is killed; one that lives is left alone', async () => {
  const { clock, children } = start();
  for (let second = 0; second < 20; second++) {
    children[0]?.say({ kind: 'alive' });
    await clock.advance(1000);
  }
  expect(children[0]?.isKilled).toBe(false);
  await clock.advance(6000);
  expect(children[0]?.isKilled).toBe(true);
});

test('credits come back only when the core has room again', async () => {
  const room = Promise.withResolvers<void>();
  const { children } = start({ samples: () => room.promise });
  children[0]?.say({ kind: 'samples', device: 'rain-1', samples: [{}, {}, {}] });
  await settle();
  expect(children[0]?.heard).toHaveLength(1);
  room.resolve();
  await settle();
  expect(children[0]?.heard.at(-1)).toEqual({ kind: 'credits', count: 3 });
});

test('a command ends with its result, with the loss of the board, or after three seconds', async () => {
  const { host, clock, children } = start();
  const done = host.command('rain-1', 'on', true);
  await settle();
  expect(children[0]?.heard.at(-1)).toMatchObject({ kind: 'command', id: 1, value: true });
  children[0]?.say({ kind: 'result', id: 1 });
  await expect(done).resolves.toBeUndefined();
  const late = host.command('rain-1', 'on', true);
  children[0]?.say({ kind: 'alive' });
  await clock.advance(3000);
  await expect(late).resolves.toBe('the board did not answer');
  const lost = host.command('rain-1', 'on', true);
  children[0]?.fall();
  await expect(lost).resolves.toBe('the board was lost');
  await expect(host.command('nobody', 'on', true)).resolves.toBe('this device takes no commands');
});

test('a stopped host starts nothing again', async () => {
  const { host, clock, children } = start();
  await host.stop();
  await clock.advance(60_000);
  expect(children).toHaveLength(1);
  expect(children[0]?.isKilled).toBe(true);
});

test('a child hears of another calibration, and one that starts later gets it with its plan', async () => {
  const { host, clock, children } = start();
  const calibrations = new Map([['rain_amount', { id: 'cal-1', gain: 1.02, offset: 0, validUntil: 1 }]]);
  host.calibrate('rain-1', calibrations);
  host.calibrate('mast', calibrations);
  expect(children[0]?.heard.slice(1)).toEqual([{ kind: 'calibrations', device: 'rain-1', calibrations }]);
  children[0]?.fall();
  await settle();
  host.calibrate('rain-1', calibrations);
  await clock.advance(200);
  expect(children[1]?.heard).toHaveLength(1);
});

test('a child hears whether its packet is kept, and gets its credits back then', async () => {
  const kept = Promise.withResolvers<boolean>();
  const keys: unknown[] = [];
  const { children } = start({
    packet: (device, samples, key) => {
      keys.push([device, samples.length, key]);
      return kept.promise;
    },
  });
  const packet = { receipt: 7, key: 'k' };
  children[0]?.say({ kind: 'samples', device: 'rain-1', samples: [{}, {}], packet });
  await settle();
  expect(keys).toEqual([['rain-1', 2, 'k']]);
  expect(children[0]?.heard).toHaveLength(1);
  kept.resolve(true);
  await settle();
  expect(children[0]?.heard.slice(1)).toEqual([
    { kind: 'kept', device: 'rain-1', receipt: 7, isKept: true },
    { kind: 'credits', count: 2 },
  ]);
});

test('a child with pins of this machine hears each second that the core is there, and may let go of them at the end', async () => {
  const header: ChildPlan = {
    ...plan,
    kind: 'board',
    board: 'pi',
    source: { kind: 'gpio', label: 'auto' },
    devices: [],
  };
  const { host, clock, children } = start({}, header);
  await clock.advance(2000);
  expect(children[0]?.heard.slice(1)).toEqual([{ kind: 'alive' }, { kind: 'alive' }]);
  const stopped = host.stop();
  await settle();
  expect(children[0]?.heard.at(-1)).toEqual({ kind: 'end' });
  expect(children[0]?.isKilled).toBe(false);
  await clock.advance(500); // this one hangs
  await stopped;
  expect(children[0]?.isKilled).toBe(true);
});
