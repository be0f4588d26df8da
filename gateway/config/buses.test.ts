import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';
import { whatAndHint } from '../platform/problem.ts';
import { openProfiles } from '../profiles/load.ts';
import { loadConfig, type LoadedConfig } from './load.ts';

const profiles = openProfiles(rootPath('gateway/test/bus/profiles'));
let directory = '';
let written = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-config-'));
});
afterAll(() => rm(directory, { recursive: true }));

const good = `gateway: { id: lp-demo }
buses:
  - { id: rs485-1, source: { serial: /dev/ttyUSB0 }, line: 9600 8N1 }
  - { id: cabinet, source: { tcp: "10.0.0.7:502" }, framing: tcp }
devices:
  - { id: pump, profile: test/relay, source: { bus: rs485-1, address: 3 } }
  - { id: meter, profile: test/meter, source: { bus: rs485-1, address: '000000000161' } }
  - { id: far, profile: test/relay, source: { bus: cabinet, address: 255 } }
`;

async function load(text: string): Promise<LoadedConfig> {
  const file = join(directory, `${++written}.yaml`);
  await writeFile(file, text);
  return loadConfig(file, profiles);
}

test('buses and the addresses on them are taken', async () => {
  const loaded = await load(good);
  expect(loaded).toMatchObject({
    ok: true,
    remarks: [],
    settings: {
      buses: [
        { id: 'rs485-1', source: { kind: 'serial' }, line: { baudRate: 9600 }, framing: 'rtu' },
        { id: 'cabinet', source: { kind: 'tcp', port: 502 }, framing: 'tcp' },
      ],
      devices: [
        { source: { kind: 'bus', bus: 'rs485-1', address: 3 } },
        { source: { kind: 'bus', bus: 'rs485-1', address: '000000000161' } },
        { source: { kind: 'bus', bus: 'cabinet', address: 255 } },
      ],
    },
  });
});

test.each([
  [
    'an unknown bus',
    'bus: rs485-1, address: 3',
    'bus: rs486-1, address: 3',
    '6:53 there is no bus `rs486-1`; did you mean `rs485-1`?',
  ],
  [
    'a number for a meter',
    "address: '000000000161'",
    'address: 4',
    "7:72 test/meter has an address of 12 digits; copy it from the meter, in quotes: '000000000004'",
  ],
  [
    'two slaves with one address',
    "{ id: meter, profile: test/meter, source: { bus: rs485-1, address: '000000000161' } }",
    '{ id: other, profile: test/probe, source: { bus: rs485-1, address: 3 } }',
    '7:47 `pump` is there already; give each its own port, pin or address',
  ],
  [
    'an address that Modbus does not have',
    'rs485-1, address: 3',
    'rs485-1, address: 248',
    '6:71 248 is no Modbus address; 1 to 247',
  ],
  [
    'a lone device’s address on a line',
    'rs485-1, address: 3',
    'rs485-1, address: 255',
    '6:71 255 is no Modbus address; 1 to 247',
  ],
  [
    'digits for a slave',
    'rs485-1, address: 3',
    "rs485-1, address: '000000000003'",
    '6:71 000000000003 is no Modbus address',
  ],
  [
    'a slave without a bus',
    'source: { bus: rs485-1, address: 3 }',
    'source: { serial: /dev/ttyUSB1 }',
    '6:46 test/relay is not read from `serial`; declare its line under `buses` and write `{ bus: …, address: … }`',
  ],
  [
    'a meter behind Modbus TCP',
    "bus: rs485-1, address: '0",
    "bus: cabinet, address: '0",
    '7:54 test/meter does not speak Modbus TCP; write `framing: rtu` at the bus cabinet',
  ],
  [
    'Modbus TCP on a serial line',
    'line: 9600 8N1',
    'framing: tcp',
    '3:63 a serial line has no Modbus TCP; write `framing: rtu`, or leave it out',
  ],
  [
    'two speeds on one line',
    ', line: 9600 8N1',
    '',
    '7:27 test/meter comes with 2400 8E1, and pump on the same bus with 9600 8N1; set all devices to one line and write it at the bus: `line: 9600 8N1`',
  ],
  [
    'one port for two buses',
    '{ tcp: "10.0.0.7:502" }, framing: tcp',
    '{ serial: /dev/ttyUSB0 }',
    '4:28 `rs485-1` is there already',
  ],
  ['a framing that is none', 'framing: tcp', 'framing: ascii', '4:62 "ascii" is not known here; allowed: rtu, tcp'],
])('%s is told at its place', async (_name, from, to, says) => {
  expect(good).toContain(from);
  const loaded = await load(good.replace(from, to));
  const [first] = loaded.ok ? [] : loaded.problems;
  expect(first && `${first.line}:${first.column} ${whatAndHint(first).en}`).toContain(says);
  expect(first?.what.zh).toMatch(/[一-鿿]/);
});

test('a port that mostly speaks Modbus TCP is remarked on when the framing is that of a line', async () => {
  const loaded = await load(good.replace(', framing: tcp', '').replace('address: 255', 'address: 9'));
  expect(loaded.ok && loaded.remarks.map(({ line, what }) => `${line} ${what.en}`)).toEqual([
    '4 port 502 mostly speaks Modbus TCP',
  ]);
});
