import { describe, expect, test } from 'vitest';
import { checkProfile } from '../profiles/check.ts';
import { genericProfile } from '../profiles/generic.ts';
import type { Example, Profile } from '../profiles/profile.ts';
import { dryRun } from './dry-run.ts';

const profile = genericProfile('generic/water-level') as Profile;
const example: Example = {
  name: 'a level',
  settings: {},
  isWarmingUp: false,
  input: { kind: 'message', message: { level: { value: 42, unit: 'cm' } } },
  readings: [{ channel: 'level', value: 0.42, unit: 'm', quality: 'good' }],
};

describe('a dry run', () => {
  test('passes when the readings are those of the example', () => {
    expect(dryRun(profile, example)).toEqual({ readings: example.readings, rejected: [], passed: true });
  });

  test('fails when they are not, and shows what came out', () => {
    const { readings, passed } = dryRun(profile, { ...example, readings: [] });
    expect(passed).toBe(false);
    expect(readings).toEqual(example.readings);
  });

  test('tells why input was thrown away', () => {
    const input = { kind: 'message', message: { levle: 1 } } as const;
    expect(dryRun(profile, { ...example, input, readings: [] })).toEqual({
      readings: [],
      rejected: ['the device has no channel "levle"; did you mean `level`?'],
      passed: true,
    });
  });

  test('tells why its settings cannot be', () => {
    expect(dryRun(profile, { ...example, settings: { hight: '1 m' } })).toEqual({
      readings: [],
      rejected: ['unknown key `hight`'],
      passed: false,
    });
  });
});

/** The examples of a profile that do not give what they should. */
function failuresOf(yaml: string): readonly unknown[] {
  const checked = checkProfile(yaml);
  if (!checked.ok) return checked.problems;
  return checked.profile.examples
    .map((it) => ({ name: it.name, ...dryRun(checked.profile, it) }))
    .filter(({ passed }) => !passed);
}

test('a profile of text lines passes its examples', () => {
  const maxbotix = `
profile: maxbotix/mb7388
name: { en: Ultrasonic level sensor, zh: 超声波液位传感器 }
sources: [MaxBotix PD11500]
wiring: [{ en: Hang it up, zh: 挂起来 }]
connect: { kind: serial, line: 9600 8N1 }
decode: { kind: line, match: 'R{range:4d}', terminator: "\\r", invalid: { range: { 9999: range } } }
every: { default: 10s }
settings:
  sensorHeight: { unit: mm, ask: { en: How high?, zh: 多高？ } }
channels:
  level: { quantity: water_depth, value: sensorHeight - range, unit: mm }
examples:
  - name: one metre of water under a sensor mounted at five metres
    settings: { sensorHeight: 5000 mm, datum: road surface }
    text: "R4000\\r"
    readings: [{ channel: level, value: 1, unit: m, quality: good }]
  - name: no echo
    settings: { sensorHeight: 5000 mm, datum: road surface }
    text: "R9999\\r"
    readings: [{ channel: level, value: null, unit: m, quality: bad, why: [range] }]
  - name: half a line after plugging in
    settings: { sensorHeight: 5000 mm, datum: road surface }
    text: "00\\r"
    readings: []
`;
  expect(failuresOf(maxbotix)).toEqual([]);
});

test('a profile of messages passes its examples', () => {
  const station = `
profile: acme/station
name: { en: Weather station, zh: 气象站 }
sources: [ACME manual 3]
wiring: [{ en: Point it at our broker, zh: 指向本网关的代理 }]
connect: { kind: message }
channels:
  air: { quantity: air_temperature, unit: °F, resolution: 0.1 °C, limits: [-40 °C, 60 °C] }
  rain: { quantity: rain_amount, stat: sum }
examples:
  - name: two values, one with a unit of its own
    message: { air: 68, rain: { value: 1, unit: cm }, ref: a1 }
    readings:
      - { channel: air, value: 20, unit: Cel, quality: good }
      - { channel: rain, value: 10, unit: mm, quality: good }
  - name: an unknown channel
    message: { wind: 3 }
    readings: []
`;
  expect(failuresOf(station)).toEqual([]);
  expect(failuresOf(station.replace('air: { quantity', 'air: { value: air * 2, quantity'))).toMatchObject([
    { what: { en: 'a message gives finished values' } },
  ]);
  expect(failuresOf(station.replace('channels:', 'every: { default: 1min }\nchannels:'))).toMatchObject([
    { what: { en: '`every` means nothing here' } },
  ]);
});
