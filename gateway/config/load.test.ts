import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GatewayError } from '../model/errors.ts';
import type { LocatedProblem } from '../platform/problem.ts';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import { loadConfig, type LoadedConfig } from './load.ts';
import type { Settings } from './settings.ts';

const profiles = openProfiles(rootPath('device-profiles'));
let directory = '';
let written = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-config-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function load(text: string): Promise<LoadedConfig> {
  const file = join(directory, `${++written}.yaml`);
  await writeFile(file, text);
  return loadConfig(file, profiles);
}

async function settingsOf(text: string): Promise<Settings> {
  const loaded = await load(text);
  if (loaded.ok) return loaded.settings;
  throw new Error(loaded.problems.map(shown).join('\n'));
}

async function problemsIn(text: string): Promise<readonly LocatedProblem[]> {
  const loaded = await load(text);
  return loaded.ok ? [] : loaded.problems;
}

const shown = ({ line, column, what, hint }: LocatedProblem): string =>
  `${line}:${column} ${what.en}; ${hint?.en ?? 'NO HINT'}`;

/** A file in which everything is right; each table row below spoils it somewhere. */
const good = `gateway: { id: lp-demo }
boards:
  - { id: roof, source: { simulated: roof } }
devices:
  - id: underpass-7
    profile: dfrobot/a02yyuw
    source: { simulated: underpass-7 }
    every: 10s
    settings: { sensorHeight: 3200 mm, datum: road surface }
  - { id: siren-1, profile: generic/relay, source: { board: roof, pin: 8 } }
  - { id: pump-house, profile: generic/water-level, source: ingest, settings: { datum: sill } }
alarms:
  - id: water-25cm
    when: { device: underpass-7, channel: depth, above: 25 cm, for: 10s, clearBelow: 20 cm, clearFor: 60s }
    severity: critical
    blind: alarm
    then: [{ command: siren-1/on, value: true }]
upstreams:
  - { id: city, url: 'mqtts://broker.example:8883' }
`;

function spoiled(from: string, to: string): string {
  if (!good.includes(from)) throw new Error(`nothing to spoil: ${from}`);
  return good.replace(from, to);
}

describe('a good file', () => {
  test('loads', async () => {
    expect(await problemsIn(good)).toEqual([]);
  });

  test('such as the virtual street loads without a problem', async () => {
    const loaded = await loadConfig(rootPath('hardware/simulator/street.yaml'), profiles);
    expect(loaded.ok ? [] : loaded.problems).toEqual([]);
    const settings = loaded.ok ? loaded.settings : undefined;
    expect(settings?.devices.map(({ id }) => id)).toEqual([
      'rain-1',
      'weather-1',
      'shaft-1',
      'siren-1',
      'underpass-7',
      'air-3',
      'pump-house',
    ]);
    expect([settings?.alarms.length, settings?.upstreams.length]).toEqual([1, 1]);
  });

  test('has what is not said filled in', async () => {
    const settings = await settingsOf('gateway: { id: lp-demo }');
    expect(settings).toMatchObject({
      gateway: { id: 'lp-demo', timeZone: 'UTC', dayStart: '00:00', labels: {} },
      journal: {
        directory: join(directory, 'data'),
        budgetBytes: 4 * 2 ** 30,
        keepMs: 30 * 86_400_000,
        commitMs: 1000,
        ackMs: 50,
      },
      broker: { host: '127.0.0.1', port: 1883, publish: 'accepted' },
      web: { host: '127.0.0.1', port: 8080 },
      boards: [],
      devices: [],
      alarms: [],
      upstreams: [],
    });
  });

  test('as in the design, reduced to what exists, comes out in base units and absolute paths', async () => {
    const settings = await settingsOf(`
gateway: { id: lp-demo, timeZone: Asia/Shanghai, dayStart: "08:00", labels: { district: futian }, place: { lat: 22.5431, lon: 114.0579, label: Underpass 7 } }  # WGS 84
journal: { dir: ./data, budget: 4GiB, keepDays: 30, commitMs: 1000, ackMs: 50 }
broker: { host: 127.0.0.1, port: 1883, users: ./secrets/mqtt-users }
web: { host: 127.0.0.1, port: 8080 }
boards:
  - { id: roof, source: { serial: /dev/serial/by-id/usb-1 } }
devices:
  - { id: gauge-1, name: { en: Roof gauge, zh: 屋顶雨量计 }, profile: generic/tipping-bucket, source: { board: roof, pin: 2 }, every: 1min }
  - { id: underpass-7, profile: dfrobot/a02yyuw, source: { serial: /dev/serial/by-id/usb-2 }, every: 10s, reduce: median, settings: { sensorHeight: 3200 mm, datum: road surface } }
  - { id: pump-house, profile: generic/water-level, source: ingest }
  - { id: siren, profile: generic/relay, source: { board: roof, pin: 8 } }
alarms:
  - id: water-25cm
    when: { device: underpass-7, channel: depth, above: 25 cm, for: 10s, clearBelow: 20 cm, clearFor: 60s }
    severity: critical
    blind: alarm
    then: [{ command: siren/on, value: true }]
upstreams:
  - { id: city, kind: mqtt, url: "mqtts://broker.example:8883", protocol: 5, prefix: city, dialect: native, encoding: json, start: oldest,
      username: lp-demo, passwordFile: ./secrets/city, ca: ca.pem, cert: gw.pem, key: gw.key }
`);
    expect(settings.gateway).toMatchObject({ dayStart: '08:00', place: { lat: 22.5431, lon: 114.0579 } });
    expect(settings.broker.users).toBe(join(directory, 'secrets/mqtt-users'));
    expect(settings.boards).toEqual([{ id: 'roof', source: { kind: 'serial', path: '/dev/serial/by-id/usb-1' } }]);
    expect(settings.devices).toMatchObject([
      { id: 'gauge-1', everyMs: 60_000, source: { kind: 'board', board: 'roof', pin: 2 }, name: { zh: '屋顶雨量计' } },
      { id: 'underpass-7', everyMs: 10_000, reduce: 'median', setup: { settings: { sensorHeight: 3200 } } },
      { id: 'pump-house', source: { kind: 'ingest' }, setup: { datums: { level: 'unstated' } } },
      { id: 'siren', everyMs: 60_000 },
    ]);
    expect(settings.alarms).toEqual([
      {
        id: 'water-25cm',
        device: 'underpass-7',
        channel: 'depth',
        condition: { kind: 'above', limit: 0.25, clear: 0.2 },
        forMs: 10_000,
        clearForMs: 60_000,
        severity: 'critical',
        blind: 'alarm',
        blindAfterMs: 10_000,
        consequences: [{ device: 'siren', command: 'on', value: true }],
      },
    ]);
    expect(settings.upstreams).toEqual([
      {
        id: 'city',
        url: 'mqtts://broker.example:8883',
        protocol: 5,
        prefix: 'city',
        encoding: 'json',
        start: 'oldest',
        username: 'lp-demo',
        passwordFile: join(directory, 'secrets/city'),
        ca: join(directory, 'ca.pem'),
        cert: join(directory, 'gw.pem'),
        key: join(directory, 'gw.key'),
      },
    ]);
  });

  test.each([
    ['{ tcp: "10.0.0.5:4001" }', { kind: 'tcp', host: '10.0.0.5', port: 4001 }],
    ['{ tcp: "[fe80::1]:4001" }', { kind: 'tcp', host: 'fe80::1', port: 4001 }],
    ['{ serial: ./ttyS0 }', { kind: 'serial' }],
    ['{ listen: "0.0.0.0:9212" }', { kind: 'listen', host: '0.0.0.0', port: 9212 }],
    [
      '{ serial: /dev/ttyS0, line: 9600 7E1 }',
      { kind: 'serial', path: '/dev/ttyS0', line: { baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 1 } },
    ],
  ])('reads the source %s', async (source, expected) => {
    const { devices } = await settingsOf(spoiled('{ simulated: underpass-7 }', source));
    expect(devices[0]?.source).toMatchObject(expected);
  });

  test.each([
    ['{ device: siren-1, channel: on, equals: true }', { kind: 'equals', limit: true }],
    ['{ device: pump-house, channel: level, below: 0.5 m }', { kind: 'below', limit: 0.5, clear: 0.5 }],
    [
      '{ device: pump-house, channel: level, below: 50 cm, clearAbove: 6 dm }',
      { kind: 'below', limit: 0.5, clear: 0.6 },
    ],
  ])('reads the condition %s', async (when, condition) => {
    const line = '{ device: underpass-7, channel: depth, above: 25 cm, for: 10s, clearBelow: 20 cm, clearFor: 60s }';
    expect((await settingsOf(spoiled(line, when))).alarms[0]?.condition).toEqual(condition);
  });
});

/** Where the file is spoiled, and what somebody reads then. */
const spoils: readonly (readonly [name: string, from: string, to: string, says: string])[] = [
  [
    'a topic with a wildcard',
    'source: ingest',
    'source: { topic: tele/+/SENSOR }',
    '11:70 a device has one topic, without + and #; write one whole topic, such as tele/door4/SENSOR',
  ],
  [
    'a topic of our own',
    'source: ingest',
    'source: { topic: lamppost/1/lp-demo/ingest/door-4 }',
    "11:70 topics below lamppost/ are the gateway's own; for our ingest topic write `source: ingest`",
  ],
  [
    'a topic that only the broker has',
    'source: ingest',
    'source: { topic: $SYS/broker/uptime }',
    '11:70 no device can publish to this topic',
  ],
  ['an unknown key', 'alarms:', 'alarm:', '12:1 unknown key `alarm`; did you mean `alarms`?'],
  [
    'an unknown key inside',
    'severity: critical',
    'severty: critical',
    '15:5 unknown key `severty`; did you mean `severity`?',
  ],
  ['a wrong id', 'id: lp-demo', 'id: LP Demo', '1:16 "LP Demo" is not written as it should be; lower-case letters'],
  ['no gateway', 'gateway: { id: lp-demo }', 'web: {}', '1:1 `gateway` is missing; which gateway this is'],
  [
    'a wrong number',
    'gateway: { id: lp-demo }',
    'gateway: { id: a }\nbroker: { port: 70000 }',
    '2:17 70000 must be at most 65535',
  ],
  ['a number for a text', 'every: 10s', 'every: 10', '8:12 10 is not a text; write it with its unit, such as 10s'],
  [
    'an unknown time zone',
    'id: lp-demo',
    'id: a, timeZone: Asia/Shenzhen',
    '1:29 there is no time zone Asia/Shenzhen; use a name',
  ],
  [
    'a journal too small',
    'gateway: { id: lp-demo }',
    'gateway: { id: a }\njournal: { budget: 1MiB }',
    '2:20 1MiB is too small',
  ],
  [
    'a budget without unit',
    'gateway: { id: lp-demo }',
    'gateway: { id: a }\njournal: { budget: "5" }',
    '2:20 "5" has no unit; write',
  ],
  [
    'two devices of one id',
    'id: siren-1',
    'id: underpass-7',
    '10:11 the id `underpass-7` is taken already; choose another',
  ],
  [
    'two upstreams of one id',
    "  - { id: city, url: 'mqtts://broker.example:8883' }",
    "  - { id: c, url: 'mqtts://a' }\n  - { id: c, url: 'mqtts://b' }",
    '20:11 the id `c` is taken already; choose another',
  ],
  ['an unknown profile', 'dfrobot/a02yyuw', 'dfrobot/a02yyw', '6:14 There is no device profile dfrobot/a02yyw; '],
  ['a setting that is missing', 'sensorHeight: 3200 mm, ', '', '9:5 the setting `sensorHeight` is missing; How high'],
  [
    'no settings at all',
    '\n    settings: { sensorHeight: 3200 mm, datum: road surface }',
    '',
    '5:5 the setting `sensorHeight` is missing; How high',
  ],
  ['a setting without unit', '3200 mm', '3200', '9:31 3200 has no unit; write for example `3200 mm`'],
  ['a setting beyond the sensor', '3200 mm', '9 m', '9:31 sensorHeight 9000 mm is more than 4500 mm; the sensor sees'],
  ['an unknown setting', 'sensorHeight', 'sensorHight', '9:17 unknown key `sensorHight`; did you mean `sensorHeight`?'],
  [
    'a device read too often',
    'every: 10s',
    'every: 10 ms',
    '8:12 10 ms is faster than dfrobot/a02yyuw can be read; write `1s` or more',
  ],
  [
    'a period that is none',
    'every: 10s',
    'every: soon',
    '8:12 "soon" is not a value with a unit; write for example `10s`',
  ],
  [
    'a source that does not fit',
    'source: ingest',
    'source: { simulated: x }',
    '11:61 generic/water-level is not read from `simulated`; its source is one of: ingest',
  ],
  [
    'a source that is none',
    'source: ingest',
    'source: mqtt',
    '11:61 "mqtt" has none of the forms that are allowed here; { serial',
  ],
  [
    'a source with a slip',
    'source: ingest',
    'source: { topci: a }',
    '11:63 unknown key `topci`; did you mean `topic`?',
  ],
  ['a source without words', 'source: ingest', 'source: {}', '11:61 {} has none of the forms that are allowed here; {'],
  ['an unknown board', 'board: roof', 'board: rof', '10:61 there is no board `rof`; did you mean `roof`?'],
  ['a board far from all', 'board: roof', 'board: x', '10:61 there is no board `x`; add it to `boards`; known: roof'],
  ['a missing pin', ', pin: 8', '', '10:52 the pin is missing; write for example `{ board: roof, pin: 4 }`'],
  [
    'a pin that cannot switch',
    'pin: 8',
    'pin: A8',
    '10:72 generic/relay cannot work on pin A8; one of these can: 4, 5',
  ],
  [
    'a pin that cannot count',
    'generic/relay, source: { board: roof, pin: 8 }',
    'generic/tipping-bucket, source: { board: roof, pin: 4 }',
    '10:81 generic/tipping-bucket cannot work on pin 4; one of these can: 2, 3',
  ],
  [
    'a pin that cannot measure',
    'generic/relay, source: { board: roof, pin: 8 }',
    'generic/level-transducer-0v5-4v5, source: { board: roof, pin: 3 }, settings: { fullScale: 5 m, datum: x }',
    '10:91 generic/level-transducer-0v5-4v5 cannot work on pin 3; one of these can: A0, A1',
  ],
  ['a unit that was mistyped', '3200 mm', '3200 mn', '9:31 the unit `mn` is not known; write for example `3200 mm`'],
  [
    'a password in an address',
    "'mqtts://broker",
    "'mqtts://joe:secret@broker",
    '19:22 user and password do not belong in the address; write them beside it: `username: …`',
  ],
  [
    'a port in quotes',
    'boards:',
    'broker: { port: "1883" }\nboards:',
    '2:17 "1883" is not a whole number; write it without quotes',
  ],
  [
    'a port that is none',
    '{ simulated: underpass-7 }',
    '{ tcp: "box:99999" }',
    '7:20 "box:99999" is not written as it should be; host:port of',
  ],
  [
    'line settings that are none',
    '{ simulated: underpass-7 }',
    '{ serial: /dev/x, line: 9600 8n1 }',
    '7:37 "9600 8n1" is not written as it should be; baud rate',
  ],
  [
    'two devices on one port',
    '{ simulated: underpass-7 }',
    '{ simulated: roof }',
    '7:13 `roof` is there already; give each its own port, pin or address',
  ],
  [
    'a rule for no device',
    'device: underpass-7',
    'device: underpass-8',
    '14:21 there is no device `underpass-8`; did you mean `underpass-7`?',
  ],
  [
    'a rule for no channel',
    'channel: depth',
    'channel: dept',
    '14:43 there is no channel `dept`; did you mean `depth`?',
  ],
  [
    'a rule without a condition',
    'above: 25 cm, ',
    '',
    '14:5 a rule needs one of `above`, `below`, `equals`; write for example `above: 25 cm`',
  ],
  ['a rule with two', 'above: 25 cm', 'above: 25 cm, below: 5 cm', '14:5 a rule needs one of'],
  ['a limit without unit', '25 cm', '0.25', '14:57 0.25 has no unit; write for example `0.25 m`'],
  ['a limit in another dimension', '25 cm', '25 hPa', '14:57 "25 hPa" is not a length; write for example'],
  [
    'a limit nobody can reach',
    '25 cm',
    '25 km',
    '14:57 no good value can lie above this: the alarm would never come; good values lie within -0.5 … 30 m',
  ],
  [
    'a way back beyond the limit',
    'clearBelow: 20 cm',
    'clearBelow: 30 cm',
    '14:86 `clearBelow` lies beyond `above`: the alarm would never end; clear below the limit',
  ],
  [
    'a way back that does not fit',
    'clearBelow: 20 cm',
    'clearAbove: 20 cm',
    '14:74 `clearAbove` does not go with `above`; use `clearBelow`',
  ],
  [
    'a way back of a state',
    'device: underpass-7, channel: depth, above: 25 cm',
    'device: siren-1, channel: on, equals: true',
    '14:67 `clearBelow` does not go with `equals`; remove it',
  ],
  [
    'a state for a number',
    'above: 25 cm, for: 10s, clearBelow: 20 cm',
    'equals: true',
    '14:50 `equals` of this kind does not fit a number; use `above` or `below`',
  ],
  [
    'a number for a state',
    'device: underpass-7, channel: depth',
    'device: siren-1, channel: on',
    '14:43 `above` needs a number; write `equals: true`',
  ],
  [
    'a text for a state',
    'device: underpass-7, channel: depth, above: 25 cm, for: 10s, clearBelow: 20 cm',
    "device: siren-1, channel: on, equals: 'on'",
    '14:43 `equals` of this kind does not fit a boolean; write `equals: true`',
  ],
  ['a hold time that is none', 'for: 10s', 'for: 10', '14:69 10 is not a text; write it with its unit, such as 10s'],
  ['a hold time of no time', 'for: 10s', 'for: 0s', '14:69 "0s" is not a time that can pass; write for example `10s`'],
  ['a way back of no time', 'clearFor: 60s', 'clearFor: 60 m', '14:103 "60 m" is not a time; write for example'],
  [
    'an unknown command',
    'siren-1/on',
    'siren-1/off',
    '17:23 there is no command `siren-1/off`; did you mean `siren-1/on`?',
  ],
  ['a rule whose blindness has a name too long', 'id: water-25cm', `id: ${'w'.repeat(60)}`, '13:9 `wwww'],
  [
    'a rule called as another’s blindness',
    'alarms:',
    'alarms:\n  - { id: water-25cm-blind, when: { device: siren-1, channel: on, equals: true } }',
    '14:9 its `blind: alarm` is called `water-25cm-blind`, as another rule is; rename one',
  ],
  [
    'an address with a port too high',
    'broker.example:8883',
    'broker.example:99999',
    '19:22 mqtts://broker.example:99999 is no address; write for example',
  ],
  [
    'an address that is none',
    'mqtts://broker.example:8883',
    'http://x',
    '19:22 "http://x" is not written as it should be; mqtts://host',
  ],
  [
    'a password for nobody',
    "url: 'mqtts",
    "passwordFile: x, url: 'mqtts",
    '19:5 `username` is missing; user name at the broker',
  ],
  [
    'a certificate without its key',
    "url: 'mqtts",
    "cert: x, url: 'mqtts",
    '19:5 `key` is missing; PEM file of the gateway',
  ],
  [
    'an unknown encoding',
    "url: 'mqtts",
    "encoding: zip, url: 'mqtts",
    '19:27 "zip" is not known here; did you mean `gzip`?',
  ],
  ['broken YAML', 'gateway: { id: lp-demo }', 'gateway: { id: lp-demo', '2:1 '],
  [
    'full-width punctuation',
    'severity: critical',
    'severity：critical',
    '15:5 this line has full-width punctuation; type',
  ],
];

const codeOf = (error: unknown): unknown => (error as GatewayError).code;

describe('a mistake is told with its line and column, what it is and what to do, in both languages', () => {
  test.each(spoils)('%s', async (_name, from, to, says) => {
    const problems = await problemsIn(spoiled(from, to));
    expect(problems.map(shown).find((one) => one.startsWith(says)) ?? problems.map(shown)).toEqual(expect.any(String));
    for (const { what, hint } of problems) {
      for (const words of [what, hint]) {
        expect(words?.en).toMatch(/\S/);
        expect(words?.zh).toMatch(/\S/);
      }
      expect(what.zh).not.toBe(what.en);
      const isForm = /^\W*(allowed|did you mean|\{ serial|mqtts?:)/.test(hint?.en ?? '');
      if (!isForm) expect(hint?.zh).not.toBe(hint?.en);
    }
  });

  test('all of them at once, in the order of the file, without one that only follows from another', async () => {
    const text = good
      .replace('dfrobot/a02yyuw', 'dfrobot/nothing')
      .replace('pin: 8', 'pin: 8, pim: 9')
      .replace('25 cm', '25');
    expect((await problemsIn(text)).map(({ line }) => line)).toEqual([10]);
    const settled = good.replace('dfrobot/a02yyuw', 'dfrobot/nothing').replace('siren-1/on', 'siren-1/up');
    expect((await problemsIn(settled)).map(shown)).toEqual([
      expect.stringMatching(/^6:14 There is no device profile/),
      expect.stringMatching(/^17:23 there is no command `siren-1\/up`/),
    ]);
  });

  test('in a file that is not there', async () => {
    expect(await loadConfig(join(directory, 'none.yaml'), profiles).catch(codeOf)).toBe('CONFIG_MISSING');
    expect(await loadConfig(directory, profiles).catch(codeOf)).toBe('FILE_UNREADABLE');
  });

  test('in an empty file', async () => {
    expect((await problemsIn('')).map(shown)).toEqual(['1:1 `gateway` is missing; which gateway this is']);
  });

  test('whatever is in the file, and never by a throw', async () => {
    const lines = good.split('\n');
    let [taken, refused] = [0, 0];
    const edit = fc.record({
      line: fc.nat({ max: lines.length - 1 }),
      at: fc.nat({ max: 100 }),
      length: fc.nat({ max: 12 }),
      put: fc.constantFrom(
        '',
        ' ',
        ':',
        '{',
        '}',
        '"',
        '- ',
        '0',
        'x',
        '\t',
        '*a',
        '&a ',
        '：',
        '\n',
        '!!set ',
        '[]',
        'null',
        '-1',
        '1e999',
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const changed = [...lines];
        for (const { line, at, length, put } of edits) {
          const text = changed[line] ?? '';
          changed[line] = text.slice(0, at) + put + text.slice(at + length);
        }
        const text = changed.join('\n');
        const loaded = await load(text);
        if (loaded.ok) taken++;
        else {
          refused++;
          expect(loaded.problems.length).toBeGreaterThan(0);
          for (const { line, column, what } of loaded.problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(text.split('\n').length + 1);
            expect(column).toBeGreaterThanOrEqual(1);
            expect(what.en).toMatch(/\S/);
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(5);
  });
});

const remarksOn = async (text: string): Promise<readonly string[]> => {
  const loaded = await load(text);
  return loaded.ok ? loaded.remarks.map(shown) : [];
};

describe('a remark', () => {
  test.each([
    ['an upstream that gets everything', good, '19:11 city gets every reading of every device; sharing lists'],
    [
      'MQTT 3.1.1',
      spoiled("url: 'mqtts", "protocol: 3.1.1, url: 'mqtts"),
      '19:27 with MQTT 3.1.1 a broker acks what its access list throws away; use protocol 5',
    ],
    ['no encryption', spoiled('mqtts://', 'mqtt://'), '19:22 readings and password travel unencrypted; use mqtts://'],
    [
      'a height from nowhere',
      spoiled(', settings: { datum: sill }', ''),
      '11:11 nobody knows what pump-house/level is measured from; add',
    ],
    [
      'a port that a logger dials from anywhere',
      spoiled('{ simulated: underpass-7 }', '{ listen: "0.0.0.0:9212" }'),
      '7:23 anyone who reaches 0.0.0.0:9212 can pretend to be underpass-7; keep it in a private network',
    ],
    [
      'a broker for everybody',
      spoiled('gateway:', 'broker: { host: 0.0.0.0 }\ngateway:'),
      '1:17 the broker listens on 0.0.0.0 without encryption; keep it',
    ],
  ])('is made on %s', async (_name, text, says) => {
    expect((await remarksOn(text)).filter((remark) => remark.startsWith(says))).toHaveLength(1);
  });

  test('is not made on what is as it should be', async () => {
    expect(await remarksOn(good)).toHaveLength(1);
    expect(await remarksOn(spoiled('mqtts://broker.example:8883', 'mqtt://127.0.0.1:1884'))).toHaveLength(1);
    expect(await remarksOn(spoiled('{ simulated: underpass-7 }', '{ listen: "127.0.0.1:9212" }'))).toHaveLength(1);
    expect(await remarksOn('gateway: { id: a }')).toEqual([]);
  });
});

test('a password that was written into an address is never repeated', async () => {
  const problems = await problemsIn(spoiled("'mqtts://broker", "'mqtts://joe:secret@broker"));
  expect(problems).toHaveLength(1);
  expect(JSON.stringify(problems)).not.toContain('secret@');
});
