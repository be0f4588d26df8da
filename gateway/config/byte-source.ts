import { parseLineSettings } from '../profiles/line-settings.ts';
import type { ByteSource } from './settings.ts';
import type { WrittenByteSource } from './written.ts';

/** Where bytes come from. @param at - makes a path of the file absolute. */
export function byteSource(written: WrittenByteSource, at: (path: string) => string): ByteSource {
  if ('simulated' in written) return { kind: 'simulated', name: written.simulated };
  if ('tcp' in written) return { kind: 'tcp', ...hostAndPort(written.tcp) };
  const line = written.line === undefined ? undefined : parseLineSettings(written.line);
  return { kind: 'serial', path: at(written.serial), ...(line ? { line } : {}) };
}

/** Reads `host:port`; an IPv6 address stands in brackets. */
export function hostAndPort(written: string): { readonly host: string; readonly port: number } {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(written) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}
