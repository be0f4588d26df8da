import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkProfile } from '../../profiles/check.ts';
import { setUp } from '../../profiles/setup.ts';
import { localClock } from './local-time.ts';
import { packetSamples } from './packet.ts';

const checked = checkProfile(`
profile: acme/logger
name: { en: Logger, zh: 数采仪 }
sources: [HJ 212-2017]
wiring: [{ en: Let it dial, zh: 让其连接 }]
connect: { kind: serial, line: 9600 8N1 }
decode:
  kind: hj212
  fields:
    now: { factor: a34004, value: Rtd }
    mean: { factor: a34004, value: Avg }
    least: { factor: a34004, value: Min }
    rain: { factor: a01022, value: Cou }
every: { default: 10min }
channels:
  now: { quantity: pm2_5, unit: µg/m³ }
  mean: { quantity: pm2_5, unit: µg/m³ }
  least: { quantity: pm2_5, unit: µg/m³ }
  spread: { quantity: pm2_5, value: mean - least, unit: µg/m³ }
  rain: { quantity: rain_amount, unit: mm }
examples:
  - { name: one, text: "x", readings: [] }
  - { name: two, text: "x", readings: [] }
`);
const profile = checked.ok ? checked.profile : undefined;
const done = profile && setUp(profile);
const plan = (everyMs = 600_000) => {
  if (!done?.ok || done.setup.profile.decode.kind !== 'hj212') throw new Error('the profile is wrong');
  const { setup } = done;
  return { device: 'station', setup, grammar: done.setup.profile.decode, everyMs, clock: localClock('Asia/Shanghai') };
};
const half8 = Date.UTC(2026, 2, 1, 0, 30);
const local = '20260301083000';

describe('a packet of a logger', () => {
  test('gives a moment its time', () => {
    expect(packetSamples(plan(), { now: 35 }, { time: { local } }, 5)).toEqual([
      { device: 'station', channel: 'now', value: 35, quality: 'good', time: { sender: half8 } },
    ]);
  });

  test.each([
    ['minutes', 10 * 60_000],
    ['hour', 3_600_000],
    ['day', 86_400_000],
  ] as const)('gives a figure of %s its statistic, beginning and end', (period, length) => {
    const samples = packetSamples(plan(), { mean: 35, least: 30, rain: 0.2 }, { time: { local, period } }, 5);
    const time = { sender: half8 + length, startSender: half8 };
    expect(samples).toMatchObject([
      { channel: 'mean', stat: 'mean', time },
      { channel: 'least', stat: 'min', time },
      { channel: 'spread', value: 5, time },
      { channel: 'rain', stat: 'sum', time },
    ]);
    expect(samples[2]).not.toHaveProperty('stat');
  });

  test('has no beginning where its interval is not known', () => {
    const [sample] = packetSamples(plan(90_000), { mean: 35 }, { time: { local, period: 'minutes' } }, 5);
    expect(sample?.time).toEqual({ sender: half8 });
  });

  test('without a time that can be read is of the moment it came', () => {
    for (const time of [undefined, { local: '20260230083000' }, { local: 'yesterday' }]) {
      expect(packetSamples(plan(), { now: 35 }, time ? { time } : {}, 5)[0]?.time).toEqual({ mono: 5 });
    }
  });
});

describe('the clock of a place', () => {
  test('reads back what it says, at any moment since 1980', () => {
    const zones = fc.constantFrom('Asia/Shanghai', 'UTC', 'Asia/Kathmandu', 'America/St_Johns');
    fc.assert(
      fc.property(zones, fc.integer({ min: 315_532_800, max: 4_000_000_000 }), (timeZone, seconds) => {
        const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
        const digits = format.format(seconds * 1000).replaceAll(/\D/g, '');
        const back = localClock(timeZone).utcOf(digits);
        // An hour that comes twice in autumn is taken for one of the two.
        expect(back === undefined ? digits : format.format(back).replaceAll(/\D/g, '')).toBe(digits);
        expect(back === undefined ? 0 : Math.abs(back - seconds * 1000)).toBeLessThanOrEqual(3_600_000);
        if (timeZone === 'Asia/Shanghai' && seconds > 700_000_000) expect(back).toBe(seconds * 1000);
      }),
    );
  });

  test('knows no moment that is skipped in spring, and no date that is none', () => {
    const berlin = localClock('Europe/Berlin');
    expect(berlin.utcOf('20260329023000')).toBeUndefined();
    expect(berlin.utcOf('20260329033000')).toBe(Date.UTC(2026, 2, 29, 1, 30));
    for (const wrong of ['20261301000000', '20260301240000', '2026030100000', ''])
      expect(berlin.utcOf(wrong)).toBeUndefined();
  });

  test('has days of 23 and 25 hours', () => {
    const berlin = localClock('Europe/Berlin');
    expect(berlin.dayAfter(Date.UTC(2026, 2, 28, 23)) - Date.UTC(2026, 2, 28, 23)).toBe(23 * 3_600_000);
    expect(berlin.dayAfter(Date.UTC(2026, 9, 24, 22)) - Date.UTC(2026, 9, 24, 22)).toBe(25 * 3_600_000);
  });
});
