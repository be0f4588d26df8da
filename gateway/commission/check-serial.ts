import { constants } from 'node:fs';
import { access, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { reasonOf } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import { holderInChinese } from '../platform/ports.ts';
import { same } from '../platform/problem.ts';
import type { Facts, Finding } from './checks.ts';
import { whoHolds } from './serial-ports.ts';

const id = 'serial-port';

/** The serial ports of the configuration: there, ours to open, under names that stay. */
export async function checkSerialPorts({ settings }: Facts): Promise<readonly Finding[]> {
  if (!settings) return [];
  const sources = [...settings.boards, ...settings.buses, ...settings.devices].map(({ source }) => source);
  const paths = new Set(sources.flatMap((source) => (source.kind === 'serial' ? [source.path] : [])));
  return (await Promise.all([...paths].map(checkPort))).flat();
}

async function checkPort(path: string): Promise<readonly Finding[]> {
  const subject = path;
  const found = await stat(path).catch((error: unknown) => fileErrorCode(error) ?? reasonOf(error));
  if (typeof found === 'string') {
    const saw = { en: 'is not there; is the adapter plugged in?', zh: '不存在；请检查适配器是否插好' };
    return [{ id, subject, state: 'fail', saw, mend: same('lamppost ports') }];
  }
  if (!found.isCharacterDevice()) {
    const saw = { en: 'is not a serial port', zh: '不是串口' };
    return [{ id, subject, state: 'fail', saw, mend: same('lamppost ports') }];
  }
  const denied = await deniedFinding(path, found.gid);
  if (denied) return [denied];
  const holder = await whoHolds(path);
  const saw =
    holder === undefined
      ? { en: 'is there, and free', zh: '存在且空闲' }
      : { en: `is there, held by ${holder}`, zh: `存在，由${holderInChinese(holder)}占用` };
  return [{ id, subject, state: 'ok', saw }, ...(await nameRemark(path))];
}

async function deniedFinding(path: string, gid: number): Promise<Finding | undefined> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    const group = await groupName(gid);
    const isMember = process.getgroups?.().includes(gid) === true;
    const saw = {
      en: `this user may not open it${isMember ? '' : `: not a member of the group ${group}`}`,
      zh: `当前用户无权打开${isMember ? '' : `：不属于用户组 ${group}`}`,
    };
    const mend = isMember
      ? same(`sudo chmod g+rw ${path}`)
      : same(`sudo usermod -aG ${group} $USER && newgrp ${group}`);
    return { id, subject: path, state: 'fail', saw, mend };
  }
}

/** Source: group(5). */
async function groupName(gid: number): Promise<string> {
  const rows = (await readFile('/etc/group', 'utf8').catch(() => '')).split('\n').map((row) => row.split(':'));
  return rows.find(([, , number]) => number === String(gid))?.[0] ?? String(gid);
}

/** `ttyUSB0` belongs to whichever adapter was found first. */
async function nameRemark(path: string): Promise<readonly Finding[]> {
  if (!/^tty(USB|ACM)\d+$/.test(basename(path))) return [];
  const stable = await stableName(path);
  const saw = { en: 'this name goes to another adapter when plugs change', zh: '插拔后该名称可能指向另一适配器' };
  const mend =
    stable === undefined ? same('lamppost ports') : { en: `write ${stable} instead`, zh: `请改写为 ${stable}` };
  return [{ id: 'serial-name', subject: path, state: 'warn', saw, mend }];
}

async function stableName(path: string): Promise<string | undefined> {
  const folder = '/dev/serial/by-id';
  for (const name of await readdir(folder).catch(() => [])) {
    if ((await realpath(join(folder, name)).catch(() => '')) === path) return join(folder, name);
  }
  return undefined;
}
