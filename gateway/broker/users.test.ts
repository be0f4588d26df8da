import { chmod, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog, silentLog, type LogEvent } from '../platform/log.ts';
import { noRights } from './access.ts';
import { passwordMatches } from './password.ts';
import { hashPassword, isUserName, parseUsers, readUsers, UserBook, writeUsers, type User } from './users.ts';

let directory = '';
let path = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-users-'));
  path = join(directory, 'secrets', 'mqtt-users');
});

afterEach(() => rm(directory, { recursive: true }));

const secret = await hashPassword('rain');
const pump: User = { name: 'pump', password: secret, rights: { ...noRights, ingest: ['pump-house'] } };
const usersOf = (...users: readonly User[]): ReadonlyMap<string, User> =>
  new Map(users.map((user) => [user.name, user]));

describe('a password', () => {
  test('is hashed with a salt of its own, and only itself matches', async () => {
    expect(secret).toMatch(/^argon2id\$19456\$2\$[\w-]{22}\$[\w-]{43}$/);
    expect(await hashPassword('rain')).not.toBe(secret);
    expect(await passwordMatches(secret, 'rain')).toBe(true);
    for (const wrong of ['Rain', 'rain ', '', 'rain\0', secret])
      expect(await passwordMatches(secret, wrong)).toBe(false);
  });

  test.each(['', 'rain', 'argon2id$1$1$$', `argon2id$9999999$2$${'A'.repeat(22)}$${'A'.repeat(43)}`])(
    'never matches what is no hash: %s',
    async (text) => {
      expect(await passwordMatches(text, 'rain')).toBe(false);
      expect(await passwordMatches(text, '')).toBe(false);
    },
  );
});

describe('the users file', () => {
  test('is written so that only its owner can read it, whatever was there', async () => {
    await writeUsers(path, usersOf(pump));
    await chmod(path, 0o644);
    await writeFile(`${path}.tmp`, 'left over', { mode: 0o666 });
    await writeUsers(path, usersOf(pump));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    expect(await readUsers(path)).toEqual(usersOf(pump));
    expect(await readFile(path, 'utf8')).not.toContain('rain');
  });

  test('that is not there has no users', async () => {
    expect(await readUsers(path)).toEqual(new Map());
  });

  test.each([
    ['nothing', ''],
    ['half of it', '{"users":[{"name":"pu'],
    ['another kind of file', 'pump:$7$101$salt$hash'],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['users that are no list', '{"users":{}}'],
    ['a user without a name', JSON.stringify({ users: [{ password: secret }] })],
    ['a user without a password', JSON.stringify({ users: [{ name: 'pump' }] })],
    ['an empty password', JSON.stringify({ users: [{ name: 'pump', password: '' }] })],
    ['a password in the clear', JSON.stringify({ users: [{ name: 'pump', password: 'rain' }] })],
    ['a right that is no list', JSON.stringify({ users: [{ name: 'pump', password: secret, read: '*' }] })],
    ['a device that is no id', JSON.stringify({ users: [{ name: 'pump', password: secret, read: ['+'] }] })],
    ['a right that we do not know', JSON.stringify({ users: [{ name: 'pump', password: secret, admin: true }] })],
    ['ask as a word', JSON.stringify({ users: [{ name: 'pump', password: secret, ask: 'no' }] })],
    ['a filter of our topics', JSON.stringify({ users: [{ name: 'pump', password: secret, topics: ['lamppost/#'] }] })],
    ['a filter of the broker', JSON.stringify({ users: [{ name: 'pump', password: secret, topics: ['$SYS/#'] }] })],
    ['a malformed filter', JSON.stringify({ users: [{ name: 'pump', password: secret, topics: ['a#'] }] })],
    ['a user twice', JSON.stringify({ users: [pump, pump].map(({ name, password }) => ({ name, password })) })],
    ['a reserved name', JSON.stringify({ users: [{ name: 'lamppost-flows', password: secret }] })],
  ])('with %s is refused as a whole', (_name, text) => {
    expect(() => parseUsers(text)).toThrow(/./);
  });

  test.each(['', ' pump', 'a'.repeat(65), 'a\nb', 'a\u0000', 'lamppost-flows'])(
    'a user cannot be called %j',
    (name) => {
      expect(isUserName(name)).toBe(false);
    },
  );

  test.each(['pump-plc', '+', '#', '水务局', 'a b'])('a user can be called %j', (name) => {
    expect(isUserName(name)).toBe(true);
  });
});

describe('a login', () => {
  test('gives the rights of the right name and password, and of nothing else', async () => {
    await writeUsers(path, usersOf(pump));
    const book = new UserBook(path, silentLog);
    expect(await book.check('pump', 'rain')).toEqual(pump.rights);
    expect(await book.check('pump', 'rain')).toEqual(pump.rights);
    expect(await book.check('pump', 'snow')).toBeUndefined();
    expect(await book.check('pump', '')).toBeUndefined();
    expect(await book.check('Pump', 'rain')).toBeUndefined();
    expect(await book.check('', '')).toBeUndefined();
    expect(await book.check('__proto__', 'rain')).toBeUndefined();
  });

  test.each([undefined, '/nowhere/at/all'])('without a file (%s) lets nobody in', async (missing) => {
    const book = new UserBook(missing, silentLog);
    expect(await book.check('pump', 'rain')).toBeUndefined();
    expect(await book.check('', '')).toBeUndefined();
  });

  test.each(['', '{}', '{"users":[{"name":"pump","password":""}]}'])(
    'with the file %j lets nobody in',
    async (text) => {
      await writeUsers(path, new Map());
      await writeFile(path, text);
      expect(await new UserBook(path, silentLog).check('pump', '')).toBeUndefined();
    },
  );

  test('sees a user that was added, changed or removed', async () => {
    const book = new UserBook(path, silentLog);
    expect(await book.check('pump', 'rain')).toBeUndefined();
    await writeUsers(path, usersOf(pump));
    const rights = (await book.check('pump', 'rain')) ?? noRights;
    expect(await book.stillHolds('pump', rights)).toBe(true);
    await writeUsers(path, usersOf(pump, { ...pump, name: 'mast' }));
    expect(await book.stillHolds('pump', rights)).toBe(true);
    await writeUsers(path, usersOf({ ...pump, password: await hashPassword('snow') }));
    expect(await book.stillHolds('pump', rights)).toBe(false);
    expect(await book.check('pump', 'rain')).toBeUndefined();
    expect(await book.check('pump', 'snow')).toBeDefined();
    await rm(path);
    expect(await book.check('pump', 'snow')).toBeUndefined();
  });

  test('lets nobody in any more when the file breaks, and everybody again when it is mended', async () => {
    await writeUsers(path, usersOf(pump));
    const book = new UserBook(path, silentLog);
    const rights = (await book.check('pump', 'rain')) ?? noRights;
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, -10));
    expect(await book.check('pump', 'rain')).toBeUndefined();
    expect(await book.stillHolds('pump', rights)).toBe(false);
    await writeFile(path, text);
    expect(await book.check('pump', 'rain')).toEqual(pump.rights);
  });

  test('sees a change that leaves size and time as they were', async () => {
    await writeUsers(path, usersOf(pump));
    const at = new Date(1e12);
    await utimes(path, at, at);
    const book = new UserBook(path, silentLog);
    expect(await book.check('pump', 'rain')).toBeDefined();
    await writeUsers(path, usersOf({ ...pump, name: 'pomp' }));
    await utimes(path, at, at);
    expect(await book.check('pump', 'rain')).toBeUndefined();
  });

  test('complains once about a file that cannot be read, and again when it breaks anew', async () => {
    const events: LogEvent[] = [];
    const book = new UserBook(
      path,
      createLog(
        (event) => events.push(event),
        () => 0,
      ),
    );
    const rounds: readonly (readonly [string, number])[] = [
      ['{', 1],
      ['{', 1],
      ['', 2],
      ['{"users":[]}', 2],
      ['{', 3],
    ];
    for (const [text, complaints] of rounds) {
      await writeUsers(path, new Map());
      await writeFile(path, text);
      await book.stillHolds('pump', noRights);
      await book.check('pump', 'rain');
      expect(events.filter(({ level }) => level === 'error')).toHaveLength(complaints);
    }
  });

  test('costs as much for a name that nobody has as for a wrong password', async () => {
    await writeUsers(path, usersOf(pump));
    const book = new UserBook(path, silentLog);
    // Of the processor's time: how long it takes on a busy machine says nothing.
    const least = async (name: string, password: string): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        const start = process.cpuUsage();
        await book.check(name, password);
        const { user, system } = process.cpuUsage(start);
        times.push((user + system) / 1000);
      }
      return Math.min(...times);
    };
    const wrongMs = await least('pump', 'snow');
    const unknownMs = await least('nobody', 'snow');
    expect(unknownMs).toBeGreaterThan(wrongMs / 2);
    expect(unknownMs).toBeLessThan(wrongMs * 2);
    // The control: a password that matched before costs no hashing, and the clock can tell.
    expect(await least('pump', 'rain')).toBeLessThan(wrongMs / 4);
  });

  test('waits for its turn in a flood, which is turned away beyond a limit', async () => {
    // A hash that costs little to check, or the flood would take as long here as it takes an attacker.
    const guest = { ...pump, name: 'guest', password: `argon2id$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}` };
    await writeUsers(path, usersOf(pump, guest));
    const book = new UserBook(path, silentLog);
    await book.check('pump', 'rain');
    const flood = Array.from({ length: 90 }, () =>
      book.check('guest', 'x').then(
        () => 'refused',
        () => 'busy',
      ),
    );
    // Who was there before is not held up by the flood.
    expect(await book.check('pump', 'rain')).toBeDefined();
    const ends = await Promise.all(flood);
    // One is hashed and 64 wait. The first hashes may be done before the last attempts come.
    const turnedAway = ends.filter((end) => end === 'busy').length;
    expect(turnedAway).toBeGreaterThanOrEqual(90 - 65 - 10);
    expect(turnedAway).toBeLessThanOrEqual(90 - 65);
    expect(await book.check('pump', 'snow')).toBeUndefined();
  });
});
