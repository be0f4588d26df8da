import { firstReading, isRead, type FirstReading } from '../commission/first-reading.ts';
import { draftDevice, type Drafted, type NewDevice, type Site } from '../commission/new-device.ts';
import type { DeviceSettings, Settings } from '../config/settings.ts';
import { gatewayError, type Language } from '../model/errors.ts';
import { withItem } from '../platform/yaml-edit.ts';
import { forkChild } from '../platform/children.ts';
import { systemClock } from '../platform/clock.ts';
import { refuseHeld } from './byte-port.ts';
import type { Context } from './context.ts';
import { table } from './format.ts';
import { readingCells } from './probe-lines.ts';
import { progressLine } from './progress.ts';
import { reasonText } from '../platform/reasons.ts';

export type RightDraft = Extract<Drafted, { readonly ok: true }>;

/** @throws GatewayError DEVICE_REFUSED with the first problem. */
export async function rightDraft(site: Site, device: NewDevice): Promise<RightDraft> {
  const drafted = await draftDevice(site, device);
  if (drafted.ok) return drafted;
  const [{ what, hint } = { what: { en: '?', zh: '?' }, hint: undefined }] = drafted.problems;
  throw gatewayError('DEVICE_REFUSED', {
    device: device.id,
    what,
    hint: hint ?? { en: '`lamppost add --help` shows how it is used.', zh: '用 `lamppost add --help` 查看用法。' },
  });
}

/** Whether there is something to wait for: what publishes by itself has no port of ours. */
export const canBeRead = ({ settings, device }: RightDraft): boolean =>
  device.source.kind !== 'simulated' && isRead({ ...settings, simulatedDirectory: '' }, device.id);

/** Seconds to wait: at least as long as the device takes from one reading to the next. */
export function patience({ device }: RightDraft, seconds: number): number {
  return Math.max(seconds, Math.ceil(device.setup.profile.minEveryMs / 1000) + startSeconds);
}

/** Time for the process that reads it to come up. */
const startSeconds = 2;

/** Reads the device once, with a line on the terminal while it waits. @throws GatewayError PORT_HELD */
export async function readOnce(
  { settings, device }: RightDraft,
  { language, signal }: Context,
  seconds: number,
): Promise<FirstReading> {
  const path = portOf(settings, device);
  if (path !== undefined) await refuseHeld(path);
  const progress = progressLine();
  try {
    return await firstReading({
      field: { ...settings, simulatedDirectory: '' },
      device: device.id,
      startChild: forkChild,
      clock: systemClock,
      withinMs: seconds * 1000,
      signal,
      onWait: (leftMs) => {
        const left = Math.ceil(leftMs / 1000);
        progress.show(
          { en: `Waiting for the first reading, ${left} s left`, zh: `正在等待首个读数，剩余 ${left} 秒` }[language],
        );
      },
    });
  } finally {
    progress.clear();
  }
}

/** The serial port behind a device, its own or that of its bus or board. */
function portOf({ buses, boards }: Settings, { source }: DeviceSettings): string | undefined {
  const shared =
    source.kind === 'bus'
      ? buses.find(({ id }) => id === source.bus)
      : source.kind === 'board'
        ? boards.find(({ id }) => id === source.board)
        : undefined;
  const port = shared?.source ?? source;
  return port.kind === 'serial' ? port.path : undefined;
}

/** What is new in the configuration, as it will stand there. */
export function additionLines({ added }: RightDraft): readonly string[] {
  return added.flatMap(({ list, item }) => withItem('', list, item).trimEnd().split('\n'));
}

/** The first reading of each channel. */
export function readingLines({ device }: RightDraft, { samples }: FirstReading, language: Language): readonly string[] {
  return table(samples.map((sample) => readingCells(device.setup.profile, sample, language)));
}

/** Why there is no reading, as far as anybody knows. */
export function silenceReason({ garbage, down }: FirstReading, language: Language): string {
  const why = garbage ?? down;
  return why === undefined ? '' : { en: ': ', zh: '：' }[language] + reasonText(why, language);
}
