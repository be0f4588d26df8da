import { readdir, readFile, readlink } from 'node:fs/promises';

/** Command lines of the processes of this machine that were started in a directory; Linux. */
export async function processesIn(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const where = await readlink(`/proc/${pid}/cwd`).catch(() => ''); // it has ended, or is not ours
    if (where !== directory) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line !== '') found.push(line.split('\0').join(' ').trim());
  }
  return found;
}
