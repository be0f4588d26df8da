import { expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import { setUp } from '../profiles/setup.ts';
import { FakeClock, settle } from '../test/fakes/fake-clock.ts';
import { ScriptedLink, scriptedPort } from '../test/fakes/scripted-link.ts';
import { LineSession } from './line-session.ts';
import type { FromChild } from './protocol.ts';

/** One metre and 953 millimetres: the maker's own example. */
const frame = [0xff, 0x07, 0xa1, 0xa7];

const checked = setUp(await openProfiles(rootPath('device-profiles')).load('dfrobot/a02yyuw'), {
  sensorHeight: '3200 mm',
  datum: 'road surface',
});
if (!checked.ok) throw new Error('the settings are wrong');
const { setup } = checked;

function start(links: readonly (ScriptedLink | undefined)[]): {
  session: LineSession;
  clock: FakeClock;
  sent: FromChild[];
  opened: readonly unknown[];
  stop: AbortController;
} {
  const clock = new FakeClock();
  const sent: FromChild[] = [];
  const { open, opened } = scriptedPort(links);
  const device = { device: 'underpass-7', setup, everyMs: 10_000 };
  const session = new LineSession({
    source: { kind: 'local', path: '/x' },
    device,
    open,
    clock,
    send: (message) => void sent.push(message),
  });
  const stop = new AbortController();
  void session.run(stop.signal);
  return { session, clock, sent, opened, stop };
}

const kindsOf = (sent: readonly FromChild[]): readonly string[] =>
  sent.map((message) => (message.kind === 'link' ? `${message.kind} ${message.isUp}` : message.kind));

test('frames become samples at the end of each period', async () => {
  const link = new ScriptedLink();
  const { session, clock, sent } = start([link]);
  await settle();
  link.receive(frame);
  await clock.advance(10_000);
  session.tick();
  expect(kindsOf(sent)).toEqual(['link true', 'samples']);
  expect(sent.at(-1)).toMatchObject({
    device: 'underpass-7',
    samples: [
      { channel: 'distance', value: 1.953 },
      { channel: 'depth', value: 1.247 },
    ],
  });
});

test('a pulled cable is told with its reason, and the port is tried again with growing pauses', async () => {
  const link = new ScriptedLink();
  const { clock, sent, opened } = start([link]);
  await settle();
  link.receive(frame);
  link.unplug('the adapter was pulled');
  await settle();
  expect(sent.at(-1)).toMatchObject({ kind: 'link', isUp: false, why: 'the adapter was pulled' });
  await clock.advance(200);
  expect(opened).toHaveLength(2);
  await clock.advance(399);
  expect(opened).toHaveLength(2);
  await clock.advance(1);
  expect(opened).toHaveLength(3);
  await clock.advance(600_000);
  const before = opened.length;
  await clock.advance(60_000);
  expect(opened.length - before).toBe(12);
});

test('a device that comes back is read again at once after its next failure', async () => {
  const links = [new ScriptedLink(), new ScriptedLink(), new ScriptedLink()];
  const { clock, sent } = start(links);
  for (const link of links) {
    await clock.advance(200);
    link.receive(frame);
    link.unplug();
    await settle();
  }
  expect(kindsOf(sent)).toEqual(['link true', 'link false', 'link true', 'link false', 'link true', 'link false']);
});

test('silence and garbage alone end in a closed port and a new attempt', async () => {
  const silent = new ScriptedLink();
  const next = new ScriptedLink();
  const { session, clock, sent } = start([silent, next]);
  await settle();
  for (let second = 0; second < 16; second++) {
    silent.receive(Array.from({ length: 100 }, (_unused, index) => index % 250));
    await clock.advance(1000);
    session.tick();
  }
  expect(silent.isClosed).toBe(true);
  expect(sent.some((message) => message.kind === 'garbage')).toBe(true);
  expect(sent.filter(({ kind }) => kind === 'garbage').length).toBeLessThan(17);
  await settle();
  await clock.advance(1000);
  next.receive(frame);
  expect(sent.at(-1)).toMatchObject({ kind: 'link', isUp: true });
});

test('while paused nothing is read, also on a port that opens meanwhile', async () => {
  const link = new ScriptedLink();
  const { session, clock } = start([undefined, link]);
  session.setPaused(true);
  await settle();
  await clock.advance(200);
  expect(link.isPaused).toBe(true);
  session.setPaused(false);
  expect(link.isPaused).toBe(false);
});

test('when told to stop it closes the port', async () => {
  const link = new ScriptedLink();
  const { stop } = start([link]);
  await settle();
  stop.abort();
  await settle();
  expect(link.isClosed).toBe(true);
});
