import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import type { Site } from '../commission/new-device.ts';
import type { RightDraft } from './add-steps.ts';
import { shortPath } from './commands/config-check.ts';
import type { Context } from './context.ts';
import { backupOf } from './site.ts';

/** What was done, and what is left to do. */
export async function doneLines(site: Site, draft: RightDraft, { language }: Context): Promise<readonly string[]> {
  const [file, id] = [shortPath(site.file), draft.device.id];
  const { host, port } = draft.settings.broker;
  const isRunning = await isListening(host, port);
  const backup = shortPath(backupOf(site.file));
  const kept = existsSync(backup)
    ? { en: `; the file as it was is ${backup}`, zh: `；原文件保存为 ${backup}` }[language]
    : '';
  return [
    { en: `${id} is in ${file}${kept}.`, zh: `已将 ${id} 写入 ${file}${kept}。` }[language],
    isRunning
      ? {
          en: '→ The gateway that runs does not know it yet: start it again (`sudo systemctl restart lamppost`, or Ctrl+C and `lamppost run`).',
          zh: '→ 正在运行的网关尚未载入新设备：请重启网关（`sudo systemctl restart lamppost`，或按 Ctrl+C 后执行 `lamppost run`）。',
        }[language]
      : {
          en: `→ \`lamppost run\` starts the gateway, \`lamppost tail ${id}\` shows its readings.`,
          zh: `→ 用 \`lamppost run\` 启动网关，用 \`lamppost tail ${id}\` 查看读数。`,
        }[language],
  ];
}

/** Whether somebody listens where the gateway would. */
function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: /^(0\.0\.0\.0|::)$/.test(host) ? '127.0.0.1' : host, port, timeout: 1000 });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true));
    socket.once('timeout', end(false));
    socket.once('error', end(false));
  });
}
