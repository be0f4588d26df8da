import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { DeviceStatus } from '../model/device.ts';
import { reasonText } from '../platform/reasons.ts';
import type { WireSession } from '../platform/wire.ts';
import type { Facts, Finding } from './checks.ts';

const id = 'device';
const dialWithinMs = 3000;
/** What is retained comes at once; a device that has said nothing by then has no state. */
const listenMs = 500;

/** The devices of a gateway that runs, as it says itself; nothing where none runs or it asks for a name. */
export async function checkDevices({ settings, broker, dial }: Facts): Promise<readonly Finding[]> {
  if (!settings || settings.devices.length === 0) return [];
  const url = `mqtt://${broker.host.includes(':') ? `[${broker.host}]` : broker.host}:${broker.port}`;
  const clientId = `lamppost-doctor-${randomBytes(4).toString('hex')}`;
  let statuses: ReadonlyMap<string, DeviceStatus>;
  try {
    const session = await dial({ url, clientId, protocol: 4 }, AbortSignal.timeout(dialWithinMs));
    statuses = await statusesOn(session, settings.gateway.id).finally(() => session.destroy());
  } catch {
    return []; // the check of the gateway says why nobody answers
  }
  const findings = settings.devices.flatMap(({ id: device, setup }) =>
    findingOn(device, setup.profile.id, statuses.get(device)),
  );
  if (findings.length > 0 || statuses.size === 0) return findings;
  const count = statuses.size;
  return [{ id, state: 'ok', saw: { en: `${count} send what they should`, zh: `${count} 台数据正常` } }];
}

async function statusesOn(session: WireSession, gateway: string): Promise<ReadonlyMap<string, DeviceStatus>> {
  const prefix = `lamppost/1/${gateway}/status/`;
  const found = new Map<string, DeviceStatus>();
  await session.subscribe(`${prefix}+`, ({ topic, payload }) => {
    const status = statusIn(payload);
    if (status) found.set(topic.slice(prefix.length), status);
  });
  await wait(listenMs);
  return found;
}

function statusIn(payload: Buffer): DeviceStatus | undefined {
  try {
    return JSON.parse(payload.toString()) as DeviceStatus;
  } catch {
    return undefined; // the empty message that takes a device back
  }
}

function findingOn(device: string, profile: string, status: DeviceStatus | undefined): readonly Finding[] {
  const { state, why = '' } = status ?? {};
  if (state !== 'fault' && state !== 'stale') return [];
  const saw = { en: reasonText(why, 'en'), zh: reasonText(why, 'zh') };
  const mend = {
    en: `look at its cable and power; \`lamppost profiles show ${profile}\` shows the wiring`,
    zh: `检查线缆和供电；\`lamppost profiles show ${profile}\` 可查看接线`,
  };
  return [{ id, subject: device, state: 'fail', saw, mend }];
}
