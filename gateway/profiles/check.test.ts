import { describe, expect, test } from 'vitest';
import { whatAndHint, whereIs } from '../platform/problem.ts';
import { checkProfile } from './check.ts';
import { evaluate } from './formula.ts';

const good = `
profile: acme/level
name: { en: Level, zh: 液位 }
sources: [ACME data sheet 1]
wiring: [{ en: Hang it up, zh: 挂起来 }]
connect: { kind: serial, line: 9600 8N1 }
decode:
  kind: frame
  header: FF
  length: 4
  checksum: { kind: sum8, first: 0, last: 2, at: 3 }
  fields:
    range: { at: 1, type: u16be, invalid: { 0xFFFF: device_fault } }
warmUp: 30s
every: { default: 1min, min: 500 ms }
settings:
  height: { unit: mm, default: 3 m, min: 30 cm, max: 4.5 m, ask: { en: How high?, zh: 多高？ }, beyond: { en: too far, zh: 太远 } }
derive:
  - { name: gap, value: height - range, valid: [0, 4500] }
channels:
  depth: { quantity: water_depth, value: gap, unit: mm, resolution: 1 cm, limits: [0 cm, 450 cm], datum: road }
examples:
  - name: an echo
    bytes: FF 07 A1 A7
    readings: [{ channel: depth, value: 1.05, unit: m, quality: good }]
  - name: garbage
    bytes: '00'
    readings: []
`;

describe('a good profile', () => {
  const checked = checkProfile(good, 'acme/level');
  const profile = checked.ok ? checked.profile : undefined;

  test('is taken', () => {
    expect(checked.ok ? [] : checked.problems).toEqual([]);
  });

  test('comes with times in milliseconds and lengths in the canonical unit', () => {
    expect(profile).toMatchObject({ warmUpMs: 30_000, everyMs: 60_000, minEveryMs: 500 });
    expect(profile?.settings['height']).toMatchObject({ unit: 'mm', default: 3000, min: 300, max: 4500 });
    expect(profile?.channels['depth']).toMatchObject({ unit: 'mm', resolution: 0.01, limits: [0, 4.5], datum: 'road' });
  });

  test('comes with its grammar and formulas read', () => {
    expect(profile?.connect).toEqual({
      kind: 'serial',
      line: { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
    });
    expect(profile?.decode).toMatchObject({ kind: 'frame', header: Uint8Array.of(0xff), length: 4 });
    const decode = profile?.decode.kind === 'frame' ? profile.decode : undefined;
    expect(decode?.fields['range']?.invalid).toEqual(new Map([[0xffff, 'device_fault']]));
    const [gap] = profile?.derive ?? [];
    expect(gap && evaluate(gap.value, (name) => ({ height: 3000, range: 1953 })[name])).toBe(1047);
    expect(gap?.otherwise).toBe('device_fault');
    expect(profile?.channels['depth']?.name.zh).toBe('积水深度');
  });
});

/** The first problem after one change to the good profile, as `line:column: what; hint`. */
function after(change: string, to: string): string {
  expect(good).toContain(change);
  const checked = checkProfile(good.replace(change, to), 'acme/level');
  const [first] = checked.ok ? [] : checked.problems;
  return first ? `${whereIs('', first).slice(1)}: ${whatAndHint(first).en}` : 'no problem';
}

describe('a mistake in a profile is told with its place, what is wrong and what to do', () => {
  test.each([
    ['an unknown key', 'warmUp:', 'warmup:', '14:1: unknown key `warmup`; did you mean `warmUp`?'],
    [
      'another name',
      'acme/level',
      'acme/levels',
      '2:10: `acme/levels` is not the path of this file; write `profile: acme/level`, or move the file',
    ],
    ['an unknown kind', 'kind: serial', 'kind: serail', '6:18: "serail" is not known here; did you mean `serial`?'],
    [
      'a bad serial line',
      '9600 8N1',
      '9600 8X1',
      '6:32: "9600 8X1" is not written as it should be; Baud rate, data bits, parity (N, E or O) and stop bits, such as `9600 8N1`',
    ],
    [
      'a header that YAML reads as a number',
      'header: FF',
      'header: 10',
      "9:11: 10 is not a text; put it in quotes: '10'",
    ],
    [
      'a field outside the frame',
      'range: { at: 1',
      'range: { at: 3',
      '13:18: this lies outside the frame of 4 bytes; bytes count from 0; check `length` too',
    ],
    [
      'a checksum outside the frame',
      'last: 2, at: 3',
      'last: 2, at: 4',
      '11:50: this lies outside the frame of 4 bytes; bytes count from 0; check `length` too',
    ],
    ['a checksum over itself', 'last: 2, at: 3', 'last: 3, at: 3', '11:50: the checksum would sum itself'],
    [
      'a mask on a signed type',
      'type: u16be',
      'type: i16be, mask: 15',
      '13:27: `shift` and `mask` are for unsigned types only',
    ],
    [
      'a value that a field cannot have',
      'type: u16be',
      'type: u16be, mustBe: 70000',
      '13:42: u16be goes from 0 to 65535',
    ],
    ['an unknown reason', 'device_fault', 'fault', '13:53: "fault" is not known here; allowed: range, rate'],
    ['a time without a unit', '1min', "'60'", '15:19: "60" has no unit; write for example `10s`'],
    ['a shortest time above the default', '500 ms', '2 h', '15:8: `min` is longer than `default`'],
    [
      'an unknown unit',
      'unit: mm, default',
      'unit: mmm, default',
      '17:19: the unit `mmm` is not known; did you mean `mm`?',
    ],
    ['a length in volts', 'default: 3 m', 'default: 3 V', '17:32: "3 V" is not a length; write for example `3 mm`'],
    ['a default beyond its limits', 'default: 3 m', 'default: 5 m', '17:32: the default lies beyond `min` and `max`'],
    [
      'limits without a reason',
      ', beyond: { en: too far, zh: 太远 }',
      '',
      '17:3: `beyond` is missing; tell the technician why a value beyond min or max cannot work',
    ],
    [
      'a name that is no field',
      'value: height - range',
      'value: height - rnge',
      '19:34: there is no `rnge` at this point; did you mean `range`?',
    ],
    ['a formula that ends too early', 'value: height - range', 'value: height -', '19:33: the formula ends too early'],
    [
      'a name given twice',
      'name: gap',
      'name: range',
      '19:13: the name `range` is taken already; fields, settings and derived values share their names; choose another',
    ],
    [
      'a value that is never used',
      'value: gap',
      'value: height - range',
      '19:5: `gap` is never used; use it in a formula, or remove it',
    ],
    [
      'an unknown quantity',
      'quantity: water_depth',
      'quantity: water_deth',
      '21:22: "water_deth" is not known here; did you mean `water_depth`?',
    ],
    [
      'a unit that cannot be converted',
      'unit: mm, resolution',
      'unit: kPa, resolution',
      '21:53: kPa cannot become m; water_depth is in m; take a unit of length',
    ],
    [
      'a step that is none',
      'resolution: 1 cm',
      'resolution: 0.3 m',
      '21:69: 0.3 m is not a step to round to; take 1, 0.5, 0.1 … m, or a whole number',
    ],
    [
      'limits beyond the physical ones',
      '450 cm]',
      '45 m]',
      '21:83: the physical limits are -0.5 to 30 m (project limit: underpass to quay wall; below zero only by the mounting error of a dry gauge); a sensor cannot measure beyond them',
    ],
    ['limits the wrong way round', '[0 cm, 450 cm]', '[450 cm, 0 cm]', '21:83: the smaller value comes first'],
    ['a datum where none belongs', 'water_depth', 'water_distance', '21:102: water_distance has no datum'],
    [
      'an example with an unknown channel',
      'channel: depth',
      'channel: deth',
      '25:27: there is no channel `deth`; did you mean `depth`?',
    ],
    ['an example in another unit', 'unit: m, quality', 'unit: cm, quality', '25:53: readings of water_depth are in m'],
    [
      'an example with two inputs',
      "bytes: '00'",
      "bytes: '00'\n    text: x",
      '26:5: an example has one input, here `bytes` / `text`',
    ],
    [
      'an example with the wrong input',
      "bytes: '00'",
      'fields: { range: 1 }',
      '26:5: an example has one input, here `bytes` / `text`',
    ],
    [
      'an example that the site could not have',
      "bytes: '00'",
      "bytes: '00'\n    settings: { height: 5 m }",
      '28:25: height 5000 mm is more than 4500 mm; too far',
    ],
    [
      'good examples only',
      "bytes: '00'\n    readings: []",
      'bytes: FF 07 A1 A7\n    readings: [{ channel: depth, value: 1.05, unit: m, quality: good }]',
      '22:1: no example is of bad input; add one that gives no reading or a bad one: a broken wire, no echo, half a frame',
    ],
    [
      'a serial line without a grammar',
      '  kind: frame',
      '  kind: fram',
      '8:9: "fram" is not known here; did you mean `frame`?',
    ],
    [
      'a board with a grammar',
      '{ kind: serial, line: 9600 8N1 }',
      '{ kind: board, component: analog }',
      '7:1: `connect: board` does not go with this `decode`; remove it: this source gives named fields',
    ],
    [
      'a message that is computed',
      '{ kind: serial, line: 9600 8N1 }',
      '{ kind: message }',
      '7:1: `connect: message` does not go with this `decode`; remove it: this source gives named fields',
    ],
    ['a tab', '  kind: frame', '\tkind: frame', '8:1: a tab indents this line; indent with spaces'],
  ])('%s', (_name, change, to, expected) => {
    expect(after(change, to)).toContain(expected);
  });

  test('all of them at once, in the order of the file', () => {
    const checked = checkProfile(
      good.replace('1min', '1 mn').replace('height - range', 'heigt - range').replace('unit: mm, res', 'unit: V, res'),
    );
    expect(checked.ok ? [] : checked.problems.map(({ line }) => line)).toEqual([15, 17, 19, 21]);
  });
});

const board = `
profile: acme/door
name: { en: Door, zh: 门 }
sources: [ACME data sheet 2]
wiring: [{ en: Screw it on, zh: 拧紧 }]
connect: { kind: board, component: output }
every: { default: 1min }
channels:
  open: { quantity: door_open, value: level }
examples:
  - { name: open, fields: { level: true }, readings: [{ channel: open, value: true, unit: '1', quality: good }] }
  - { name: broken, fields: { level: 7 }, readings: [{ channel: open, value: null, unit: '1', quality: bad, why: [decode] }] }
`;

function problems(text: string): readonly string[] {
  const checked = checkProfile(text);
  return checked.ok ? [] : checked.problems.map(({ what }) => what.en);
}

describe('a state', () => {
  test('is a good channel', () => {
    expect(problems(board)).toEqual([]);
  });

  test('has no unit, limits, resolution or statistic', () => {
    const told = problems(board.replace('value: level', 'value: level, unit: m, limits: [0 m, 1 m], stat: sum'));
    expect(told.filter((what) => what === 'door_open is not a number')).toHaveLength(3);
  });

  test('may have to hold before it counts, and nothing else may', () => {
    expect(problems(board.replace('value: level', 'value: level, dwell: 30s'))).toEqual([]);
    expect(problems(board.replace('value: level', 'value: level, dwell: soon'))).toHaveLength(1);
    const number = board
      .replace('quantity: door_open, value: level', 'quantity: voltage, value: level, unit: V, dwell: 30s')
      .replaceAll('value: true,', 'value: 1,');
    expect(problems(number)).toContain('only a state can dwell');
  });

  test('can be commanded only at an output', () => {
    const commands =
      'commands: { on: { kind: boolean, name: { en: On, zh: 开 }, safe: false, silence: 60s } }\nchannels:';
    expect(problems(board.replace('channels:', commands))).toEqual([]);
    const analog = board
      .replace('channels:', commands)
      .replace('component: output', 'component: analog')
      .replace('value: level', 'value: ratio');
    expect(problems(analog)).toContain('only outputs of boards and Modbus coils take commands');
  });
});
