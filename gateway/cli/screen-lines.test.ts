import { describe, expect, test } from 'vitest';
import { widthOf } from './format.ts';
import { plain } from './paint.ts';
import { screenLines, type ScreenContent } from './screen-lines.ts';

const now = Date.parse('2026-11-22T11:00:00Z');
const upstream = {
  upstream: 'city',
  state: 'online',
  since: 0,
  protocol: 5,
  waiting: { alarm: 0, live: 0, backfill: 0 },
  acked: 7,
  sentBytes: 1,
} as const;
const view: ScreenContent['view'] = {
  gateway: 'lp-demo',
  epoch: 1,
  clock: 'synced',
  now,
  since: now - 60_000,
  devices: [
    {
      description: {
        v: 1,
        device: 'rain-1',
        rev: 'x',
        profile: 'generic/tipping-bucket',
        channels: { rain_amount: { quantity: 'rain_amount', unit: 'mm' } },
      },
      status: { state: 'fault', since: now, why: 'nothing is plugged in' },
      latest: new Map(),
    },
  ],
  alarms: [],
  links: [upstream],
  journal: { head: 7, usedBytes: 2048 },
  broker: { host: '127.0.0.1', port: 1883, clients: 0 },
};
const city = { readings: 1200, alarms: 1, isComplete: true, missing: 0 };
const demo: NonNullable<ScreenContent['demo']> = {
  isLinkUp: true,
  isBoardPlugged: true,
  scenario: 'dry',
  boards: ['roof'],
  cityUrl: 'mqtt://127.0.0.1:1884',
  city,
};
const common = {
  view,
  events: [],
  language: 'en',
  paint: plain,
  columns: 80,
  rows: 40,
  timeZone: 'Asia/Shanghai',
} as const;

const page = (changes: Partial<ScreenContent>): string => screenLines({ ...common, demo, ...changes }).join('\n');

describe('the page of a running gateway', () => {
  test('shows the time of the place, what is wrong and where to watch', () => {
    const text = page({ demo: undefined });
    expect(text).toContain('Lamppost 0.1.0 · 19:00:00 · clock is right');
    expect(text).toContain('fault: nothing is plugged in');
    expect(text).toContain("mosquitto_sub -h 127.0.0.1 -p 1883 -t 'lamppost/#' -v");
    expect(text).not.toContain('Keys');
  });

  test('shows of the demo what its city has, and what each key does now', () => {
    expect(page({})).toContain('City       received 1,200 readings, 1 alarm message · nothing is missing');
    expect(page({})).toContain('l cut the link   r cloudburst   u unplug the board   q quit');
    const other = page({ demo: { ...demo, isLinkUp: false, isBoardPlugged: false, scenario: 'cloudburst' } });
    expect(other).toContain('l restore the link   r end the rain   u plug the board in   q quit');
  });

  test('claims neither complete nor missing before the gateway has told how much there is', () => {
    const text = page({ demo: { ...demo, city: { ...city, isComplete: false } } });
    expect(text).not.toContain('missing');
    expect(page({ demo: { ...demo, city: { ...city, isComplete: false, missing: 12 } } })).toContain(
      'still missing 12',
    );
  });

  test('tells the newest of the log in the time of the page', () => {
    const events = [{ at: now, level: 'warn', event: 'upstream lost', fields: { upstream: 'city' } }] as const;
    expect(page({ events })).toMatch(/19:00:00 warn  upstream lost upstream=city$/);
  });

  test('offers no key for what is not there', () => {
    const text = page({ demo: { ...demo, boards: [], cityUrl: undefined, city: undefined } });
    expect(text).toContain('Keys       r cloudburst   q quit');
  });

  test('says that the link was cut on purpose, and after that how long to wait', () => {
    expect(page({ demo: { ...demo, isLinkUp: false } })).toContain('its link is cut');
    const waiting = { ...view, links: [{ ...upstream, state: 'waiting' as const }] };
    expect(page({ view: waiting })).toContain('its link is back, the gateway tries again within 30 s');
    expect(page({})).not.toContain('its link');
  });

  test.each([12, 20, 24, 40])('fits a window of %i lines, and always says what the keys do', (rows) => {
    const [device] = view.devices;
    const devices = Array.from({ length: 30 }, () => device).filter((one) => one !== undefined);
    const lines = screenLines({ ...common, demo, rows, view: { ...view, devices } });
    expect(lines).toHaveLength(rows);
    expect(lines.at(-1)).toContain('q quit');
    expect(lines.join('\n')).toContain('more lines in a taller window');
  });

  test('leaves out empty lines before it leaves out anything else', () => {
    const whole = screenLines({ ...common, demo });
    const full = whole.filter((line) => line !== '');
    expect(screenLines({ ...common, demo, rows: full.length })).toEqual(full);
    expect(whole.length).toBeGreaterThan(full.length);
  });

  test('speaks Chinese, and its first lines fit the terminal', () => {
    const lines = screenLines({ ...common, demo, language: 'zh' });
    expect(lines.join('\n')).toContain('按键       l 断开链路   r 暴雨   u 拔下板卡   q 退出');
    for (const line of lines.slice(0, 6)) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });
});
