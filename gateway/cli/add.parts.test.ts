import { existsSync } from 'node:fs';
import { chmod, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { lamppost } from '../test/cli/lamppost.ts';
import { VirtualPort } from '../test/pty.ts';
import { keys, Terminal } from '../test/terminal.ts';
import { describeWith } from '../test/tools.ts';

const config = `# the underpass at Shennan road
gateway: { id: lp-7,   timeZone: 'Asia/Shanghai' }   # ours
broker: { port: 1 }

devices:
  # the pump house publishes by itself
  - id: pump-house
    profile: generic/water-level
    source: ingest
    settings: { datum: gauge zero }   # asked the office
# nothing else yet
`;

describeWith(['socat'], 'a sensor on a port', () => {
  let cwd: string;
  let port: VirtualPort;
  let stopTalking: () => void;

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'lamppost-add-'));
    await writeFile(join(cwd, 'lamppost.yaml'), config);
    port = await VirtualPort.create();
    await port.plug();
    stopTalking = systemClock.every(100, () => port.send(Uint8Array.of(0xff, 0x07, 0xa1, 0xa7)));
  });
  afterEach(async () => {
    stopTalking();
    await port.close();
    await rm(cwd, { recursive: true, force: true });
  });

  const flags = (height: string, id = 'underpass-7', seconds = '5'): readonly string[] => [
    ...`add --id ${id} --profile dfrobot/a02yyuw --source serial=${port.path} --seconds ${seconds}`.split(' '),
    '--setting',
    `sensorHeight=${height}`,
    'datum=road surface',
  ];
  const written = (): Promise<string> => readFile(join(cwd, 'lamppost.yaml'), 'utf8');

  test('is added by flags after its first reading, and every other byte of the file stays', async () => {
    const { code, out, err } = await lamppost(flags('3200mm'), { cwd });
    expect(err).toContain('underpass-7 is in lamppost.yaml; the file as it was is lamppost.yaml.bak.');
    expect(code).toBe(0);
    expect(out).toBe('distance  1.953 m  good\ndepth     1.247 m  good\n');
    const block = [
      '  - id: underpass-7',
      '    profile: dfrobot/a02yyuw',
      `    source: { serial: ${port.path} }`,
      '    settings: { sensorHeight: 3200mm, datum: road surface }\n',
    ].join('\n');
    expect(await written()).toBe(config.replace('# asked the office\n', `# asked the office\n${block}`));
    expect(await readFile(join(cwd, 'lamppost.yaml.bak'), 'utf8')).toBe(config);

    const again = await lamppost(flags('3200mm', 'other'), { cwd });
    expect(again.err).toContain(`other cannot be added: ${port.path} is taken by underpass-7 already`);
  });

  test('is added behind a link, which stays one, and the file has the rights it had', async () => {
    const [link, real] = [join(cwd, 'lamppost.yaml'), join(cwd, 'real.yaml')];
    await rename(link, real);
    await symlink('real.yaml', link);
    await chmod(real, 0o666);
    const { code } = await lamppost(flags('3200mm'), { cwd });
    expect(code).toBe(0);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await stat(real)).mode & 0o777).toBe(0o666);
    expect(await readFile(real, 'utf8')).toContain('id: underpass-7');
  });

  test('is refused where it would hang beyond its range, and the file stays', async () => {
    const { code, err } = await lamppost(flags('9m'), { cwd });
    expect(code).toBe(78);
    expect(err).toContain('the sensor sees from 3 cm to 450 cm');
    expect(await written()).toBe(config);
  });

  test('that says nothing is not added', async () => {
    stopTalking();
    const { code, err } = await lamppost(flags('3200mm', 'underpass-7', '1'), { cwd });
    expect(code).toBe(69);
    expect(err).toContain('underpass-7 gave no reading within 3 s');
    expect(await readdir(cwd)).toEqual(['lamppost.yaml']);
  });

  test('is found, asked about and added on a terminal, where one can go back, and nothing is written before the end', async () => {
    const terminal = new Terminal(['add', '--source', `serial=${port.path}`, '--seconds', '8'], { cwd });
    try {
      await terminal.sees('only the label on the device decides');
      await terminal.sees('Which device is it?');
      terminal.press(keys.enter);
      await terminal.sees('How high is the face of the sensor');
      terminal.press(`9 m${keys.enter}`);
      await terminal.sees('the sensor sees from 3 cm to 450 cm');
      terminal.press(`${keys.clear}3 m${keys.enter}`);
      await terminal.sees('What is the height measured from?');
      terminal.press(keys.escape);
      await terminal.sees('How high is the face of the sensor');
      terminal.press(`3200 mm${keys.enter}`);
      await terminal.sees('What is the height measured from?');
      terminal.press(`road surface${keys.enter}`);
      await terminal.sees('called in topics');
      terminal.press(`${keys.clear}underpass-7${keys.enter}`);
      await terminal.sees('A name for people?');
      terminal.press(keys.enter);
      await terminal.sees('Time between readings?');
      terminal.press(keys.enter);
      await terminal.sees('depth     1.247 m  good');
      await terminal.sees('What now?');
      expect(await written()).toBe(config);
      terminal.press(keys.enter);
      expect(await terminal.ended).toBe(0);
    } finally {
      terminal.stop();
    }
    expect(await written()).toContain(
      '    settings: { sensorHeight: 3200 mm, datum: road surface }\n# nothing else yet',
    );
  });

  test('is not added when somebody leaves, and Chinese is spoken to those who do', async () => {
    await rm(join(cwd, 'lamppost.yaml'));
    const terminal = new Terminal(['add', '--source', `serial=${port.path}`, '--seconds', '1'], {
      cwd,
      lang: 'zh_CN.UTF-8',
    });
    try {
      await terminal.sees('本网关的标识是？');
      terminal.press(keys.enter);
      await terminal.sees('请以铭牌为准');
      terminal.press(keys.leave);
      await terminal.sees('已退出，未写入任何内容');
      expect(await terminal.ended).toBe(1);
    } finally {
      terminal.stop();
    }
    expect(existsSync(join(cwd, 'lamppost.yaml'))).toBe(false);
    expect(await readdir(cwd)).toEqual([]);
  });
});

test('without a terminal everything that is missing is named', async () => {
  const { code, err } = await lamppost(['add', '--id', 'x'], { cwd: tmpdir() });
  expect(code).toBe(64);
  expect(err).toContain('missing: --profile, --source; on a terminal they are asked for');
});
