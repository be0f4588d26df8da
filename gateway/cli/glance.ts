import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { gatewayError, reasonOf } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import { parseYaml } from '../platform/yaml.ts';
import type { Context } from './context.ts';
import { configPath } from './load-settings.ts';
import { systemTimeZone } from './times.ts';

/** Where a gateway is and who it is, as far as its configuration tells. */
export interface Glance {
  /** Path of the configuration; absent when there is none. */
  readonly config?: string;
  readonly gateway?: string;
  readonly broker: { readonly host: string; readonly port: number };
  readonly journal: string;
  readonly users?: string;
  /** Folder of device profiles of somebody's own. */
  readonly profiles?: string;
  readonly timeZone: string;
  readonly devices: readonly string[];
}

/** Where one's own profiles are as long as no configuration says otherwise. */
export const ownFolder = './profiles';

/**
 * Looks into the configuration for no more than places and names, and takes the defaults for everything that is not as
 * it should be: somebody who has just mistyped a line still wants to see the gateway that runs.
 *
 * @throws GatewayError CONFIG_MISSING for a file given with --config, FILE_UNREADABLE
 */
export async function glanceAt(context: Pick<Context, 'config'>): Promise<Glance> {
  const path = configPath(context);
  if (path === undefined) return glanceOf(existsSync(ownFolder) ? { profiles: ownFolder } : {}, process.cwd());
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (fileErrorCode(error) === 'ENOENT') throw gatewayError('CONFIG_MISSING', { path }, error);
    throw gatewayError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, error);
  });
  const yaml = parseYaml(text);
  return { config: path, ...glanceOf(yaml.ok ? yaml.data : {}, dirname(path)) };
}

function glanceOf(written: unknown, base: string): Glance {
  const { gateway, broker, journal, devices, profiles } = groupOf(written);
  const { id, timeZone } = groupOf(gateway);
  const { host, port, users } = groupOf(broker);
  const { dir } = groupOf(journal);
  const ids = (Array.isArray(devices) ? devices : []).map((device: unknown) => groupOf(device)['id']);
  return {
    ...(typeof id === 'string' ? { gateway: id } : {}),
    broker: { host: textOr(host, '127.0.0.1'), port: typeof port === 'number' && port > 0 ? port : 1883 },
    journal: resolve(base, textOr(dir, './data')),
    ...(typeof users === 'string' ? { users: resolve(base, users) } : {}),
    ...(typeof profiles === 'string' ? { profiles: resolve(base, profiles) } : {}),
    timeZone: isTimeZone(timeZone) ? timeZone : systemTimeZone(),
    devices: ids.filter((id) => typeof id === 'string'),
  };
}

const groupOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

function isTimeZone(name: unknown): name is string {
  try {
    return typeof name === 'string' && Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false; // Intl throws for a name that it does not know
  }
}

/** How to reach a broker that listens there. One that listens on all addresses is reached on loopback. */
export function brokerUrl({ host, port }: Glance['broker']): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `mqtt://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
