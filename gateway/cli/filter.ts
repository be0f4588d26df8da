import { isId, isWord } from '../model/names.ts';
import type { Words } from '../platform/problem.ts';

/** Which devices and channels are wanted; `+` is any. */
export interface Filter {
  readonly device: string;
  readonly channel: string;
}

export type ReadFilter = { readonly ok: true; readonly filter: Filter } | { readonly ok: false; readonly what: Words };

const any = '+';

/** Reads `underpass-7` or `underpass-7/depth`; `*` stands for any. */
export function readFilter(text: string): ReadFilter {
  const [first = '', second, ...rest] = text.split('/').map((level) => (level === '*' ? any : level));
  const device = first;
  const channel = second ?? any;
  if (rest.length === 0 && (device === any || isId(device)) && (channel === any || isWord(channel))) {
    return { ok: true, filter: { device, channel } };
  }
  return {
    ok: false,
    what: {
      en: `\`${text}\` is neither a device nor a device/channel, such as \`underpass-7\` or \`underpass-7/depth\``,
      zh: `\`${text}\` 不是“设备”或“设备/通道”，例如 \`underpass-7\` 或 \`underpass-7/depth\``,
    },
  };
}

/** Topic filters, under the gateway's prefix, that bring everything that is wanted; no two of them overlap. */
export function topicsOf(filters: readonly Filter[]): readonly string[] {
  const named = namedDevices(filters);
  const devices = named.length === 0 || filters.some(({ device }) => device === any) ? [any] : named;
  return devices.flatMap((device) => [`reading/${device}/+`, `alarm/${device}/+`, `quarantine/${device}`]);
}

/** The devices that filters name. */
export function namedDevices(filters: readonly Filter[]): readonly string[] {
  return [...new Set(filters.map(({ device }) => device))].filter((device) => device !== any);
}

/** Whether something of a device, and perhaps of one channel of it, is wanted. No filter wants everything. */
export function isWanted(
  filters: readonly Filter[],
  { device, channel }: { readonly device: string; readonly channel?: string | undefined },
): boolean {
  if (filters.length === 0) return true;
  return filters.some(
    (filter) =>
      (filter.device === any || filter.device === device) &&
      (filter.channel === any || channel === undefined || filter.channel === channel),
  );
}
