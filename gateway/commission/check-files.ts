import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, readFile, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reasonOf } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import { same, type Words } from '../platform/problem.ts';
import type { Facts, Finding } from './checks.ts';

/** Whether readings can be written: tried, because rights alone do not tell of a full or failing disk. */
export async function checkDataDirectory({ settings }: Facts): Promise<readonly Finding[]> {
  if (!settings) return [];
  const { directory } = settings.journal;
  const id = 'data-directory';
  const exists = (await stat(directory).catch(() => undefined))?.isDirectory() === true;
  const place = exists ? directory : await existingFolder(directory);
  try {
    await tryWriting(place);
    const saw = exists
      ? { en: `${directory} takes data`, zh: `${directory} 可写` }
      : { en: `${directory} will be made at the first start`, zh: `首次启动时将创建 ${directory}` };
    return [{ id, state: 'ok', saw }];
  } catch (error) {
    return [{ id, state: 'fail', ...writeTrouble(place, error) }];
  }
}

function writeTrouble(place: string, error: unknown): { readonly saw: Words; readonly mend: Words } {
  const reason = reasonOf(error);
  switch (fileErrorCode(error)) {
    case 'EROFS':
      return {
        saw: { en: `the file system of ${place} is read-only`, zh: `${place} 所在的文件系统为只读` },
        mend: {
          en: 'a failing card turns read-only: see `sudo dmesg | tail`, then `sudo mount -o remount,rw /` or a new card',
          zh: '存储卡故障时会变为只读：先看 `sudo dmesg | tail`，再 `sudo mount -o remount,rw /` 或更换存储卡',
        },
      };
    case 'EACCES':
    case 'EPERM':
      return {
        saw: { en: `this user may not write to ${place}`, zh: `当前用户对 ${place} 没有写权限` },
        mend: same(`sudo chown -R $USER ${place}`),
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        saw: { en: `the disk of ${place} is full`, zh: `${place} 所在磁盘已满` },
        mend: {
          en: `see what fills it: \`sudo du -xh / | sort -h | tail\``,
          zh: '查看占用空间的文件：`sudo du -xh / | sort -h | tail`',
        },
      };
    case 'ENOTDIR':
      return {
        saw: { en: `${place} is a file, not a directory`, zh: `${place} 是文件，不是目录` },
        mend: { en: 'move it away, or name another journal.dir', zh: '请移走该文件，或另设 journal.dir' },
      };
    default:
      return {
        saw: { en: `nothing can be written to ${place}: ${reason}`, zh: `${place} 无法写入：${reason}` },
        mend: same('sudo dmesg | tail'),
      };
  }
}

async function tryWriting(directory: string): Promise<void> {
  const path = join(directory, `doctor-${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write('x');
    await file.sync();
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

async function existingFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found || path === dirname(path) ? path : existingFolder(dirname(path));
}

/** Below this a gateway has no room to work in. */
const leastFreeBytes = 64 * 1024 * 1024;
/** The journal takes at most this share of what is free. */
const journalShare = 1 / 4;

export async function checkFreeSpace({ settings }: Facts): Promise<readonly Finding[]> {
  if (!settings) return [];
  const { directory, budgetBytes } = settings.journal;
  const id = 'free-space';
  const { bavail, bsize, files, ffree } = await statfs(await existingFolder(directory));
  const free = bavail * bsize;
  const [left, budget, share] = [size(free), size(budgetBytes), size(free * journalShare)];
  const saw = { en: `${left} are free, the journal may take ${budget}`, zh: `剩余 ${left}，日志预算 ${budget}` };
  if (files > 0 && ffree === 0) {
    const none = { en: 'the file system can hold no more files', zh: '文件系统的文件数已用尽' };
    return [{ id, state: 'fail', saw: none, mend: same('df -i') }];
  }
  const mend = {
    en: 'see what fills the disk: `sudo du -xh / | sort -h | tail`',
    zh: '查看占用空间的文件：`sudo du -xh / | sort -h | tail`',
  };
  if (free < leastFreeBytes) return [{ id, state: 'fail', saw, mend }];
  if (free * journalShare >= budgetBytes) return [{ id, state: 'ok', saw }];
  const less = {
    en: `${left} are free: the journal will take ${share} at most, not ${budget}`,
    zh: `剩余 ${left}：日志最多使用 ${share}，达不到 ${budget}`,
  };
  return [
    {
      id,
      state: 'warn',
      saw: less,
      mend: { en: 'free some disk, or set journal.budget lower', zh: '请清理磁盘，或调低 journal.budget' },
    },
  ];
}

/** Passwords and keys: there, and readable by their owner alone. */
export async function checkSecrets({ settings }: Facts): Promise<readonly Finding[]> {
  if (!settings) return [];
  const { broker, upstreams } = settings;
  const findings: Finding[] = [];
  if (broker.users !== undefined) findings.push(await usersFile(broker.users));
  for (const { passwordFile, key, ca, cert } of upstreams) {
    for (const path of [passwordFile, key])
      if (path !== undefined) findings.push(await secretFile('secret-file', path));
    for (const path of [ca, cert]) if (path !== undefined) findings.push(await publicFile(path));
  }
  return findings;
}

async function usersFile(path: string): Promise<Finding> {
  const exists = await stat(path).catch(() => undefined);
  if (exists) return secretFile('users-file', path);
  const saw = { en: 'there are no users yet: only this machine may connect', zh: '尚无用户：仅本机可连接' };
  const mend = same("lamppost user add <name> --read '*'");
  return { id: 'users-file', subject: path, state: 'skip', saw, mend };
}

async function secretFile(id: string, path: string): Promise<Finding> {
  const unreadable = await cannotRead(id, path);
  if (unreadable) return unreadable;
  const mode = (await stat(path)).mode & 0o777;
  const written = mode.toString(8).padStart(4, '0');
  if ((mode & 0o077) === 0)
    return {
      id,
      subject: path,
      state: 'ok',
      saw: { en: `its owner alone can read it (${written})`, zh: `仅所有者可读（${written}）` },
    };
  const saw = { en: `others can read it (${written})`, zh: `其他用户可读（${written}）` };
  return { id, subject: path, state: 'fail', saw, mend: same(`chmod 600 ${path}`) };
}

async function publicFile(path: string): Promise<Finding> {
  const unreadable = await cannotRead('certificate-file', path);
  if (unreadable) return unreadable;
  const isPem = (await readFile(path, 'utf8')).includes('-----BEGIN CERTIFICATE-----');
  const saw = isPem
    ? { en: 'can be read', zh: '可读' }
    : { en: 'is not a certificate in PEM', zh: '不是 PEM 格式的证书' };
  return { id: 'certificate-file', subject: path, state: isPem ? 'ok' : 'fail', saw };
}

async function cannotRead(id: string, path: string): Promise<Finding | undefined> {
  try {
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const isMissing = fileErrorCode(error) === 'ENOENT';
    const saw = isMissing
      ? { en: 'is not there', zh: '文件不存在' }
      : { en: `cannot be read: ${reasonOf(error)}`, zh: `无法读取：${reasonOf(error)}` };
    const mend = isMissing
      ? { en: 'put the file there, or take it out of lamppost.yaml', zh: '请放置该文件，或从 lamppost.yaml 中删除该项' }
      : same(`sudo chown $USER ${path}`);
    return { id, subject: path, state: 'fail', saw, mend };
  }
}

const size = (bytes: number): string =>
  bytes >= gib ? `${(bytes / gib).toFixed(1)} GiB` : `${Math.round(bytes / 1024 / 1024)} MiB`;
const gib = 1024 ** 3;
