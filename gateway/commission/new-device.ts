import { isDeepStrictEqual } from 'node:util';
import { realpath } from 'node:fs/promises';
import { checkConfig } from '../config/load.ts';
import type { DeviceSettings, Settings } from '../config/settings.ts';
import { GatewayError } from '../model/errors.ts';
import type { Words } from '../platform/problem.ts';
import { withItem, type YamlItem } from '../platform/yaml-edit.ts';
import { parseYaml } from '../platform/yaml.ts';
import type { Profiles } from '../profiles/load.ts';
import type { Profile } from '../profiles/profile.ts';

/** A device as somebody wants to add it, in the words of lamppost.yaml. */
export interface NewDevice {
  readonly id: string;
  readonly name?: string | { readonly en: string; readonly zh: string };
  readonly profile: string;
  readonly source: string | YamlItem;
  readonly every?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A configuration that a device is added to. */
export interface Site {
  readonly file: string;
  /** What paths in it are relative to. */
  readonly base: string;
  /** As it is now; a new one where there is none. */
  readonly text: string;
  /** Those that come with Lamppost; the check adds those of the configuration. */
  readonly bundled: Profiles;
  /** All that a device here may follow. */
  readonly profiles: Profiles;
}

/** An item that goes into a list of the configuration. */
export interface Addition {
  readonly list: 'devices' | 'buses';
  readonly item: YamlItem;
}

export type Drafted =
  | {
      readonly ok: true;
      /** The whole configuration with the device in it. */
      readonly text: string;
      /** What is new in it. */
      readonly added: readonly Addition[];
      readonly settings: Settings;
      readonly device: DeviceSettings;
    }
  | { readonly ok: false; readonly problems: readonly Refusal[] };

/** Why a device cannot be added so. */
export interface Refusal {
  readonly what: Words;
  readonly hint?: Words;
}

/** The first lines of a configuration. @param profiles - folder of somebody's own profiles. */
export function newSite(gateway: string, timeZone: string, profiles?: string): string {
  const own = profiles === undefined ? '' : `profiles: ${profiles}\n`;
  return `gateway: { id: ${gateway}, timeZone: ${timeZone} }\n${own}`;
}

/**
 * What the configuration would be with the device in it, checked as `config check` checks it: nothing is written.
 * Devices on a bus that has no port in the configuration yet bring the bus along.
 */
export async function draftDevice(site: Site, device: NewDevice): Promise<Drafted> {
  const { text: before } = site;
  const where = { ...site, profiles: site.bundled };
  const was = await checkConfig(before, where);
  if (!was.ok) return { ok: false, problems: was.problems.map(({ what }) => brokenBefore(what)) };
  const profile = await site.profiles.load(device.profile).catch(refusalIn);
  if ('what' in profile) return { ok: false, problems: [profile] };
  const { bus, source } = onBus(before, profile, device.source);
  const item = itemOf({ ...device, source });
  const added: readonly Addition[] = [
    ...(bus ? [{ list: 'buses', item: bus } as const] : []),
    { list: 'devices', item },
  ];
  // A bus that comes along has a port that nobody else may have.
  const twin = await samePort(was.settings, bus ? device.source : source);
  if (twin) return { ok: false, problems: [twin] };
  const after = added.reduce((text, { list, item }) => withItem(text, list, item), before);
  const checked = await checkConfig(after, where);
  if (!checked.ok) return { ok: false, problems: checked.problems };
  const found = checked.settings.devices.find(({ id }) => id === device.id);
  if (!found) throw new Error('the device that was added is not in the configuration');
  return { ok: true, text: after, added, settings: checked.settings, device: found };
}

/** @throws what is no GatewayError. */
function refusalIn(error: unknown): Refusal {
  if (!(error instanceof GatewayError)) throw error;
  return {
    what: { en: error.says('en'), zh: error.says('zh') },
    hint: { en: error.remedy('en'), zh: error.remedy('zh') },
  };
}

const brokenBefore = (what: Words): Refusal => ({
  what: { en: `lamppost.yaml is not right as it is: ${what.en}`, zh: `lamppost.yaml 现有内容有误：${what.zh}` },
  hint: {
    en: '`lamppost config check` tells the line; mend it first',
    zh: '请先用 `lamppost config check` 查出该行并修改',
  },
});

/** In the order in which people read it. */
function itemOf({ id, name, profile, source, every, settings = {} }: NewDevice): YamlItem {
  return {
    id,
    ...(name === undefined ? {} : { name }),
    profile,
    source,
    ...(every === undefined ? {} : { every }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  };
}

/** Whether a port belongs to another device of the configuration. */
export async function takenPort(site: Site, source: NewDevice['source']): Promise<Refusal | undefined> {
  const was = await checkConfig(site.text, { ...site, profiles: site.bundled });
  return was.ok ? samePort(was.settings, source) : undefined;
}

/** A port has many names; two devices cannot share one, whatever they call it. */
async function samePort(
  { devices, boards, buses }: Settings,
  source: NewDevice['source'],
): Promise<Refusal | undefined> {
  const path = typeof source === 'object' ? source['serial'] : undefined;
  if (typeof path !== 'string') return undefined;
  const target = await targetOf(path);
  for (const { id, source: other } of [...devices, ...boards, ...buses]) {
    if (other.kind !== 'serial' || (await targetOf(other.path)) !== target) continue;
    return {
      what: { en: `${path} is taken by ${id} already`, zh: `${path} 已被 ${id} 使用` },
      hint: {
        en: '`lamppost ports` shows the others; devices that share a line need a bus',
        zh: '用 `lamppost ports` 查看其他串口；共用线路的设备须接在总线上',
      },
    };
  }
  return undefined;
}

const targetOf = (path: string): Promise<string> => realpath(path).catch(() => path);

/** A device that shares its line has its port under `buses`: one that is there, or a new one. */
function onBus(
  text: string,
  { connect }: Profile,
  source: NewDevice['source'],
): { readonly bus?: YamlItem; readonly source: NewDevice['source'] } {
  if (connect.kind !== 'modbus' && connect.kind !== 'dlt645') return { source };
  if (typeof source === 'string' || 'bus' in source) return { source };
  const { address, ...port } = source;
  const buses = busesIn(text);
  const known = buses.find((bus) => isDeepStrictEqual(bus.source, port));
  const id =
    known?.id ??
    freeName(
      'rs485',
      buses.map((bus) => bus.id),
    );
  return {
    ...(known ? {} : { bus: { id, source: port } }),
    source: { bus: id, ...(address === undefined ? {} : { address }) },
  };
}

function busesIn(text: string): readonly { readonly id: string; readonly source: unknown }[] {
  const yaml = parseYaml(text);
  const { buses = [] } = (yaml.ok ? (yaml.data ?? {}) : {}) as { buses?: readonly { id: string; source: unknown }[] };
  return buses; // it was checked before
}

/** `rs485-1`, or the next number that nobody has. */
export function freeName(stem: string, taken: readonly string[]): string {
  let number = 1;
  while (taken.includes(`${stem}-${number}`)) number++;
  return `${stem}-${number}`;
}
