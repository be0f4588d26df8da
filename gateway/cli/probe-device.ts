import type { DeviceSettings, Settings } from '../config/settings.ts';
import type { Probed } from '../commission/probe.ts';
import { isId } from '../model/names.ts';
import { explain } from '../field/normalise/explain.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Fields } from '../profiles/grammar.ts';
import type { Profile } from '../profiles/profile.ts';
import { bytePort, type BytePort } from './byte-port.ts';
import { configPath, loadSettings } from './load-settings.ts';
import { explanationLines } from './replay-lines.ts';
import type { Context } from './context.ts';

/** A device of the configuration, and the port that it can be listened to on. */
export interface KnownDevice {
  readonly device: DeviceSettings;
  readonly port: BytePort;
  /** Its profile as it is set up here: line settings, address. */
  readonly profile: Profile;
}

/** `undefined` when no device is called so; `noPort` when it has none of its own that one could listen to. */
export async function knownDevice(context: Context, id: string): Promise<KnownDevice | 'noPort' | undefined> {
  const path = configPath(context);
  if (path === undefined || !isId(id)) return undefined;
  const settings = await loadSettings(path, context, { withRemarks: false });
  const device = settings.devices.find((one) => one.id === id);
  if (!device) return undefined;
  const place = placeOf(device, settings);
  const port = place && (await bytePort(place.name));
  const { profile } = device.setup;
  if (!port || !('line' in profile.connect)) return 'noPort';
  const { line = profile.connect.line, address } = place;
  const at = profile.connect.kind === 'modbus' && typeof address === 'number' ? { address } : {};
  return { device, port, profile: { ...profile, connect: { ...profile.connect, line, ...at } } };
}

interface Place {
  readonly name: string;
  readonly line?: LineSettings | undefined;
  readonly address?: number | string;
}

function placeOf({ source }: DeviceSettings, { buses }: Settings): Place | undefined {
  if (source.kind !== 'bus') return byteplace(source);
  const bus = buses.find(({ id }) => id === source.bus);
  const place = bus && byteplace(bus.source);
  return place && { line: bus.line, ...place, address: source.address };
}

function byteplace(source: DeviceSettings['source']): Place | undefined {
  switch (source.kind) {
    case 'serial':
      return { name: source.path, line: source.line };
    case 'tcp':
      return { name: `${source.host}:${source.port}` };
    default:
      return undefined;
  }
}

/** The newest message of a device, from its bytes to its readings, with what the site has set. */
export function deviceLines(
  { candidates }: Probed,
  { device, profile }: KnownDevice,
  language: Context['language'],
): readonly string[] | undefined {
  const newest = newestOf(candidates[0]?.trial.outcomes ?? []);
  if (!newest) return undefined;
  const explanation = explain(device.setup, newest.fields);
  return explanationLines({ bytes: newest.bytes, explanation }, profile, language);
}

type Message = { readonly bytes: Uint8Array; readonly fields: Fields };

function newestOf(
  outcomes: readonly ({ readonly ok: boolean; readonly bytes: Uint8Array } & Partial<Message>)[],
): Message | undefined {
  for (const { ok, bytes, fields } of outcomes.toReversed()) if (ok && fields) return { bytes, fields };
  return undefined;
}
