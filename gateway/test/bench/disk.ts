import type { DiskPlan, DiskResult } from './disk-writer.ts';
import { runLoad } from './load.ts';
import { loadText } from './measure.ts';
import type { Section } from './section.ts';
import { shown, table } from './table.ts';

/** What the card of a gateway must bear: 100 readings a second, committed each second, delivered state included. */

const targetBytes = 60;

export const disk: Section = async ({ isQuick, print }) => {
  const plan: DiskPlan = { seconds: isQuick ? 600 : 4800, readingsPerSecond: 100 };
  const { written, device, kept, segments } = await runLoad<DiskResult>('disk-writer.ts', plan);
  const readings = plan.seconds * plan.readingsPerSecond;
  const perReading = (bytes: number): string => shown(bytes / readings);
  print(`${plan.seconds} simulated seconds of ${plan.readingsPerSecond} readings, a real fdatasync each;`);
  print(`${segments} segments in the end: all but the last are sealed, and writing them again counts.\n`);
  const visible = device
    ? [`block device ${device.name}, everybody on it`, perReading(device.written)]
    : ['block device', 'not visible here'];
  const rows = [
    ['written by the process', perReading(written), `≤ ${targetBytes}`],
    [...visible, ''],
    ['kept on the disk', perReading(kept), ''],
  ];
  print(table(['what', 'bytes/reading', 'target'], rows));
  print(`\nload average ${loadText()}`);
};
