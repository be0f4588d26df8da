import { describe, expect, test } from 'vitest';
import { Staleness, type Findings } from './staleness.ts';

const minute = 60_000;

const underpass = { device: 'underpass-7', channels: ['depth', 'distance'], staleAfterMs: 10_000 };
const pumpHouse = { device: 'pump-house', channels: ['level'] };

function missing({ samples }: Findings): string[] {
  return samples.map(({ device, channel, why = [] }) => `${device}/${channel} ${why.join()}`);
}

const states = (findings: Findings): string[] =>
  findings.states.map(({ device, state, why }) => [device, state, ...(why === undefined ? [] : [why])].join(' '));

describe('a silent channel', () => {
  test('gives one missing reading at the transition and one each ten minutes', () => {
    const staleness = new Staleness([underpass], 0);
    const told: number[] = [];
    let looked = 0;
    for (let mono = 0; mono <= 35 * minute; mono += 1000) {
      staleness.heard('underpass-7', 'distance', mono);
      for (const { channel } of staleness.tick(mono).samples) {
        expect(channel).toBe('depth');
        told.push(mono);
      }
      looked++;
    }
    expect(told).toEqual([11_000, 11_000 + 10 * minute, 11_000 + 20 * minute, 11_000 + 30 * minute]);
    expect(looked).toBeGreaterThan(2000);
  });

  test('says so without a value, at that moment', () => {
    const staleness = new Staleness([underpass], 0);
    expect(staleness.tick(10_001).samples[0]).toEqual({
      device: 'underpass-7',
      channel: 'depth',
      value: null,
      quality: 'missing',
      why: ['stale'],
      time: { mono: 10_001 },
    });
  });

  test('that is heard again and falls silent again makes a new transition', () => {
    const staleness = new Staleness([{ ...underpass, channels: ['depth'] }], 0);
    expect(missing(staleness.tick(11_000))).toEqual(['underpass-7/depth stale']);
    staleness.heard('underpass-7', 'depth', 12_000);
    expect(missing(staleness.tick(22_000))).toEqual([]);
    expect(missing(staleness.tick(22_001))).toEqual(['underpass-7/depth stale']);
  });

  test('is never one of a source that sends when it likes', () => {
    const staleness = new Staleness([pumpHouse], 0);
    const findings = staleness.tick(1_000_000 * minute);
    expect(missing(findings)).toEqual([]);
    expect(states(findings)).toEqual(['pump-house online']);
  });

  test('that nobody watches is nobody’s', () => {
    const staleness = new Staleness([underpass], 0);
    staleness.heard('underpass-7', 'no_such_channel', 0);
    staleness.heard('no-such-device', 'depth', 0);
    staleness.link('no-such-device', false);
    expect(states(staleness.tick(0))).toEqual(['underpass-7 online']);
  });
});

describe('the state of a device', () => {
  test('is told once, and again when it or its reason changes', () => {
    const staleness = new Staleness([underpass], 0);
    expect(states(staleness.tick(1000))).toEqual(['underpass-7 online']);
    expect(states(staleness.tick(2000))).toEqual([]);
    staleness.heard('underpass-7', 'distance', 5000);
    expect(states(staleness.tick(11_000))).toEqual(['underpass-7 stale nothing came of depth']);
    expect(states(staleness.tick(12_000))).toEqual([]);
    expect(states(staleness.tick(16_000))).toEqual(['underpass-7 stale nothing came of depth, distance']);
    staleness.heard('underpass-7', 'depth', 17_000);
    staleness.heard('underpass-7', 'distance', 17_000);
    expect(states(staleness.tick(18_000))).toEqual(['underpass-7 online']);
  });

  test('behind a link of ours is offline until that is up for the first time, or known to be broken', () => {
    const staleness = new Staleness([{ ...underpass, hasLink: true }], 0);
    expect(states(staleness.tick(0))).toEqual(['underpass-7 offline not connected yet']);
    staleness.link('underpass-7', true);
    expect(states(staleness.tick(1000))).toEqual(['underpass-7 online']);
    const broken = new Staleness([{ ...underpass, hasLink: true }], 0);
    broken.link('underpass-7', false, 'no such port');
    expect(states(broken.tick(0))).toEqual(['underpass-7 fault no such port']);
  });

  test('is a fault as soon as the link is lost, for the reason that was given', () => {
    const staleness = new Staleness([underpass], 0);
    staleness.tick(1000);
    staleness.link('underpass-7', false, 'the cable was pulled');
    expect(states(staleness.tick(2000))).toEqual(['underpass-7 fault the cable was pulled']);
    staleness.link('underpass-7', false);
    expect(states(staleness.tick(3000))).toEqual([]);
  });

  test('with a lost link makes missing readings a fault of the device, with a silent one stale', () => {
    const staleness = new Staleness([underpass, { ...underpass, device: 'silent' }], 0);
    staleness.link('underpass-7', false, 'gone');
    expect(missing(staleness.tick(11_000))).toEqual([
      'underpass-7/depth device_fault',
      'underpass-7/distance device_fault',
      'silent/depth stale',
      'silent/distance stale',
    ]);
  });

  test('after a long loss is stale until the first value comes', () => {
    const staleness = new Staleness([{ ...underpass, channels: ['depth'] }], 0);
    staleness.link('underpass-7', false, 'gone');
    staleness.tick(60_000);
    staleness.link('underpass-7', true);
    expect(states(staleness.tick(61_000))).toEqual(['underpass-7 stale nothing came of depth']);
    staleness.heard('underpass-7', 'depth', 61_500);
    expect(states(staleness.tick(62_000))).toEqual(['underpass-7 online']);
  });
});

test('a channel of which the site says when its silence is a gap is watched, whatever the device', () => {
  const staleness = new Staleness([{ ...pumpHouse, gaps: new Map([['level', minute]]) }], 0);
  expect(missing(staleness.tick(minute))).toEqual([]);
  const findings = staleness.tick(minute + 1);
  expect(missing(findings)).toEqual(['pump-house/level stale']);
  expect(states(findings)).toEqual(['pump-house stale nothing came of level']);
  expect(missing(new Staleness([pumpHouse], 0).tick(minute + 1))).toEqual([]);
});

test('of a device that need not have all channels only those are missed that once came', () => {
  const plan = { device: 'box', channels: ['disk_free', 'supply_voltage'], isPartial: true, staleAfterMs: 10_000 };
  const staleness = new Staleness([plan], 0);
  staleness.heard('box', 'disk_free', 1000);
  expect(staleness.tick(11_000).samples).toEqual([]);
  expect(staleness.tick(11_001).samples).toMatchObject([{ channel: 'disk_free', quality: 'missing' }]);
});
