import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { openSerial } from '../field/transports/serial.ts';
import { lamppost, type Ran } from '../test/cli/lamppost.ts';
import { VirtualPort } from '../test/pty.ts';
import { describeWith } from '../test/tools.ts';

const frame = Uint8Array.of(0xff, 0x07, 0xa1, 0xa7);
const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;

describeWith(['socat'], 'a port with a sensor that sends by itself', () => {
  let cwd: string;
  let port: VirtualPort;
  let stopTalking: () => void;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'lamppost-probe-'));
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));
  beforeEach(async () => {
    port = await VirtualPort.create();
    await port.plug();
    stopTalking = systemClock.every(100, () => port.send(frame));
  });
  afterEach(async () => {
    stopTalking();
    await port.close();
  });

  test('probe finds its profile among all, and what it keeps gives the same readings when it is replayed', async () => {
    const probed = await lamppost(['probe', port.path, '--seconds', '1', '--capture', 'c.ndjson', '--json'], { cwd });
    expect(probed.code).toBe(0);
    const { likely, candidates } = JSON.parse(probed.out) as {
      likely: string[];
      candidates: { profile: string; messages: number; values: object[] }[];
    };
    expect(likely).toContain('dfrobot/a02yyuw');
    const found = candidates.find(({ profile }) => profile === 'dfrobot/a02yyuw');
    expect(found?.values).toContainEqual({ channel: 'distance', value: 1.953, quality: 'good' });

    const replayed = await lamppost(['replay', 'c.ndjson', '--profile', 'dfrobot/a02yyuw', '--json'], { cwd });
    expect(replayed.code).toBe(0);
    const rows = replayed.out
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row) as { values?: object[] });
    expect(rows.flatMap(({ values = [] }) => values).at(-1)).toEqual(found?.values[0]);
    expect(rows.at(-1)).toMatchObject({ messages: found?.messages, bad: 0, garbageBytes: 0 });
    expect(found?.messages).toBeGreaterThan(5);
  });

  test('probe shows the bytes, the readings and the command to go on with', async () => {
    const { out } = await lamppost(['probe', port.path, '--seconds', '0.6', '--profile', 'dfrobot/a02yyuw'], { cwd });
    expect(out).toMatch(/^Heard at 9600 8N1: \d+ bytes$/m);
    expect(out).toContain('  FF 07 A1 A7 FF 07 A1 A7');
    expect(out).toMatch(/distance +1\.953 m +good/);
    expect(out).toMatch(/depth +needs sensorHeight/);
    expect(out).toContain(`→ lamppost add --profile dfrobot/a02yyuw --source serial=${port.path}`);
  });

  test('a port that somebody holds is not touched, and he is named', async () => {
    const link = await openSerial(port.path, line);
    const { code, err } = await lamppost(['probe', port.path], { cwd });
    await link.close();
    expect(code).toBe(69);
    expect(err).toMatch(/is in use by .*\(process \d+\) \[PORT_HELD\]/);
  });

  test('a device of the configuration is shown step by step, from its bytes to its readings', async () => {
    const settings = 'settings: { sensorHeight: 3200 mm, datum: road surface }';
    const device = `{ id: depth-1, profile: dfrobot/a02yyuw, source: { serial: ${port.path} }, ${settings} }`;
    await writeFile(join(cwd, 'lamppost.yaml'), `gateway: { id: x }\ndevices: [${device}]\n`);
    const { code, out } = await lamppost(['probe', 'depth-1', '--seconds', '0.5'], { cwd });
    await rm(join(cwd, 'lamppost.yaml'));
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual(
      expect.arrayContaining([
        '  bytes     FF 07 A1 A7',
        '  fields    range = 1953',
        '  settings  sensorHeight = 3200 mm',
        '  value     depth = sensorHeight - echo = 1247 mm',
        '  reading   depth  1.247 m  good',
      ]),
    );
  });

  test('a silent port ends with what to look at', async () => {
    stopTalking();
    const args = ['probe', port.path, '--seconds', '0.3', '--line', '9600 8N1', '--only-listen', '--lang', 'zh'];
    const { code, out } = await lamppost(args, { cwd });
    expect(code).toBe(1);
    expect(out).toContain('没有收到数据（已试 9600 8N1）');
  });
});

/** The maker's own frame under a sensor that hangs so high. */
const tried = (height: string): Promise<Ran> => {
  const args = ['profiles', 'test', 'dfrobot/a02yyuw', '--bytes', 'FF 07 A1 A7', '--setting', `sensorHeight=${height}`];
  return lamppost(args, { cwd: tmpdir() });
};

test('a profile is tried on bytes step by step, and a mounting beyond its range is refused in its own words', async () => {
  const [good, beyond] = await Promise.all([tried('3.2m'), tried('9m')]);
  expect(good.code).toBe(0);
  expect(good.out.split('\n')).toContain('  value     depth = sensorHeight - echo = 1247 mm');
  expect(good.out).toContain('depth  1.247 m  good');
  expect(beyond.code).toBe(64);
  expect(beyond.err).toContain('the sensor sees from 3 cm to 450 cm');
});

test('replay takes bytes as people paste them, and names the line of a capture that is broken', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'lamppost-replay-'));
  await writeFile(join(cwd, 'pasted.txt'), 'FF 07 A1 A7\n00 01\nFF 07 A2 A8\n');
  await writeFile(join(cwd, 'broken.ndjson'), '{"capture":"lamppost","v":1}\n{"ms":1,"rx":"F"}\n');
  const [{ out, err }, broken] = await Promise.all([
    lamppost(['replay', 'pasted.txt', '--profile', 'dfrobot/a02yyuw'], { cwd }),
    lamppost(['replay', 'broken.ndjson'], { cwd }),
  ]);
  expect(out).toContain('distance 1.953 m good');
  expect(out).toMatch(/✖ 2 bytes thrown away: no frame begins here with FF {2}00 01/);
  expect(err).toContain('thrown away 2');
  expect(broken.code).toBe(65);
  expect(broken.err).toContain('broken.ndjson:2 is not a line of a capture');
  await rm(cwd, { recursive: true, force: true });
});

test('a new profile lands in the folder of one’s own, passes its examples, and is known to all commands', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'lamppost-own-'));
  await writeFile(join(cwd, 'lamppost.yaml'), 'gateway: { id: x }\nprofiles: ./own\n');
  const flags = ['--kind', 'frame', '--quantity', 'water_distance', '--example', 'FF 07 A1 A7'];
  const made = await lamppost(['profiles', 'new', 'acme/level-3', ...flags], { cwd });
  expect(made.out).toBe('own/acme/level-3.yaml\n');
  const add = 'add --id x --profile acme/level-3 --source serial=/dev/ttyS9 --unheard --dry-run'.split(' ');
  const [tested, added] = await Promise.all([
    lamppost(['profiles', 'test', 'acme/level-3'], { cwd }),
    lamppost(add, { cwd }),
  ]);
  expect(tested.out).toBe('✔ acme/level-3  2 examples\n');
  expect(added.out).toContain('profile: acme/level-3');
  await rm(cwd, { recursive: true, force: true });
});

test('a new profile beside no configuration yet is known there, and comes along into the one that is made', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'lamppost-first-'));
  const flags = ['--kind', 'frame', '--quantity', 'water_distance', '--example', 'FF 07 A1 A7'];
  const made = await lamppost(['profiles', 'new', 'acme/level-3', ...flags], { cwd });
  expect(made.out).toBe('profiles/acme/level-3.yaml\n');
  const text = await readFile(join(cwd, 'profiles/acme/level-3.yaml'), 'utf8');
  const [, schema = ''] = /\$schema=(.*)/.exec(text) ?? [];
  expect(existsSync(resolve(cwd, 'profiles/acme', schema))).toBe(true);
  const added = await lamppost('add --id x --profile acme/level-3 --source serial=/dev/ttyS9 --unheard'.split(' '), {
    cwd,
  });
  expect(added.code).toBe(0);
  expect(await readFile(join(cwd, 'lamppost.yaml'), 'utf8')).toContain('\nprofiles: ./profiles\n');
  const checked = await lamppost(['config', 'check'], { cwd });
  expect(checked.err).toContain('lamppost.yaml is right');
  const byFile = await lamppost('add --id y --profile ./level-3.yaml --source ingest'.split(' '), { cwd });
  expect(byFile.err).toContain('A gateway knows profiles by name');
  await rm(cwd, { recursive: true, force: true });
});

test('a single message that is not understood is told with its reason', async () => {
  const bytes = ['--bytes', 'FF 07 A1 A8'];
  const { code, out } = await lamppost(['profiles', 'test', 'dfrobot/a02yyuw', ...bytes], { cwd: tmpdir() });
  expect(code).toBe(65);
  expect(out).toContain('✖ 4 bytes thrown away: the checksum does not fit  FF 07 A1 A8');
});

test('an address where nobody listens is looked for on the network, not among the serial ports', async () => {
  const { code, err } = await lamppost(['probe', '127.0.0.1:9'], { cwd: tmpdir() });
  expect(code).toBe(69);
  expect(err).toContain('127.0.0.1:9 cannot be reached: nothing listens on that port [ADDRESS_UNUSABLE]');
});

test('a silent address is not told to swap its wires, but how Modbus TCP is written', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { out } = await lamppost(['probe', `127.0.0.1:${port}`, '--seconds', '0.2', '--only-listen'], {
    cwd: tmpdir(),
  });
  expect(out).toContain('`framing: tcp`');
  expect(out).not.toContain('TX of the device');
  server.close();
});
