import { describe, expect, test } from 'vitest';
import profileSchema from '../../device-profiles/schema/profile.schema.json' with { type: 'json' };
import configSchema from '../config/config.schema.json' with { type: 'json' };
import { quantities, type QuantityName } from '../model/quantity.ts';
import { whatAndHint, whereIs } from '../platform/problem.ts';
import { checkProfile } from './check.ts';
import { checkNames, sensibleChecks } from './checks.ts';
import { evaluate } from './formula.ts';

const good = `
profile: acme/mast
name: { en: Mast, zh: 气象杆 }
sources: [ACME data sheet 1]
wiring: [{ en: Put it up, zh: 安装 }]
connect: { kind: message }
channels:
  depth:
    quantity: water_depth
    datum: road
    checks:
      range: { suspect: [0 cm, 2 m], bad: [-5 cm, 5 m] }
      saturated: { most: 450 cm }
      spike: { suspect: 10 cm, bad: 50 cm, within: 10min }
      rate: { suspect: 10 cm, per: 1min }
      flat: { after: 6h, within: 1 mm, bad: 24h }
      attenuated: { over: 12h, least: 2 mm, bad: 1 mm }
      gap: { after: 30min }
  temperature:
    quantity: air_temperature
    checks:
      range: { suspect: [-10 °C, 45 °C], seasons: [{ from: 12-01, to: 03-01, suspect: [-30 °C, 25 °C] }] }
      spike: { suspect: 9 °F }
      flat: { after: 6h }
  rain: { quantity: rain_amount, checks: { rate: { suspect: 5 mm, per: 1min } } }
  door: { quantity: door_open }
crossChecks:
  - { holds: temperature > 0 - depth * 100, doubts: [depth] }
  - { holds: depth < 9 }
examples:
  - { name: a value, message: { depth: 1 }, readings: [{ channel: depth, value: 1, unit: m, quality: good }] }
  - { name: no value, message: [], readings: [] }
`;

describe('the tests of a profile', () => {
  const checked = checkProfile(good);
  const { channels = {}, crossChecks = [] } = checked.ok ? checked.profile : {};

  test('come in canonical units and milliseconds', () => {
    expect(checked.ok ? [] : checked.problems).toEqual([]);
    expect(channels['depth']?.checks).toEqual({
      range: { suspect: [0, 2], bad: [-0.05, 5], seasons: [] },
      saturated: { most: 4.5 },
      spike: { suspect: 0.1, bad: 0.5, withinMs: 600_000 },
      rate: { suspect: 0.1, perMs: 60_000 },
      flat: { afterMs: 21_600_000, badMs: 86_400_000, within: 0.001 },
      attenuated: { overMs: 43_200_000, least: 0.002, bad: 0.001 },
      gap: { afterMs: 1_800_000 },
    });
    expect(channels['door']?.checks).toBeUndefined();
  });

  test('take a difference of temperatures for a difference, and limits for limits', () => {
    const { range, spike, flat } = channels['temperature']?.checks ?? {};
    expect(range).toEqual({
      suspect: [-10, 45],
      seasons: [{ from: '12-01', to: '03-01', suspect: [-30, 25] }],
    });
    expect(spike?.suspect).toBeCloseTo(5, 12);
    expect(flat).toEqual({ afterMs: 21_600_000, within: 0 });
  });

  test('hold conditions over channels, which doubt those that they name, or all', () => {
    const [first, second] = crossChecks;
    expect(first?.doubts).toEqual(['depth']);
    expect(second?.doubts).toEqual(['depth']);
    expect(first && evaluate(first.holds, (name) => ({ temperature: -5, depth: 1 })[name])).toBe(1);
  });
});

/** The first problem after one change to the good profile, as `line:column: what; hint`. */
function after(change: string, to: string): string {
  expect(good).toContain(change);
  const checked = checkProfile(good.replace(change, to));
  const [first] = checked.ok ? [] : checked.problems;
  return first ? `${whereIs('', first).slice(1)}: ${whatAndHint(first).en}` : 'no problem';
}

describe('a test that cannot be made is told at its place', () => {
  test.each([
    ['spike: { suspect: 10 cm, bad', 'spike: { suspect: 10, bad', '14:25: 10 has no unit; write for example `10 m`'],
    ['bad: 50 cm', 'bad: 5 cm', '14:37: it is bad before it is suspect; let `bad` be the larger one, or leave it out'],
    ['suspect: 10 cm, per', 'suspect: 0 cm, per', '15:24: "0 cm" is not a difference; write for example `1 cm`'],
    ['per: 1min', 'per: 1mm', '15:36: "1mm" is not a time; write for example `10s`'],
    ['bad: 24h', 'bad: 2h', '16:45: it is bad before it is suspect; let `bad` be the larger one, or leave it out'],
    [
      'least: 2 mm, bad: 1 mm',
      'least: 2 mm, bad: 3 mm',
      '17:50: it is bad before it is suspect; let `bad` be less than `least`, or leave it out',
    ],
    ['[0 cm, 2 m]', '[2 m, 0 cm]', '12:25: the smaller value comes first'],
    [
      '[-5 cm, 5 m]',
      '[5 cm, 5 m]',
      '12:43: what is bad lies within what is not even suspect; let `bad` hold all of `suspect`',
    ],
    ['from: 12-01', 'from: 02-30', '22:60: there is no day 02-30; month and day, such as 12-01'],
    [
      'checks: { rate: { suspect: 5 mm, per: 1min } }',
      'checks: { flat: { after: 1h } }',
      '25:44: `flat` makes no sense for rain_amount; its tests are range, saturated, rate, gap',
    ],
    ['{ holds: depth < 9 }', '{ holds: dept < 9 }', '29:14: there is no channel `dept`; did you mean `depth`?'],
    ['doubts: [depth]', 'doubts: [wind]', '28:54: there is no channel `wind`; known: depth, temperature, rain, door'],
    ['gap: {', 'gaps: {', '18:7: unknown key `gaps`; did you mean `gap`?'],
  ])('%s → %s', (change, to, told) => {
    expect(after(change, to)).toBe(told);
  });
});

test('both schemas know the same tests', () => {
  const inProfile: Readonly<Record<string, unknown>> = profileSchema.$defs.checks.properties;
  const inConfig: Readonly<Record<string, { readonly anyOf: readonly unknown[] }>> =
    configSchema.properties.devices.items.properties.checks.additionalProperties.properties;
  expect(Object.keys(inProfile)).toEqual(checkNames);
  for (const name of checkNames) expect(inConfig[name]?.anyOf).toEqual([{ const: 'off' }, inProfile[name]]);
  expect(Object.keys(inConfig)).toEqual(checkNames);
});

test('every quantity can at least be watched for silence, and a sum never for its shape', () => {
  const names = Object.keys(quantities) as readonly QuantityName[];
  for (const name of names) {
    const checks = sensibleChecks(name);
    expect(checks).toContain('gap');
    if (quantities[name].aggregate === 'sum') expect(checks.some((check) => /spike|flat|att/.test(check))).toBe(false);
  }
  expect(names.length).toBeGreaterThan(60);
});
