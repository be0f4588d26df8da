import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { findSerialPorts, whoHolds } from '../commission/serial-ports.ts';
import type { Link, LinkSource } from '../field/transports/link.ts';
import { listSerialPorts } from '../field/transports/list-ports.ts';
import { openLink } from '../field/transports/open.ts';
import { gatewayError, reasonOf, type GatewayError } from '../model/errors.ts';
import { holderInChinese } from '../platform/ports.ts';
import { reasonText } from '../platform/reasons.ts';
import type { LineSettings } from '../profiles/connect.ts';

/** A port to listen to, as somebody named it on the command line. */
export interface BytePort {
  /** As it was written, or the lasting name of a serial port. */
  readonly name: string;
  readonly hasLine: boolean;
  /** As in `--source`. */
  readonly source: string;
  open(line: LineSettings): Promise<Link>;
}

/** `ttyUSB0`, `/dev/ttyUSB0`, a name below /dev/serial, or `host:port`; `undefined` when it is none of these. */
export async function bytePort(written: string): Promise<BytePort | undefined> {
  const [, host, port] = /^\[?([^/]+?)\]?:(\d{1,5})$/.exec(written) ?? [];
  if (host !== undefined) {
    const open = opener(written, () => ({ kind: 'tcp', host, port: Number(port) }));
    return { name: written, hasLine: false, source: `tcp=${written}`, open };
  }
  const path = written.includes('/') ? resolve(written) : namesIn(written);
  if (path === undefined) return undefined;
  const name = await lastingName(path);
  return {
    name,
    hasLine: true,
    source: `serial=${name}`,
    open: opener(name, (line) => ({ kind: 'serial', path, line })),
  };
}

function namesIn(word: string): string | undefined {
  return ['/dev', '/dev/serial/by-id', '/dev/serial/by-path']
    .map((folder) => `${folder}/${word}`)
    .find((path) => existsSync(path));
}

/** The name that stays when plugs change. */
export async function lastingName(path: string): Promise<string> {
  const target = await realpath(path).catch(() => path);
  if (!basename(target).startsWith('tty') || path.startsWith('/dev/serial/')) return path;
  const ports = await findSerialPorts(listSerialPorts);
  return ports.find((port) => port.path === target)?.stable ?? path;
}

/** @throws GatewayError PORT_HELD, PORT_UNUSABLE, ADDRESS_UNUSABLE */
function opener(name: string, sourceAt: (line: LineSettings) => LinkSource): BytePort['open'] {
  return async (line) => {
    const source = sourceAt(line);
    if (source.kind === 'serial') await refuseHeld(source.path);
    return openLink(source).catch((error: unknown) => {
      throw unusable(source.kind === 'tcp', name, error);
    });
  };
}

/** @throws GatewayError PORT_HELD */
export async function refuseHeld(path: string): Promise<void> {
  const holder = await whoHolds(path);
  if (holder !== undefined)
    throw gatewayError('PORT_HELD', { port: path, holder: { en: holder, zh: holderInChinese(holder) } });
}

/** What cannot be opened: an adapter is looked for elsewhere than a box on the network. */
export function unusable(isAddress: boolean, name: string, error: unknown): GatewayError {
  const said = reasonOf(error);
  const reason = { en: reasonText(said, 'en'), zh: reasonText(said, 'zh') };
  return isAddress
    ? gatewayError('ADDRESS_UNUSABLE', { address: name, reason }, error)
    : gatewayError('PORT_UNUSABLE', { port: name, reason }, error);
}
