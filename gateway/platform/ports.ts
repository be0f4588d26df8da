import { readdir, readFile, readlink } from 'node:fs/promises';

/** The program that listens on a TCP port of this machine, as `name (process 123)`; on Linux, as far as we may look. */
export async function whoListens(port: number): Promise<string> {
  try {
    const inodes = await listeningInodes(port);
    for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      if (await holdsSocket(id, inodes)) {
        const name = (await readFile(`/proc/${id}/comm`, 'utf8')).trim();
        return `${name} (process ${id})`;
      }
    }
  } catch {
    // Not Linux, or not ours to see.
  }
  return 'another program';
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
