import { readCalibrations } from '../intake/calibration-file.ts';
import { ServiceFile } from '../intake/service-file.ts';
import { inForce } from '../model/calibration.ts';
import { reasonOf } from '../model/errors.ts';
import { fileErrorCode, systemFiles } from '../platform/files.ts';
import { same } from '../platform/problem.ts';
import type { Facts, Finding } from './checks.ts';

const dayMs = 86_400_000;
/** So long before its end somebody should plan the next calibration. */
const soonMs = 30 * dayMs;

/** Calibrations that have run out or soon will, and lines of their file that say nothing. */
export async function checkCalibrations({ settings }: Facts): Promise<readonly Finding[]> {
  const id = 'calibrations';
  if (!settings) return [];
  const path = settings.calibrations;
  const { entries, problems } = await readCalibrations(path);
  const damaged = problems.map(({ line, what }): Finding => {
    const mend = {
      en: 'leave the line; calibrate again what it was about: `lamppost calibrate list`',
      zh: '保留此行；请重新校准相应通道：`lamppost calibrate list`',
    };
    return { id, subject: `${path}:${line}`, state: 'warn', saw: what, mend };
  });
  const now = Date.now();
  const channels = settings.devices.flatMap(({ id: device, setup }) =>
    Object.keys(setup.profile.channels).map((channel) => `${device}/${channel}`),
  );
  const current = [...inForce(entries)].filter(([channel]) => channels.includes(channel));
  const late = current.flatMap(([subject, { validUntil }]): Finding[] => {
    const days = Math.ceil((validUntil - now) / dayMs);
    const mend = same(`lamppost calibrate ${subject}`);
    if (validUntil < now) {
      const saw = { en: 'its calibration has expired: values are doubtful', zh: '校准已过期，数据标为可疑' };
      return [{ id, subject, state: 'warn', saw, mend }];
    }
    if (validUntil > now + soonMs) return [];
    const saw = { en: `its calibration expires within ${days} d`, zh: `校准将在 ${days} 天内过期` };
    return [{ id, subject, state: 'warn', saw, mend }];
  });
  const count = current.length;
  const well: Finding[] =
    late.length + damaged.length === 0 && count > 0
      ? [{ id, state: 'ok', saw: { en: `${count} in force`, zh: `${count} 条生效` } }]
      : [];
  return [...damaged, ...late, ...well];
}

/** Devices that somebody works at: their readings are bad on purpose. */
export async function checkServices({ settings }: Facts): Promise<readonly Finding[]> {
  const id = 'service';
  if (!settings) return [];
  const file = new ServiceFile(systemFiles, settings.journal.directory);
  try {
    const running = (await file.read()).filter(({ until }) => until > Date.now());
    return running.map(({ device, until, by }): Finding => {
      const minutes = Math.ceil((until - Date.now()) / 60_000);
      const saw = {
        en: `in service for ${minutes} min more${by === undefined ? '' : ` (${by})`}`,
        zh: `维护中，还有 ${minutes} 分钟${by === undefined ? '' : `（${by}）`}`,
      };
      return { id, subject: device, state: 'warn', saw, mend: same(`lamppost service ${device} --off`) };
    });
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return []; // it has not run yet
    return [{ id, state: 'warn', saw: same(reasonOf(error)) }];
  }
}
