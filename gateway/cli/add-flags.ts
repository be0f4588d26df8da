import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { NewDevice } from '../commission/new-device.ts';
import { lastingName } from './byte-port.ts';
import { optionOf, usage, type Call } from './context.ts';
import { settingsIn } from './setting-flags.ts';

/** What the flags say of a device; what they do not say is asked on a terminal. @throws GatewayError USAGE */
export async function deviceIn(call: Call): Promise<Partial<NewDevice>> {
  const [id, profile, every] = ['id', 'profile', 'every'].map((name) => optionOf(call, name));
  const settings = settingsIn(call);
  const source = await sourceIn(call);
  const name = nameIn(call);
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(profile === undefined ? {} : { profile }),
    ...(source === undefined ? {} : { source }),
    ...(every === undefined ? {} : { every }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  };
}

function nameIn(call: Call): NewDevice['name'] | undefined {
  const [en, zh] = [optionOf(call, 'nameEn'), optionOf(call, 'nameZh')];
  return en !== undefined && zh !== undefined ? { en, zh } : (en ?? zh);
}

/** Sources that are one word. */
const plainSources = ['ingest', 'gateway'];

async function sourceIn(call: Call): Promise<NewDevice['source'] | undefined> {
  const written = optionOf(call, 'source');
  if (written === undefined) return undefined;
  if (plainSources.includes(written)) return written;
  const [, kind, value] = /^([a-z]+)=(.+)$/.exec(written) ?? [];
  if (kind === undefined || value === undefined) throw usage(call, noSource(written));
  const [address, pin] = [optionOf(call, 'address'), optionOf(call, 'pin')];
  return {
    [kind]: kind === 'serial' ? await lastingName(portPath(value)) : value,
    ...(address === undefined ? {} : { address: numberOr(address) }),
    ...(pin === undefined ? {} : { pin: numberOr(pin) }),
  };
}

/** A meter's address of twelve digits is a text. */
const numberOr = (written: string): number | string => (/^\d{1,4}$/.test(written) ? Number(written) : written);

function portPath(written: string): string {
  const inDev = `/dev/${written}`;
  return !written.includes('/') && existsSync(inDev) ? inDev : resolve(written);
}

const noSource = (written: string) => ({
  en: `\`--source ${written}\` is none; write for example serial=/dev/ttyUSB0, tcp=10.0.0.9:4001, bus=rs485-1, board=roof or ingest`,
  zh: `\`--source ${written}\` 无效；例如写作 serial=/dev/ttyUSB0、tcp=10.0.0.9:4001、bus=rs485-1、board=roof 或 ingest`,
});
