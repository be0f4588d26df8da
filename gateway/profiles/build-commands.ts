import { readDuration } from '../platform/amount.ts';
import { same } from '../platform/problem.ts';
import { amountIn } from './build-amount.ts';
import type { Command } from './profile.ts';
import { mapEntries, within, type Report } from './report.ts';
import type { WrittenCommand, WrittenProfile } from './written.ts';

/** What can be told to the device, checked. */
export function buildCommands(
  { commands, connect }: WrittenProfile,
  report: Report,
): Readonly<Record<string, Command>> {
  const isOutput = connect.kind === 'modbus' || (connect.kind === 'board' && connect.component === 'output');
  if (commands && !isOutput) {
    report({
      at: ['commands'],
      part: 'key',
      what: {
        en: 'only outputs of boards and Modbus coils take commands',
        zh: '只有板卡输出和 Modbus 线圈可以接受命令',
      },
      hint: { en: 'remove `commands`', zh: '请删除 `commands`' },
    });
  }
  return mapEntries(commands, within(report, 'commands'), (written, inside) => {
    if (isOutput) checkTarget(written, connect.kind === 'modbus', inside);
    const { kind, name, safe, silence, write } = written;
    const silenceMs = amountIn(readDuration(silence), within(inside, 'silence'));
    return { kind, name, safe, silenceMs, ...(write ? { write } : {}) };
  });
}

/** An output of a board is its pin; a coil has to be named. */
function checkTarget({ write }: WrittenCommand, isModbus: boolean, report: Report): void {
  if (isModbus && !write) {
    report({
      at: [],
      part: 'key',
      what: { en: '`write` is missing: which coil is it?', zh: '缺少 `write`：写入哪个线圈？' },
      hint: same('write: { table: coil, at: 0 }'),
    });
  } else if (!isModbus && write) {
    report({
      at: ['write'],
      part: 'key',
      what: { en: '`write` is for Modbus only', zh: '`write` 仅用于 Modbus' },
      hint: { en: 'remove it: the pin of the board is the output', zh: '请删除：板卡的引脚就是输出' },
    });
  }
}
