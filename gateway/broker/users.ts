import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isId } from '../model/names.ts';
import { isOurs } from '../model/topic.ts';
import { reasonOf } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import type { Log } from '../platform/log.ts';
import { noRights, type Rights } from './access.ts';
import { isFilter } from './filter.ts';
import { isHash, nobodysHash, passwordMatches } from './password.ts';

export { hashPassword } from './password.ts';

/** One person or program that may connect by name. */
export interface User {
  readonly name: string;
  /** As `hashPassword` writes it. */
  readonly password: string;
  readonly rights: Rights;
}

/** Names of the gateway's own children begin so; they are never in the file. */
export const reservedPrefix = 'lamppost-';

/** So many attempts wait for their turn; one password is hashed at a time, so that a flood of logins costs one core at most. */
const mostWaiting = 64;

const rightsOnDevices = ['read', 'ingest', 'raise', 'command'] as const;

/** Whether a user may be called so: printable, not ours, and short. */
export function isUserName(name: string): boolean {
  return /^[^\p{C}]{1,64}$/u.test(name) && name.trim() === name && !name.startsWith(reservedPrefix);
}

/**
 * The users of a file as written by `lamppost user`.
 *
 * @throws Error when anything in it is not as it should be: rights are not guessed.
 */
export function parseUsers(text: string): ReadonlyMap<string, User> {
  const content: unknown = JSON.parse(text);
  if (!isRecord(content) || !Array.isArray(content['users'])) throw new Error('no list of users');
  const users = new Map<string, User>();
  for (const row of content['users'] as readonly unknown[]) {
    const user = userIn(row);
    if (users.has(user.name)) throw new Error(`user ${user.name} is there twice`);
    users.set(user.name, user);
  }
  return users;
}

function userIn(row: unknown): User {
  if (!isRecord(row)) throw new Error('a user is not an object');
  const { name, password, ...given } = row;
  if (typeof name !== 'string' || !isUserName(name)) throw new Error('a user has no name, or one that may not be');
  if (typeof password !== 'string' || !isHash(password)) throw new Error(`user ${name}: the password is no hash`);
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(noRights, key));
  if (unknown !== undefined) throw new Error(`user ${name}: unknown right ${unknown}`);
  const list = (key: string, isGood: (text: string) => boolean): readonly string[] => {
    const value = given[key] ?? [];
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string' && isGood(entry)))
      throw new Error(`user ${name}: right ${key} is malformed`);
    return value as readonly string[];
  };
  const { ask = false } = given;
  if (typeof ask !== 'boolean') throw new Error(`user ${name}: right ask is malformed`);
  const [read = [], ingest = [], raise = [], command = []] = rightsOnDevices.map((key) =>
    list(key, (device) => device === '*' || isId(device)),
  );
  const topics = list('topics', (filter) => isFilter(filter) && !isOurs(filter) && !filter.startsWith('$'));
  return { name, password, rights: { read, ingest, raise, command, ask, topics } };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A file that is not there has no users. */
export async function readUsers(path: string): Promise<ReadonlyMap<string, User>> {
  try {
    return parseUsers(await readFile(path, 'utf8'));
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return new Map();
    throw error;
  }
}

/** Writes the file anew, readable by its owner alone, in one step that survives a power cut. */
export async function writeUsers(path: string, users: ReadonlyMap<string, User>): Promise<void> {
  const rows = [...users.values()].map(({ name, password, rights }) => ({ name, password, ...rights }));
  const fresh = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(fresh, { force: true });
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ users: rows }, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

/** Checks names and passwords against the users file, which is read again when it changes. */
export class UserBook {
  readonly #path: string | undefined;
  readonly #log: Log;
  #users: ReadonlyMap<string, User> = new Map();
  /** The file as it was read; `undefined`: not read, or not readable. */
  #version: string | undefined;
  #lastTrouble = '';
  /** Passwords that matched, as keyed digests, so that a reconnect costs no hashing. */
  readonly #matched = new Map<string, string>();
  readonly #key = randomBytes(32);
  readonly #waiting: (() => void)[] = [];
  #isHashing = false;

  constructor(path: string | undefined, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /**
   * The rights of a user, or `undefined` when name or password is wrong; both take as long. Rejects when too many ask.
   */
  async check(name: string, password: string): Promise<Rights | undefined> {
    await this.#refresh();
    const user = this.#users.get(name);
    const digest = createHmac('sha256', this.#key)
      .update(`${user?.password ?? ''}\0${password}`)
      .digest('base64');
    if (user && this.#matched.get(name) === digest) return user.rights;
    const isRight = await this.#inTurn(() => passwordMatches(user?.password ?? nobodysHash, password));
    if (!user || !isRight) return undefined;
    this.#matched.set(name, digest);
    return user.rights;
  }

  /** Whether `rights`, which `check` gave for `name`, are still those of an unchanged user. */
  async stillHolds(name: string, rights: Rights): Promise<boolean> {
    await this.#refresh();
    return this.#users.get(name)?.rights === rights;
  }

  /** One at a time; a turn is handed on, never raced for. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length >= mostWaiting) throw new Error('too many logins at a time');
    if (this.#isHashing) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isHashing = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#isHashing = false;
    }
  }

  async #refresh(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      const version = await versionOf(this.#path);
      if (version === this.#version) return;
      const users = await readUsers(this.#path);
      this.#users = new Map([...users].map(([name, user]) => [name, same(this.#users.get(name), user)]));
      this.#version = version;
      this.#lastTrouble = '';
    } catch (error) {
      // A file that cannot be read lets nobody in: what it said before may have been taken back.
      this.#users = new Map();
      this.#version = undefined;
      this.#complain(reasonOf(error));
    }
    this.#matched.clear();
  }

  #complain(reason: string): void {
    if (reason === this.#lastTrouble) return;
    this.#lastTrouble = reason;
    this.#log.error('users file cannot be read; nobody can log in by name', { path: this.#path, reason });
  }
}

/** The known user, when nothing about it has changed. */
function same(known: User | undefined, read: User): User {
  return known && JSON.stringify(known) === JSON.stringify(read) ? known : read;
}

async function versionOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}
