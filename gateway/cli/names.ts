import { closest } from '../model/closest.ts';
import type { DeviceDescription } from '../model/device.ts';
import { gatewayError } from '../model/errors.ts';
import type { GatewayClient } from './client.ts';
import type { Filter } from './filter.ts';

/** What the gateway tells of its devices, as far as this user may see them. */
export async function devicesOf(client: GatewayClient): Promise<readonly DeviceDescription[]> {
  return (await client.retained('device/+')).map(({ content }) => content as DeviceDescription);
}

const isAny = (name: string | undefined): boolean => name === undefined || name === '+';

/** Stops at a name that none of the devices has. @throws GatewayError DEVICE_UNKNOWN */
export function checkNames(known: readonly DeviceDescription[], { device, channel }: Partial<Filter>): void {
  const rows = known.filter((row) => isAny(device) || row.device === device);
  if (device !== undefined && rows.length === 0) {
    throw unknown(
      device,
      known.map((row) => row.device),
    );
  }
  const channels = rows.flatMap((row) => Object.keys(row.channels));
  if (channel === undefined || isAny(channel) || channels.includes(channel)) return;
  throw unknown(
    isAny(device) ? channel : `${device}/${channel}`,
    channels.map((name) => (isAny(device) ? name : `${device}/${name}`)),
  );
}

function unknown(name: string, known: readonly string[]): Error {
  const meant = closest(name, known);
  const hint = meant === undefined ? '' : { en: `Did you mean \`${meant}\`? `, zh: `是否想写 \`${meant}\`？` };
  return gatewayError('DEVICE_UNKNOWN', { device: name, hint });
}
