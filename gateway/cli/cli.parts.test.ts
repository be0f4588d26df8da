import { spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reading } from '../model/reading.ts';
import { Lamppost, lamppost, Site, type Ran } from '../test/cli/lamppost.ts';
import { freePort } from '../test/free-port.ts';
import type { StatusView } from './status-view.ts';
import { pause } from '../test/wait.ts';

const config = `gateway: { id: lp-test, timeZone: Asia/Shanghai }
journal: { dir: ./data, budget: 64MiB, commitMs: 50 }
broker: { port: {port}, users: ./secrets/users }
devices:
  - { id: pump-house, profile: generic/water-level, source: ingest, settings: { datum: gauge zero } }
  - { id: air-1, profile: generic/air-temperature, source: ingest }
alarms:
  - id: level-high
    when: { device: pump-house, channel: level, above: 25 cm, clearBelow: 20 cm }
    severity: critical
    text: { en: Pump house is over 25 cm, zh: 泵站水位超过 25 厘米 }
upstreams: []
`;

let site: Site;

beforeAll(async () => {
  site = await Site.make(config);
});
afterAll(() => site.remove());

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
const readingsIn = (text: string): readonly Reading[] => linesOf(text).map((line) => JSON.parse(line) as Reading);

describe('with a running gateway', () => {
  beforeAll(async () => {
    await site.start();
    await site.publish('ingest/air-1', { temperature: 21.5 });
    await site.publish('ingest/pump-house', { level: { value: 10, unit: 'cm' } });
    await site.publish('ingest/pump-house', { level: { value: 42, unit: 'cm' } });
  });

  test('status says on one line how it is, then what every device, alarm and upstream does', async () => {
    // `latest` is published once a second.
    await pause(1100);
    const { code, out, err } = await site.run(['status']);
    expect(err).toBe('');
    expect(code).toBe(0);
    const [first, ...others] = linesOf(out);
    expect(first).toMatch(/^▲ lp-test works since \d\d:\d\d \(\d+ s\): alarm: Pump house is over 25 cm → watch it/);
    expect(others.join('\n')).toMatch(/● air-1 +temperature +21\.5 °C +\d+ s +good/);
    expect(others.join('\n')).toMatch(/● pump-house +level +0\.42 m +\d+ s +good/);
    expect(others.join('\n')).toContain('critical · not acknowledged');
  });

  test('status speaks Chinese to those who do', async () => {
    const { out } = await site.run(['status'], { env: { LANG: 'zh_CN.UTF-8' } });
    expect(out).toContain('告警：泵站水位超过 25 厘米');
    expect(out).toMatch(/● pump-house +level +0\.42 m +\d+ 秒 +正常/);
  });

  test('status gives programs one document', async () => {
    const { code, out } = await site.run(['status', '--json']);
    const view = JSON.parse(out) as StatusView & { isFine: boolean };
    expect(code).toBe(0);
    expect(view).toMatchObject({ gateway: 'lp-test', isFine: false, backlog: { upstreams: [] } });
    expect(view.devices.map(({ description }) => description.device)).toEqual(['air-1', 'pump-house']);
    expect(view.alarms.map(({ rule }) => rule)).toEqual(['level-high']);
  });

  test('tail writes readings as they are published, and ends well on Ctrl+C', async () => {
    const tail = new Lamppost(['tail', '--json', 'air-1'], { cwd: site.directory });
    let sent = 0;
    const sending = setInterval(() => void site.publish('ingest/air-1', { temperature: 22, ref: `t${sent++}` }), 300);
    await tail.until(/"value":22/).finally(() => clearInterval(sending));
    const { code, out, err } = await tail.stop('SIGINT');
    expect(code).toBe(0);
    expect(err).toBe('');
    const readings = readingsIn(out);
    expect(readings.length).toBeGreaterThan(0);
    for (const reading of readings) {
      expect(reading).toMatchObject({ device: 'air-1', channel: 'temperature', value: 22, unit: 'Cel' });
    }
  });

  test('tail shows open alarms at once, and stays when the gateway is started again', async () => {
    const tail = new Lamppost(['tail', 'pump-house'], { cwd: site.directory });
    await tail.until(/pump-house +▲ alarm · critical · Pump house is over 25 cm \(level-high\)/);
    await site.stop();
    await tail.until(/The gateway is gone/);
    await site.start();
    let sent = 0;
    const sending = setInterval(() => void site.publish('ingest/pump-house', { level: 1, ref: `a${sent++}` }), 300);
    await tail.until(/pump-house +level +1 m +good/).finally(() => clearInterval(sending));
    expect((await tail.stop('SIGINT')).code).toBe(0);
  });

  test('tail shows what was not understood, and why', async () => {
    const tail = new Lamppost(['tail'], { cwd: site.directory });
    const sending = setInterval(() => void site.publish('ingest/pump-house', { levl: 1 }), 300);
    await tail
      .until(/✖ not taken: the device has no channel "levl"; did you mean `level`\?/)
      .finally(() => clearInterval(sending));
    expect((await tail.stop('SIGINT')).code).toBe(0);
  });

  test('a device that is not there ends with what was meant, not with waiting', async () => {
    for (const args of [
      ['tail', 'pump-hose'],
      ['history', '--device', 'pump-hose'],
    ]) {
      const { code, err } = await site.run(args);
      expect(code).toBe(64);
      expect(err).toBe(
        'There is no device or channel pump-hose [DEVICE_UNKNOWN]\n' +
          '→ Did you mean `pump-house`? `lamppost status` shows all that you may see.\n',
      );
    }
  });

  test('history asks the gateway, oldest first', async () => {
    const { code, out, err } = await site.run(['history', '--json', '--device', 'pump-house', '--from', '1h']);
    expect([code, err]).toEqual([0, '']);
    const values = readingsIn(out).map(({ value }) => value);
    expect(values.slice(0, 2)).toEqual([0.1, 0.42]);
  });

  test('backlog says plainly that there is no upstream', async () => {
    expect((await site.run(['backlog'])).out).toMatch(/^There are no upstreams: readings stay here\.\nJournal: /);
    expect(JSON.parse((await site.run(['backlog', '--json'])).out)).toMatchObject({
      gateway: 'lp-test',
      upstreams: [],
      journal: { head: expect.any(Number) },
    });
  });

  test('a user that was added can log in, does what it may and no more', async () => {
    const added = await site.run(['user', 'add', 'plc', '--ingest', 'pump-house']);
    expect(added.code).toBe(0);
    const password = added.out.trim();
    expect(password).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/);
    expect(await readFile(join(site.directory, 'secrets/users'), 'utf8')).not.toContain(password);
    await site.publish('ingest/pump-house', { level: 0.11 }, { username: 'plc', password });
    await expect(site.publish('ingest/pump-house', {}, { username: 'plc', password: 'x' })).rejects.toThrow(
      /Bad username/,
    );
    const login = ['--user', 'plc', '--password-file', '-'];
    const asked = await site.run(['backlog', ...login], { input: `${password}\n` });
    expect(asked.code).toBe(69);
    expect(asked.err).toContain('[BROKER_REFUSED]');
    expect((await site.run(['backlog', ...login], { input: 'wrong\n' })).err).toContain('[BROKER_REFUSED]');
    expect((await site.run(['user', 'list'])).out).toBe('plc  --ingest pump-house\n');
  });

  test('a user that may read sees the status with its password from a file', async () => {
    const file = join(site.directory, 'boss');
    await writeFile(file, 'a long password\n', { mode: 0o600 });
    await site.run(['user', 'add', 'boss', '--read', '*', '--ask', '--password-file', file]);
    const { code, out, err } = await site.run(['status', '--user', 'boss', '--password-file', file]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('● air-1');
    expect((await site.run(['user', 'remove', 'boss'])).code).toBe(0);
    expect((await site.run(['status', '--user', 'boss', '--password-file', file])).code).toBe(69);
  });

  test('doctor recognises the gateway that runs', async () => {
    const { out } = await site.run(['doctor', '--json']);
    const { checks } = JSON.parse(out) as { checks: readonly { id: string; state: string; saw: string }[] };
    expect(checks.find(({ id }) => id === 'broker')).toMatchObject({
      state: 'ok',
      saw: expect.stringMatching(/^gateway lp-test runs: node lamppost\.js \(process \d+\)$/),
    });
  });

  test('a configuration with a slip in it does not keep anybody from looking', async () => {
    const file = join(site.directory, 'slip.yaml');
    await writeFile(file, `${await readFile(join(site.directory, 'lamppost.yaml'), 'utf8')}devicse: []\n`);
    expect((await site.run(['status', '-c', file])).out).toContain('lp-test works since');
  });

  test('another gateway on the port is not taken for ours', async () => {
    const file = join(site.directory, 'other.yaml');
    await writeFile(file, config.replaceAll('lp-test', 'lp-other').replaceAll('{port}', String(site.port)));
    const { code, err } = await site.run(['status', '-c', file]);
    expect(code).toBe(69);
    expect(err).toContain(`is lp-test, not lp-other of ${file} [GATEWAY_OTHER]`);
    expect((await site.run(['status', '-c', file, '--url', `127.0.0.1:${site.port}`])).code).toBe(0);
  });
});

describe.concurrent('with the gateway down', () => {
  beforeAll(() => site.stop());

  test('what needs it ends with 69 and says what to do', async () => {
    const runs = await Promise.all([['status'], ['tail'], ['backlog']].map((args) => site.run(args)));
    for (const { code, out, err } of runs) {
      expect([code, out]).toEqual([69, '']);
      expect(err).toMatch(
        /^No gateway answers on mqtt:\/\/127\.0\.0\.1:\d+: nothing listens on that port \[GATEWAY_UNREACHABLE\]\n→ Start it with `lamppost run`/,
      );
    }
  });

  test('programs get errors as JSON too', async () => {
    const { code, err } = await site.run(['status', '--json']);
    expect(code).toBe(69);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'GATEWAY_UNREACHABLE', exit: 69 } });
  });

  test('history reads the journal itself', async () => {
    const { code, out, err } = await site.run(['history', '--json', '--device', 'air-1']);
    expect(code).toBe(0);
    expect(err).toMatch(/^The gateway does not run; this is its journal in .*data\.\n$/);
    expect(readingsIn(out)[0]).toMatchObject({ value: 21.5 });
  });

  test('history fills a spreadsheet', async () => {
    const { out } = await site.run(['history', '--csv', 'pump-house/level', '--limit', '2']);
    const [head, ...rows] = linesOf(out);
    expect(head).toBe('id,at,device,channel,quantity,value,unit,quality,why,clock,start,stat,n');
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^\d+-\d+,\d{4}-\d\d-\d\dT[\d:.]+Z,pump-house,level,water_level,[\d.]+,m,good,,\w+,,,$/);
  });

  test('whoever reads only the first line ends it quietly', async () => {
    const script = `"${process.execPath}" gateway/lamppost.js -c "${site.directory}/lamppost.yaml" history --json | head -n 1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
    expect(linesOf(stdout)).toHaveLength(1);
    expect(stderr).toMatch(/^The gateway does not run[^\n]*\n$/);
  });

  test('doctor finds what is wrong, and one step that mends it', async () => {
    const file = join(site.directory, 'ill.yaml');
    const upstream = `- { id: city, url: 'mqtts://127.0.0.1:${await freePort()}', username: x, passwordFile: ./secret }`;
    await writeFile(join(site.directory, 'secret'), 'x');
    await chmod(join(site.directory, 'secret'), 0o644);
    const board = '{ id: roof, source: { serial: /dev/ttyUSB77 } }';
    const text = config.replaceAll('{port}', String(site.port)).replace('upstreams: []', `upstreams:\n  ${upstream}`);
    await writeFile(file, `${text}boards: [${board}]\n`);
    const { code, out, err } = await site.run(['doctor', '-c', file]);
    expect(code).toBe(1);
    expect(out).toMatch(/✖ Serial ports +\/dev\/ttyUSB77: is not there.*\n +→ lamppost ports/);
    expect(out).toMatch(/✖ .*secret: others can read it \(0644\)\n +→ chmod 600 .*secret/);
    expect(out).toMatch(/✖ Upstreams +city: 127\.0\.0\.1:\d+ is there, but nothing listens\n/);
    expect(out).toMatch(/! Gateway +127\.0\.0\.1:\d+: no gateway runs; the port is free\n +→ lamppost run\n/);
    expect(err).toMatch(/^3 to mend, \d to know of\.\n$/);
  });
});

const here = (args: readonly string[], options: { readonly env?: Record<string, string> } = {}): Promise<Ran> =>
  lamppost(args, { cwd: site.directory, ...options });

describe.concurrent('without any gateway', () => {
  test('config check names file, line, column, what is wrong and what to do', async () => {
    await writeFile(
      join(site.directory, 'typo.yaml'),
      config.replace('severity: critical', 'severity: critcal').replaceAll('{port}', '1'),
    );
    const { code, out, err } = await here(['config', 'check', 'typo.yaml']);
    expect(code).toBe(78);
    expect(out).toBe('typo.yaml:10:15: "critcal" is not known here [CONFIG_INVALID]\n  → did you mean `critical`?\n');
    expect(err).toBe('1 to mend in typo.yaml.\n');
    const zh = await here(['--lang', 'zh', 'config', 'check', 'typo.yaml']);
    expect(zh.out).toBe('typo.yaml:10:15: 不认识 "critcal" [CONFIG_INVALID]\n  → 是否想写 `critical`？\n');
    const json = await here(['config', 'check', 'typo.yaml', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ isRight: false, problems: [{ line: 10, column: 15 }], remarks: [] });
  });

  test('config check lets a right one pass, and is clear about one that is not there', async () => {
    expect(await here(['config', 'check'])).toEqual({
      code: 0,
      out: '',
      err: 'lamppost.yaml is right: gateway lp-test, devices 2, alarm rules 1, upstreams 0.\n',
    });
    const { code, err } = await here(['config', 'check', 'nowhere.yaml']);
    expect(code).toBe(78);
    expect(err).toContain('[CONFIG_MISSING]');
  });

  test('profiles test runs all examples, and shows the difference where one fails', async () => {
    const all = await here(['profiles', 'test']);
    expect(all.code).toBe(0);
    expect(linesOf(all.out).length).toBeGreaterThanOrEqual(6);
    const relay = await readFile('device-profiles/generic/relay.yaml', 'utf8');
    const file = join(site.directory, 'relay.yaml');
    await writeFile(file, relay.replace('channel: on, value: true', 'channel: on, value: false'));
    const { code, out } = await here(['profiles', 'test', 'relay.yaml', 'bosch/bmp180']);
    expect(code).toBe(65);
    expect(out).toBe(
      '✖ generic/relay  3 examples\n  ✖ switched on\n      - on false 1 good\n      + on true 1 good\n✔ bosch/bmp180  3 examples\n',
    );
    await writeFile(file, relay.replace('quantity: switch_on', 'quantity: swich_on'));
    const broken = await here(['profiles', 'test', 'relay.yaml']);
    expect(broken.code).toBe(65);
    expect(broken.out).toMatch(/✖ relay\.yaml\n {2}relay\.yaml:\d+:\d+: .*did you mean `switch_on`/);
  });

  test('profiles show tells a technician what to do, in his language', async () => {
    const { code, out } = await here(['profiles', 'show', 'dfrobot/a02yyuw'], { env: { LANG: 'zh_CN.UTF-8' } });
    expect(code).toBe(0);
    expect(out).toContain('接线\n  1. 将传感器安装在');
    expect(out).toContain('sensorHeight：探头面到路面的高度是多少？');
    const unknown = await here(['profiles', 'show', 'dfrobot/a02yyu']);
    expect(unknown.code).toBe(65);
    expect(unknown.err).toContain('did you mean `dfrobot/a02yyuw`?');
  });

  test('profiles show writes out the bus of a device that shares its line, and the topic as its maker has it', async () => {
    const [meter, room] = await Promise.all([
      here(['profiles', 'show', 'eastron/sdm120']),
      here(['profiles', 'show', 'zigbee2mqtt/climate']),
    ]);
    expect(meter.out).toContain('buses:\n    - id: rs485-1\n');
    expect(meter.out).toContain('source: { bus: rs485-1, address: 1 }');
    expect(room.out).toContain('source: { topic: zigbee2mqtt/door4 }');
  });

  test('ports and version answer with a document', async () => {
    expect(Array.isArray(JSON.parse((await here(['ports', '--json'])).out))).toBe(true);
    expect(JSON.parse((await here(['version', '--json'])).out)).toMatchObject({ node: process.versions.node });
  });

  test('wrong use ends with 64 and the word that was meant', async () => {
    expect(await here(['stats'])).toEqual({
      code: 64,
      out: '',
      err: 'there is no command `stats`; did you mean `status`? [USAGE]\n→ `lamppost --help` shows how it is used.\n',
    });
    expect((await here(['tail', '--jsn'])).code).toBe(64);
    expect((await here(['history', '--from', 'yesterday'])).code).toBe(64);
    expect((await here(['profiles'])).code).toBe(64);
  });

  test('help is there at once: it loads nothing that a gateway runs on', async () => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => { process.stderr.write(url + '\\n'); return next(url, context); } });`;
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` };
    const { code, out, err } = await here(['--help'], { env });
    expect(code).toBe(0);
    expect(out).toContain('Usage: lamppost [options] [command]');
    const loaded = linesOf(err);
    expect(loaded.some((url) => url.includes('commander'))).toBe(true);
    expect(loaded.filter((url) => /\/(aedes|serialport|mqtt|johnny-five|ajv|yaml|string-width)\//.test(url))).toEqual(
      [],
    );
    expect(loaded.length).toBeLessThan(40);
  });
});
