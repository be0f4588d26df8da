import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** What a bench reads off the machine, from /proc, so that all threads of a process count. */

/** USER_HZ of proc(5): 100 on all Linux machines that Node runs on. */
const microsPerTick = 1e6 / 100;

const proc = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');

function cpuMicrosOfOne(pid: number): number {
  // Behind the name in brackets, which may contain anything: field 3 and on; utime is 14, stime 15.
  const fields = proc(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * microsPerTick;
}

/** CPU time that processes have used since they began, in user and kernel, microseconds in steps of 10,000. */
export const cpuMicros = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuMicrosOfOne(pid), 0);

function figure(text: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(text) ?? [];
  if (digits === undefined) throw new Error(`nothing like ${String(pattern)} in ${text}`);
  return Number(digits);
}

/** Resident memory of a process. */
export const residentBytes = (pid: number): number => figure(proc(pid, 'status'), /^VmRSS:\s+(\d+) kB$/m) * 1024;

/** A process's own memory and its share of what it has in common with others (proc(5), smaps_rollup, Pss). */
export const proportionalBytes = (pid: number): number =>
  figure(proc(pid, 'smaps_rollup'), /^Pss:\s+(\d+) kB$/m) * 1024;

/** What a process made the system write to disks, whole pages. */
export const writtenBytes = (pid: number): number => figure(proc(pid, 'io'), /^write_bytes: (\d+)$/m);

/** Bytes that the whole device under a directory has written, or `undefined` where it cannot be seen. */
export function deviceWrittenBytes(device: string | undefined): number | undefined {
  const line = readFileSync('/proc/diskstats', 'utf8')
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find(([, , name]) => name === device);
  // Sectors written, of 512 bytes whatever the disk's own are.
  return line?.[9] === undefined ? undefined : Number(line[9]) * 512;
}

/** The block device that a directory lies on, such as `vda`; `undefined` for a file system without one. */
export function deviceUnder(directory: string): string | undefined {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point = '']) => `${directory}/`.startsWith(point.endsWith('/') ? point : `${point}/`))
    .toSorted(([, a = ''], [, b = '']) => b.length - a.length);
  const [source = ''] = mounts[0] ?? [];
  return /^\/dev\/(?<name>[\w-]+)$/.exec(source)?.groups?.['name'];
}

/** Processes that a process has started and that are still there. */
export function childrenOf(pid: number): readonly number[] {
  return proc(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

export const machine = (): readonly string[] => [
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}, Node ${process.versions.node}`,
  `load average ${loadText()}`,
];

export const loadText = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}

/** Measures contestants in turn, A B A B, so that a busy moment of the machine hits all of them. */
export async function inTurn<T>(
  contestants: Readonly<Record<string, () => Promise<T>>>,
  rounds: number,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const results = new Map<string, T[]>(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, measure] of Object.entries(contestants)) results.get(name)?.push(await measure());
  return results;
}
