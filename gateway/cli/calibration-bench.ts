import { existsSync } from 'node:fs';
import type { Settings } from '../config/settings.ts';
import { appendCalibration, readCalibrations } from '../intake/calibration-file.ts';
import { freedomOf, type CalibrationEntry } from '../model/calibration.ts';
import { closest } from '../model/closest.ts';
import { gatewayError, reasonOf } from '../model/errors.ts';
import { rootPath } from '../platform/root.ts';
import type { Subject } from './calibration-draft.ts';
import type { Context } from './context.ts';
import { configPath, loadSettings } from './load-settings.ts';
import { asOwner } from './owner.ts';

/** The calibrations of a site, and what there is to calibrate. */
export interface Bench {
  readonly settings: Settings;
  readonly path: string;
  readonly entries: readonly CalibrationEntry[];
}

/**
 * The bench of the configuration, or of the virtual street where there is none. Lines that cannot be used are said.
 *
 * @throws GatewayError as the configuration does, and FILE_UNREADABLE
 */
export async function openBench(context: Context): Promise<Bench> {
  const file = configPath(context);
  const demo = file === undefined ? { base: process.cwd() } : {};
  const from = file ?? rootPath('hardware/simulator/street.yaml');
  const settings = await loadSettings(from, context, { ...demo, withRemarks: false });
  const path = settings.calibrations;
  const { entries, problems } = await readCalibrations(path).catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, error);
  });
  for (const { line, what } of problems) context.say(`${path}:${line}: ${what[context.language]}`);
  return { settings, path, entries };
}

/** @throws GatewayError DEVICE_UNKNOWN, CALIBRATION_REFUSED */
export function subjectOf({ settings }: Bench, name: string): Subject & { readonly everyMs: number | undefined } {
  const rows = settings.devices.flatMap(({ id, setup, everyMs }) =>
    Object.entries(setup.profile.channels).map(([channel, { quantity, resolution }]) => {
      return { name: `${id}/${channel}`, device: id, channel, quantity, resolution, everyMs };
    }),
  );
  const found = rows.find((row) => row.name === name);
  if (!found) {
    const known = rows.filter(({ quantity }) => freedomOf(quantity) !== 'none').map((row) => row.name);
    const own = known.filter((one) => one.startsWith(`${name}/`));
    const meant = own[0] ?? closest(name, known);
    const hint = meant === undefined ? '' : { en: `Did you mean \`${meant}\`? `, zh: `是否想写 \`${meant}\`？` };
    throw gatewayError('DEVICE_UNKNOWN', { device: name, hint });
  }
  if (freedomOf(found.quantity) !== 'none') return found;
  const reason = { en: 'it is a count, a state or a text', zh: '它是计数、状态或文字' };
  throw gatewayError('CALIBRATION_REFUSED', { channel: name, reason });
}

/** Writes one line. @throws GatewayError FILE_UNWRITABLE */
export async function addEntry({ path, settings }: Bench, entry: CalibrationEntry): Promise<void> {
  const likes = [path, settings.journal.directory, settings.file].filter((one) => existsSync(one));
  try {
    await asOwner(path, likes, () => appendCalibration(path, entry));
  } catch (error) {
    throw gatewayError('FILE_UNWRITABLE', { path, reason: reasonOf(error) }, error);
  }
}
