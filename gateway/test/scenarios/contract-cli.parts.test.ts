import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from '../cli/lamppost.ts';

const base = 'gateway: { id: lp-test }\nbroker: { port: {port}, users: ./users }\nweb: { port: 0 }\n';

describe.concurrent('the command line', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.make(base);
    await writeFile(join(site.directory, 'broken.yaml'), 'profile: generic/relay\n');
    const upstream = "upstreams: [{ id: city, url: 'mqtts://127.0.0.1:1', ca: nowhere.pem }]\n";
    await writeFile(join(site.directory, 'ca.yaml'), `${base}${upstream}`.replace('{port}', '0'));
    await writeFile(join(site.directory, 'unknown.yaml'), `${base}nonsense: []\n`.replace('{port}', String(site.port)));
  });
  afterAll(() => site.remove());

  test.each<[string, number]>([
    ['version', 0],
    ['config check', 0],
    ['profiles list', 0],
    ['profiles show dfrobot/a02yyuw', 0],
    ['profiles test bosch/bmp180', 0],
    ['profiles test ./broken.yaml', 65],
    ['ports', 0],
    ['user list', 0],
    ['history', 69],
    ['status', 69],
    ['tail', 69],
    ['backlog', 69],
    ['config check unknown.yaml', 78],
    ['config check nowhere.yaml', 78],
    ['run --config ca.yaml', 78],
    ['receive nonsense', 64],
    ['nonsense', 64],
  ])('`lamppost %s --json` ends with %i, and speaks JSON alone where data goes', async (line, wanted) => {
    const { code, out, err } = await site.run([...line.split(' '), '--json']);
    expect({ code, err }).toMatchObject({ code: wanted });
    for (const text of out.split('\n').filter(Boolean)) expect(() => JSON.parse(text) as unknown).not.toThrow();
    const last = err.trimEnd().split('\n').at(-1) ?? '';
    if (wanted !== 0 && out === '') expect(JSON.parse(last)).toMatchObject({ error: { exit: wanted } });
  });
});
