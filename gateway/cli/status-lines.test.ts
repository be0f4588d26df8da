import { describe, expect, test } from 'vitest';
import type { AlarmTransition } from '../model/alarm.ts';
import type { DeviceDescription } from '../model/device.ts';
import type { Reading } from '../model/reading.ts';
import { adviceOn } from './advice.ts';
import type { Told } from './client.ts';
import { widthOf } from './format.ts';
import { headline, statusLines } from './status-lines.ts';
import { linkAge, readStatus, type LinkReport, type StatusView } from './status-view.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const english = { language: 'en', timeZone: 'UTC' } as const;

const description: DeviceDescription = {
  v: 1,
  device: 'underpass-7',
  rev: 'x',
  profile: 'dfrobot/a02yyuw',
  every: 10_000,
  channels: { depth: { quantity: 'water_depth', unit: 'm' }, distance: { quantity: 'water_distance', unit: 'm' } },
};
const depth = {
  id: '7-1',
  device: 'underpass-7',
  channel: 'depth',
  quantity: 'water_depth',
  value: 0.27,
  unit: 'm',
  quality: 'good',
  at: now - 4000,
  clock: 'synced',
} as const satisfies Reading;
const alarm: AlarmTransition = {
  v: 1,
  id: '7-2',
  rule: 'water-25cm',
  device: 'underpass-7',
  state: 'active',
  severity: 'critical',
  raisedAt: now - 120_000,
  at: now - 120_000,
  clock: 'synced',
  text: { en: 'Water over 25 cm', zh: '积水超过 25 厘米' },
};
const link: LinkReport = {
  upstream: 'city',
  state: 'online',
  since: now - 60_000,
  protocol: 5,
  waiting: { alarm: 0, live: 0, backfill: 0 },
  acked: 1234,
  sentBytes: 1,
};
const journal = { epoch: 1, head: 2, bytes: 2048 };

const view = (about: Partial<StatusView> = {}): StatusView => ({
  gateway: 'lp-demo',
  url: 'mqtt://127.0.0.1:1883',
  now,
  since: now - 3_600_000,
  devices: [{ description, status: { state: 'online', since: 0 }, latest: { depth } }],
  alarms: [],
  backlog: { upstreams: [link], journal },
  ...about,
});

describe('the first line', () => {
  test('says that nothing is to be done when nothing is', () => {
    expect(headline(view(), english)).toBe('● lp-demo works since 09:00 (1 h): all is well, nothing to do');
    expect(headline(view(), { language: 'zh', timeZone: 'Asia/Shanghai' })).toBe(
      '● lp-demo 自 17:00 起运行（1 小时）：一切正常，无需处理',
    );
  });

  test('names the day when it is not today', () => {
    expect(headline(view({ since: now - 3 * 86_400_000 }), english)).toContain('since 2026-11-19 10:00 (3 d)');
  });

  test('tells the worst trouble and what to do about it', () => {
    const ill: StatusView['devices'] = [{ description, status: { state: 'stale', since: 0 }, latest: {} }];
    const down: LinkReport = { ...link, state: 'waiting', waiting: { alarm: 1, live: 0, backfill: 1500 } };
    const whats = [
      view({ backlog: { upstreams: [down], journal: { ...journal, failing: 'EIO' } }, alarms: [alarm], devices: ill }),
      view({ backlog: { upstreams: [down], journal }, alarms: [alarm], devices: ill }),
      view({ backlog: { upstreams: [down], journal }, devices: ill }),
      view({ backlog: { upstreams: [down], journal }, alarms: [{ ...alarm, severity: 'warning' }] }),
      view({ backlog: { upstreams: [{ ...down, state: 'refused', why: 'not authorized' }], journal } }),
      view({ alarms: [{ ...alarm, severity: 'warning' }] }),
      view({ devices: [] }),
      view({ alarms: [{ ...alarm, severity: 'info' }] }),
    ].map((one) => adviceOn(one).what.en);
    expect(whats).toEqual([
      'the disk fails (read or write error), readings wait in memory',
      'alarm: Water over 25 cm',
      'underpass-7: silent',
      'no connection to city, 1,501 wait on disk',
      'city refuses what we send (not authorized)',
      'alarm: Water over 25 cm',
      'it has no device yet',
      'all is well',
    ]);
  });
});

test.each([
  ['nothing understandable came for 20 s', 'check cable, power and profile; `lamppost tail underpass-7` shows'],
  ['connect ECONNREFUSED 10.0.0.9:502', 'check its address, its power and the network'],
  ['it says that it is gone', 'check its power and its way to this gateway'],
  ['nothing is plugged in', 'check cable and power, then `lamppost doctor`'],
])('a device of which the gateway says "%s" is looked for where that points to', (why, remedy) => {
  const devices: StatusView['devices'] = [{ description, status: { state: 'fault', since: 0, why }, latest: {} }];
  expect(adviceOn(view({ devices })).next.en).toContain(remedy);
});

describe('the page below', () => {
  test('says how to feed a device that publishes by MQTT and has not done so yet', () => {
    const { every: _, ...fed } = { ...description, device: 'pump-house' };
    const textOf = (profile: string): string =>
      statusLines(view({ devices: [{ description: { ...fed, profile }, latest: {} }] }), english).join('\n');
    expect(textOf('generic/water-level')).toContain('waits for ingest/pump-house');
    expect(textOf('tasmota/energy')).not.toContain('ingest');
  });

  test('cuts nothing of alarms and upstreams on a narrow terminal', () => {
    const lines = statusLines(view({ alarms: [alarm] }), { ...english, columns: 50 });
    expect(lines.slice(1).filter((line) => widthOf(line) > 50)).toEqual([]);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain('not acknowledged (underpass-7/water-25cm)');
  });

  test('shows every channel with value, age and quality in words', () => {
    expect(statusLines(view(), english)).toEqual([
      '● lp-demo works since 09:00 (1 h): all is well, nothing to do',
      '',
      '● underpass-7  depth     0.27 m  4 s  good',
      '               distance               no value yet',
      '',
      'Alarms     none',
      'Upstreams  city ● delivering · nothing waits · 1,234 delivered',
      'Journal    2.0 kB',
    ]);
  });

  test('says of a device in trouble what it is, and of alarms what they mean', () => {
    const devices: StatusView['devices'] = [
      { description, status: { state: 'fault', since: 0, why: 'no echo' }, latest: { depth } },
    ];
    const lines = statusLines(view({ devices, alarms: [alarm] }), english);
    expect(lines[2]).toBe('● underpass-7  depth     0.27 m  4 s  fault: no echo');
    expect(lines).toContain(
      'Alarms     ▲ Water over 25 cm · 2 min · critical · not acknowledged (underpass-7/water-25cm)',
    );
  });

  test('fits the terminal', () => {
    const lines = statusLines(view(), { ...english, columns: 40 });
    for (const line of lines.slice(2, 4)) expect(widthOf(line)).toBeLessThanOrEqual(40);
  });

  test('leaves out what a user may not ask for', () => {
    const { backlog: _, ...less } = view();
    expect(statusLines(less, english).join('\n')).not.toContain('Upstreams');
  });
});

const told = (kind: 'device' | 'status' | 'latest', device: string, content: unknown): Told => ({
  topic: { kind, device },
  content,
  json: '',
  isRetained: true,
});

test('the status is put together from retained topics, the worst alarm first', () => {
  const { devices, alarms } = readStatus([
    told('device', 'a-10', { ...description, device: 'a-10' }),
    told('device', 'a-9', { ...description, device: 'a-9' }),
    told('latest', 'a-9', { depth }),
    told('status', 'gone', { state: 'online', since: 0 }),
    ...[{ ...alarm, severity: 'warning' as const }, alarm].map((content) => ({
      topic: { kind: 'alarm' as const, device: 'a-9', rule: 'r' },
      content,
      json: '',
      isRetained: true,
    })),
  ]);
  expect(devices.map(({ description: { device } }) => device)).toEqual(['a-9', 'a-10']);
  expect(devices[0]?.latest).toEqual({ depth });
  expect(alarms.map(({ severity }) => severity)).toEqual(['critical', 'warning']);
});

test('a link is as old as its state, and has no age while it tries again and again', () => {
  expect(linkAge({ ...link, since: now - 5000 }, now)).toBe(5000);
  expect(linkAge({ ...link, state: 'waiting' }, now)).toBeUndefined();
});

test('a device in service is shown with its end, and is nothing to do anything about', () => {
  const status = { state: 'service', since: now, until: now + 1_800_000, why: 'in service until then' } as const;
  const inService = view({ devices: [{ description, status, latest: { depth } }], alarms: [] });
  expect(statusLines(inService, english).join('\n')).toMatch(
    /underpass-7 +depth +0\.27 m +4 s +in service until 10:30/,
  );
  expect(statusLines(inService, { ...english, language: 'zh' }).join('\n')).toContain('维护中 至 10:30');
  expect(adviceOn(inService)).toMatchObject({ isFine: true, what: { en: 'in service: underpass-7' } });
});
