import { describe, expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import type { Hj212Grammar } from '../profiles/grammar.ts';
import { setUp } from '../profiles/setup.ts';
import { FakeClock, settle } from '../test/fakes/fake-clock.ts';
import { ScriptedLink, scriptedPort } from '../test/fakes/scripted-link.ts';
import { hj212Packet } from './decode/hj212.ts';
import { LineSession } from './line-session.ts';
import type { DevicePlan, FromChild } from './protocol.ts';
import type { LinkSource } from './transports/link.ts';

/** One metre and 953 millimetres: the maker's own example. */
const frame = [0xff, 0x07, 0xa1, 0xa7];

const profiles = openProfiles(rootPath('device-profiles'));
const checked = setUp(await profiles.load('dfrobot/a02yyuw'), {
  sensorHeight: '3200 mm',
  datum: 'road surface',
});
if (!checked.ok) throw new Error('the settings are wrong');
const { setup } = checked;
const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;

function start(
  links: readonly (ScriptedLink | undefined)[],
  { source = { kind: 'local', path: '/x' }, ...plan }: Partial<DevicePlan> & { readonly source?: LinkSource } = {},
): {
  session: LineSession;
  clock: FakeClock;
  sent: FromChild[];
  opened: readonly unknown[];
  stop: AbortController;
} {
  const clock = new FakeClock();
  const sent: FromChild[] = [];
  const { open, opened } = scriptedPort(links);
  const device = { device: 'underpass-7', setup, everyMs: 10_000, ...plan };
  const session = new LineSession({
    source,
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

const startAsked = (): ReturnType<typeof start> & { links: readonly ScriptedLink[] } => {
  const links = [new ScriptedLink(), new ScriptedLink()];
  const connect = {
    kind: 'serial',
    line,
    start: [Uint8Array.of(1), Uint8Array.of(2)],
    ask: Uint8Array.of(9),
  } as const;
  const asked = { ...setup, profile: { ...setup.profile, connect } };
  return { ...start(links, { setup: asked, everyMs: 10_000, sampleMs: 2000 }), links };
};
const run = async ({ session, clock }: ReturnType<typeof start>, ms: number): Promise<void> => {
  for (let step = 0; step < ms; step += 100) {
    await clock.advance(100);
    session.tick();
  }
};

describe('a device that has to be asked', () => {
  test('is started once, a moment between two, and then asked again and again', async () => {
    const rig = startAsked();
    const [link] = rig.links;
    await settle();
    rig.session.tick();
    expect(link?.written).toEqual([1]);
    await run(rig, 100);
    expect(link?.written).toEqual([1, 2]);
    await run(rig, 100);
    expect(link?.written).toEqual([1, 2, 9]);
    for (let poll = 0; poll < 20; poll++) {
      link?.receive(frame);
      await run(rig, 2000);
    }
    expect(link?.written).toHaveLength(23);
    expect(kindsOf(rig.sent).filter((kind) => kind.startsWith('link'))).toEqual(['link true']);
  });

  test('that lets three questions go unanswered is lost, and asked anew on a new link', async () => {
    const rig = startAsked();
    const [link, next] = rig.links;
    await settle();
    await run(rig, 400);
    link?.receive(frame);
    await run(rig, 2000 * 4);
    expect(link?.isClosed).toBe(true);
    expect(rig.sent.at(-1)).toMatchObject({ isUp: false, why: 'it let 3 questions go unanswered' });
    expect(link?.written).toEqual([1, 2, 9, 9, 9, 9]);
    await run(rig, 1000);
    expect(next?.written).toEqual([1, 2, 9]);
    next?.receive(frame);
    expect(rig.sent.at(-1)).toMatchObject({ kind: 'link', isUp: true });
  });

  test('may take its time: a late answer counts', async () => {
    const rig = startAsked();
    const [link] = rig.links;
    await settle();
    await run(rig, 300);
    for (let answer = 0; answer < 10; answer++) {
      await run(rig, 5900);
      link?.receive(frame);
    }
    expect(link?.isClosed).toBe(false);
  });

  test('is not asked while the core has no room', async () => {
    const rig = startAsked();
    await settle();
    rig.session.setPaused(true);
    await run(rig, 60_000);
    expect(rig.links[0]?.written).toEqual([]);
    rig.session.setPaused(false);
    await run(rig, 300);
    expect(rig.links[0]?.written).toEqual([1, 2, 9]);
  });
});

const header = 'ST=39;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5';
const packet = (qn: string, cp = 'a34004-Rtd=35,a34004-Flag=N'): Uint8Array =>
  hj212Packet(`QN=${qn};${header};CP=&&DataTime=20260301083000;${cp}&&`);
const startLogger = (): ReturnType<typeof start> & { link: ScriptedLink } => {
  const link = new ScriptedLink();
  const decode: Hj212Grammar = { kind: 'hj212', fields: { range: { factor: 'a34004', value: 'Rtd' } } };
  const logger = { ...setup, profile: { ...setup.profile, decode } };
  return { ...start([link], { setup: logger, everyMs: 600_000, timeZone: 'Asia/Shanghai' }), link };
};
const answers = (link: ScriptedLink): readonly string[] =>
  String.fromCharCode(...link.written).match(/QN=[^;]*;ST=91;CN=\d+/g) ?? [];

describe('a data logger', () => {
  test('has its readings passed on as they are, with its own time', async () => {
    const { link, sent } = startLogger();
    await settle();
    link.receive(packet('1'));
    expect(sent.at(-1)).toMatchObject({
      kind: 'samples',
      packet: { receipt: 1, key: expect.stringMatching(/^1 010000A8900016F000169DC0 2011 /) },
      samples: [
        { channel: 'distance', value: 0.035, time: { sender: Date.UTC(2026, 2, 1, 0, 30) } },
        { channel: 'depth', value: 3.165 },
      ],
    });
  });

  test('gets its answer when the readings are kept, and none when they are not', async () => {
    const { link, session } = startLogger();
    await settle();
    for (const qn of ['1', '2', '3']) link.receive(packet(qn));
    expect(answers(link)).toEqual([]);
    session.kept(2, true);
    session.kept(1, false);
    session.kept(2, true);
    expect(answers(link)).toEqual(['QN=2;ST=91;CN=9014']);
  });

  test('gets an answer at once where there is nothing to keep', async () => {
    const { link, sent } = startLogger();
    await settle();
    link.receive(packet('1', 'a01001-Rtd=5'));
    expect(answers(link)).toEqual(['QN=1;ST=91;CN=9014']);
    expect(kindsOf(sent)).toEqual(['link true']);
  });

  test('gets no answer to what it said on a connection that is gone', async () => {
    const { link, session } = startLogger();
    await settle();
    link.receive(packet('1'));
    link.unplug();
    await settle();
    session.kept(1, true);
    expect(link.written).toEqual([]);
  });

  test('may be silent for two of its intervals', async () => {
    const { link, session, clock } = startLogger();
    await settle();
    link.receive(packet('1'));
    await clock.advance(1_200_000);
    session.tick();
    expect(link.isClosed).toBe(false);
    await clock.advance(600_001);
    session.tick();
    expect(link.isClosed).toBe(true);
  });
});

test('a receiver tells the time, not too often, and not what it doubts', async () => {
  const link = new ScriptedLink();
  const loaded = setUp(await profiles.load('nmea/gnss-0183'));
  if (!loaded.ok) throw new Error('the profile has settings');
  const { clock, sent } = start([link], { setup: loaded.setup, everyMs: 60_000 });
  await settle();
  const say = (text: string): void => link.receive(new TextEncoder().encode(`${text}\r\n`));
  say('$GPRMC,000012,V,,,,,,,060180,,*3D');
  const told = (): readonly FromChild[] => sent.filter(({ kind }) => kind === 'time');
  expect(told()).toEqual([]);
  for (let second = 0; second < 25; second++) {
    say('$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A');
    await clock.advance(1000);
  }
  expect(told()).toHaveLength(3);
  expect(told()[0]).toMatchObject({ device: 'underpass-7', utcMs: Date.UTC(1994, 2, 23, 12, 35, 19) });
});

test('a device that has to dial is waited for, and that is told', async () => {
  const { sent } = start([], { source: { kind: 'listen', host: '127.0.0.1', port: 9212 } });
  await settle();
  expect(sent[0]).toEqual({
    kind: 'link',
    device: 'underpass-7',
    isUp: false,
    why: 'waiting for the device to dial port 9212',
  });
});

test('when told to stop it closes the port', async () => {
  const link = new ScriptedLink();
  const { stop } = start([link]);
  await settle();
  stop.abort();
  await settle();
  expect(link.isClosed).toBe(true);
});
