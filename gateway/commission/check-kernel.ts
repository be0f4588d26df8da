import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { GpioChip } from '../field/transports/linux/gpio-chip.ts';
import { systemCalls } from '../field/transports/linux/syscalls.ts';
import { reasonOf } from '../model/errors.ts';
import { same, type Words } from '../platform/problem.ts';
import { reasonText } from '../platform/reasons.ts';
import type { Facts, Finding } from './checks.ts';

const id = 'kernel-devices';

/** What of the configuration the kernel itself must have: GPIO chips, the I2C bus of the header, 1-Wire and IIO. */
export async function checkKernelDevices({ settings }: Facts, root = '/sys'): Promise<readonly Finding[]> {
  if (!settings) return [];
  const labels = new Set(settings.boards.flatMap(({ source }) => (source.kind === 'gpio' ? [source.label] : [])));
  const sensors = settings.devices.flatMap(({ source, setup: { profile } }) =>
    source.kind === 'sysfs' && profile.connect.kind === 'sysfs'
      ? [{ sensor: source.id, files: Object.values(profile.connect.files) }]
      : [],
  );
  return [
    ...(await Promise.all([...labels].map(headerFinding))),
    ...(await Promise.all(sensors.map((sensor) => sensorFinding(sensor, root)))),
  ];
}

async function headerFinding(label: string): Promise<Finding> {
  try {
    const chip = new GpioChip(await systemCalls(), label);
    const { label: found, lines } = chip.info;
    await chip.close();
    return { id, subject: label, state: 'ok', saw: { en: `${found}, ${lines} lines`, zh: `${found}，${lines} 路` } };
  } catch (error) {
    const why = reasonOf(error);
    const mend: Words = why.includes('group')
      ? same('sudo usermod -aG gpio $USER')
      : {
          en: 'write the label of a chip that is there, or take the board out',
          zh: '请改写为存在的芯片标签，或删除该板卡',
        };
    return { id, subject: label, state: 'fail', saw: { en: reasonText(why, 'en'), zh: reasonText(why, 'zh') }, mend };
  }
}

async function sensorFinding(
  { sensor, files }: { readonly sensor: string; readonly files: readonly string[] },
  root: string,
): Promise<Finding> {
  for (const file of files.map((path) => path.replaceAll('{id}', sensor))) {
    const isThere = await access(join(root, file)).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    const saw: Words = { en: `the kernel has no /sys/${file}`, zh: `内核中没有 /sys/${file}` };
    const mend: Words = file.startsWith('bus/w1/')
      ? {
          en: 'look at the wiring; `dtoverlay=w1-gpio` in /boot/firmware/config.txt switches 1-Wire on',
          zh: '检查接线；在 /boot/firmware/config.txt 中用 `dtoverlay=w1-gpio` 启用 1-Wire',
        }
      : { en: 'look at the wiring, and that its driver is loaded', zh: '检查接线，并确认驱动已加载' };
    return { id, subject: sensor, state: 'fail', saw, mend };
  }
  return { id, subject: sensor, state: 'ok', saw: { en: 'is there', zh: '存在' } };
}
