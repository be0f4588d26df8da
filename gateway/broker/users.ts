import { argon2, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../platform/log.ts';
import { reasonOf } from '../model/errors.ts';
import { noRights, type Rights } from './access.ts';

/** One person or program that may connect by name. */
export interface User {
  readonly name: string;
  /** `argon2id$<memory KiB>$<passes>$<salt>$<tag>`, salt and tag in base64url. */
  readonly password: string;
  readonly rights: Rights;
}

const derive = promisify(argon2);

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

/** So many passwords are hashed at a time; further attempts wait, so that a flood of logins costs no more memory. */
const mostAtOnce = 2;
const mostWaiting = 64;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await derive('argon2id', { message: password, nonce: salt, ...cost });
  return ['argon2id', cost.memory, cost.passes, salt.toString('base64url'), tag.toString('base64url')].join('$');
}

async function matches(hash: string, password: string): Promise<boolean> {
  const [kind, memory, passes, salt, tag] = hash.split('$');
  if (kind !== 'argon2id' || salt === undefined || tag === undefined) return false;
  const expected = Buffer.from(tag, 'base64url');
  const nonce = Buffer.from(salt, 'base64url');
  const parameters = { memory: Number(memory), passes: Number(passes), parallelism: 1, tagLength: expected.length };
  return timingSafeEqual(await derive('argon2id', { message: password, nonce, ...parameters }), expected);
}

/** The users of a file as written by `lamppost user`. */
export function parseUsers(text: string): ReadonlyMap<string, User> {
  const { users } = JSON.parse(text) as { users: readonly (Partial<Rights> & { name: string; password: string })[] };
  return new Map(
    users.map(({ name, password, ...rights }) => [name, { name, password, rights: { ...noRights, ...rights } }]),
  );
}

export async function readUsers(path: string): Promise<ReadonlyMap<string, User>> {
  try {
    return parseUsers(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
}

/** Writes the file anew, readable by its owner alone, in one step. */
export async function writeUsers(path: string, users: ReadonlyMap<string, User>): Promise<void> {
  const rows = [...users.values()].map(({ name, password, rights }) => ({ name, password, ...rights }));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.tmp`, `${JSON.stringify({ users: rows }, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(`${path}.tmp`, 0o600);
  await rename(`${path}.tmp`, path);
}

/** Checks names and passwords against the users file, which is read again when it changes. */
export class UserBook {
  readonly #path: string | undefined;
  readonly #log: Log;
  #users: ReadonlyMap<string, User> = new Map();
  #version = '';
  /** Passwords that matched, as keyed digests, so that a reconnect costs no hashing. */
  readonly #matched = new Map<string, string>();
  readonly #key = randomBytes(32);
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(path: string | undefined, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /** The rights of a user, or `undefined` when name or password is wrong. */
  async check(name: string, password: string): Promise<Rights | undefined> {
    await this.#refresh();
    const user = this.#users.get(name);
    if (!user) return undefined;
    const digest = createHmac('sha256', this.#key).update(`${user.password}\0${password}`).digest('base64');
    if (this.#matched.get(name) === digest) return user.rights;
    if (this.#waiting.length >= mostWaiting) return undefined;
    if (this.#running >= mostAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      if (!(await matches(user.password, password))) return undefined;
      this.#matched.set(name, digest);
      return user.rights;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #refresh(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      const { mtimeMs, size } = await stat(this.#path).catch(() => ({ mtimeMs: 0, size: 0 }));
      const version = `${mtimeMs} ${size}`;
      if (version === this.#version) return;
      this.#users = await readUsers(this.#path);
      this.#version = version;
    } catch (error) {
      // A file that cannot be read lets nobody in: what it said before may have been taken back.
      this.#users = new Map();
      this.#log.error('users file cannot be read; nobody can log in', { path: this.#path, reason: reasonOf(error) });
    }
  }
}
