import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayError } from '../model/errors.ts';
import { loadProfileFile, openProfiles, withOwnProfiles } from './load.ts';

const shipped = join(import.meta.dirname, '../../device-profiles');
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'profiles-'));
  await mkdir(join(directory, 'acme'));
  await writeFile(join(directory, 'acme/broken.yaml'), 'profile: acme/broken\nname: [1\n');
  await writeFile(join(directory, 'acme/empty.yaml'), '');
  await writeFile(join(directory, 'readme.yaml'), 'not in a folder of a maker');
});

afterAll(() => rm(directory, { recursive: true }));

async function errorOf(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  throw new Error(`expected a GatewayError, got ${String(error)}`);
}

describe('a folder of profiles', () => {
  test('gives a profile by its id, and the same one again', async () => {
    const profiles = openProfiles(shipped);
    const profile = await profiles.load('dfrobot/a02yyuw');
    expect(profile.channels).toHaveProperty('depth');
    expect(await profiles.load('dfrobot/a02yyuw')).toBe(profile);
  });

  test('gives the profiles of the quantity table without a file', async () => {
    expect((await openProfiles('/nowhere').load('generic/water-level')).id).toBe('generic/water-level');
  });

  test('lists both kinds in order', async () => {
    const ids = await openProfiles(shipped).list();
    expect(ids).toEqual(ids.toSorted());
    expect(ids).toContain('plantower/pms5003');
    expect(ids).toContain('generic/water-level');
    expect(await openProfiles(directory).list()).toContain('acme/broken');
    expect(await openProfiles(directory).list()).not.toContain('readme');
  });

  test('reads nothing but what is asked for', async () => {
    await expect(openProfiles(directory).load('generic/rain-amount')).resolves.toBeDefined();
  });

  test('says which profile was probably meant', async () => {
    const error = await errorOf(openProfiles(shipped).load('dfrobot/a02yuw'));
    expect(error.code).toBe('PROFILE_UNKNOWN');
    expect(error.remedy()).toContain('did you mean `dfrobot/a02yyuw`?');
  });

  test.each(['../dfrobot/a02yyuw', '/etc/passwd', 'dfrobot', 'dfrobot/a02yyuw/x', 'DFRobot/A02YYUW', ''])(
    'knows no profile %j',
    async (id) => {
      expect((await errorOf(openProfiles(shipped).load(id))).code).toBe('PROFILE_UNKNOWN');
    },
  );

  test('says in which file, line and column a profile is wrong, in both languages', async () => {
    const error = await errorOf(openProfiles(directory).load('acme/broken'));
    expect(error.code).toBe('PROFILE_INVALID');
    expect(error.says()).toContain(`${directory}/acme/broken.yaml:3:1: a closing`);
    expect(error.says('zh')).toContain('缺少');
    expect(error.remedy()).toContain('lamppost profiles test acme/broken');
    expect((await errorOf(openProfiles(directory).load('acme/empty'))).says()).toContain(
      'empty.yaml:1:1: null is not a group',
    );
  });

  test('reads a mended file again', async () => {
    const profiles = openProfiles(directory);
    const file = join(directory, 'acme/mended.yaml');
    await writeFile(file, 'profile: x');
    await errorOf(profiles.load('acme/mended'));
    await rm(file);
    expect((await errorOf(profiles.load('acme/mended'))).code).toBe('PROFILE_UNKNOWN');
  });
});

describe('one file', () => {
  test('is read wherever it lies', async () => {
    expect((await loadProfileFile(join(shipped, 'generic/relay.yaml'))).id).toBe('generic/relay');
  });

  test('that is not there is an error with its path', async () => {
    const error = await errorOf(loadProfileFile('/nowhere/x.yaml'));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.says()).toContain('/nowhere/x.yaml');
  });
});

describe('a folder of one’s own', () => {
  let own = '';
  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), 'own-'));
    const text = await readFile(join(shipped, 'plantower/pms5003.yaml'), 'utf8');
    await mkdir(join(own, 'acme'));
    await mkdir(join(own, 'plantower'));
    await writeFile(join(own, 'acme/dust.yaml'), text.replace('profile: plantower/pms5003', 'profile: acme/dust'));
    await writeFile(join(own, 'plantower/pms5003.yaml'), text);
  });
  afterAll(() => rm(own, { recursive: true }));

  test('adds its profiles to the others', async () => {
    const profiles = withOwnProfiles(openProfiles(shipped), own);
    expect((await profiles.load('acme/dust')).channels).toHaveProperty('pm2_5');
    expect((await profiles.load('dfrobot/a02yyuw')).id).toBe('dfrobot/a02yyuw');
    const ids = await profiles.list();
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(ids).toEqual(expect.arrayContaining(['acme/dust', 'plantower/pms5003', 'generic/water-level']));
    expect(await profiles.fileOf('acme/dust')).toBe(join(own, 'acme/dust.yaml'));
    expect(await profiles.fileOf('generic/water-level')).toBeUndefined();
  });

  test('says that a name is there twice instead of taking one of the two', async () => {
    const error = await errorOf(withOwnProfiles(openProfiles(shipped), own).load('plantower/pms5003'));
    expect(error.code).toBe('PROFILE_TWICE');
  });

  test('knows what was meant in both', async () => {
    const profiles = withOwnProfiles(openProfiles(shipped), own);
    expect((await errorOf(profiles.load('acme/dusd'))).remedy()).toContain('did you mean `acme/dust`?');
    expect((await errorOf(profiles.load('dfrobot/a02yyu'))).remedy()).toContain('did you mean `dfrobot/a02yyuw`?');
  });
});
