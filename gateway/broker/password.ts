import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const tagBytes = 32;

/** What a hash may ask for, so that a wrong file cannot exhaust the machine. */
const mostMemoryKiB = 256 * 1024;
const mostPasses = 16;

interface Hash {
  readonly memory: number;
  readonly passes: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const hashPattern = /^argon2id\$(\d{1,7})\$(\d{1,2})\$([\w-]{22,86})\$([\w-]{43,86})$/;

function parseHash(text: string): Hash | undefined {
  const [, memory, passes, salt = '', tag = ''] = hashPattern.exec(text) ?? [];
  const hash = {
    memory: Number(memory),
    passes: Number(passes),
    salt: Buffer.from(salt, 'base64url'),
    tag: Buffer.from(tag, 'base64url'),
  };
  const isFair = hash.memory >= 8 && hash.memory <= mostMemoryKiB && hash.passes >= 1 && hash.passes <= mostPasses;
  return isFair ? hash : undefined;
}

export const isHash = (text: string): boolean => parseHash(text) !== undefined;

/** `argon2id$<memory KiB>$<passes>$<salt>$<tag>`, salt and tag in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const tag = await derive('argon2id', { message: password, nonce: salt, tagLength: tagBytes, ...cost });
  return ['argon2id', cost.memory, cost.passes, salt.toString('base64url'), tag.toString('base64url')].join('$');
}

/** The hash of no password, for names that nobody has: checking it costs as much as checking a real one. */
export const nobodysHash = [
  'argon2id',
  cost.memory,
  cost.passes,
  base64urlZeros(saltBytes),
  base64urlZeros(tagBytes),
].join('$');

function base64urlZeros(bytes: number): string {
  return Buffer.alloc(bytes).toString('base64url');
}

export async function passwordMatches(text: string, password: string): Promise<boolean> {
  const hash = parseHash(text);
  if (!hash) return false;
  const { memory, passes, salt, tag } = hash;
  const parameters = { message: password, nonce: salt, memory, passes, parallelism: 1, tagLength: tag.length };
  return timingSafeEqual(await derive('argon2id', parameters), tag);
}
