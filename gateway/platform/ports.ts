import { readdir, readFile, readlink } from 'node:fs/promises';
import { gatewayError, reasonOf, type GatewayError } from '../model/errors.ts';
import type { Words } from './problem.ts';
import { programName } from './program-name.ts';

/** Somewhere that a part of the gateway wants to listen. */
export interface Listener {
  readonly what: Words;
  readonly host: string;
  readonly port: number;
  /** Where another port is chosen. */
  readonly setting: Words;
}

/** What to say when listening failed: PORT_BUSY, with who has the port, or LISTEN_FAILED. */
export async function listenError({ what, host, port, setting }: Listener, error: unknown): Promise<GatewayError> {
  const where = { what, host, port, setting };
  const isBusy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (isBusy) {
    const holder = await whoListens(port);
    return gatewayError('PORT_BUSY', { ...where, holder: { en: holder, zh: holderInChinese(holder) } }, error);
  }
  return gatewayError('LISTEN_FAILED', { ...where, reason: reasonOf(error) }, error);
}

/** The program that listens on a TCP port of this machine, as `name (process 123)`; on Linux, as far as we may look. */
export async function whoListens(port: number): Promise<string> {
  try {
    const inodes = await listeningInodes(port);
    for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      if (await holdsSocket(id, inodes)) {
        return `${await programName(id)} (process ${id})`;
      }
    }
  } catch {
    // Not Linux, or not ours to see.
  }
  return 'another program';
}

/** `the gateway (process 12)`, as `whoListens` and `whoHolds` tell it, in Chinese. */
export function holderInChinese(holder: string): string {
  return holder
    .replace(/^the gateway /, '网关')
    .replace(/^another program$/, '另一程序')
    .replace(/ ?\(process (\d+)\)$/, '（进程 $1）');
}

/** Socket inodes in state LISTEN (0A) on a port. Source: proc(5), /proc/net/tcp. */
async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    // Where there is no IPv6, there is no such table.
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (local?.endsWith(`:${wanted}`) && state === '0A' && inode) inodes.add(inode);
    }
  }
  return inodes;
}

async function holdsSocket(id: string, inodes: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const descriptor of await readdir(`/proc/${id}/fd`)) {
      const target = await readlink(`/proc/${id}/fd/${descriptor}`);
      if (inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')) return true;
    }
  } catch {
    // The process ended, or belongs to somebody else.
  }
  return false;
}
