import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** A program as somebody would call it: `mosquitto`, `node lamppost.js`. Node calls every process `MainThread`. */
export async function programName(pid: string): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [program = '', script] = line.split('\0').filter((word) => !word.startsWith('-'));
  if (program === '') return '?'; // it has ended, or is a part of the kernel
  if (/hardware\/simulator\/\w+\.[jt]s$/.test(script ?? '')) return 'the virtual street of Lamppost';
  if (/(^|\/)field\/child\.[jt]s$/.test(script ?? '')) return 'the gateway';
  const name = basename(program);
  return /^(node|python[\d.]*|sh|bash)$/.test(name) && script ? `${name} ${basename(script)}` : name;
}
