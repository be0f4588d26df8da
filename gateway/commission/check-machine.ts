import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { buildDate } from '../model/version.ts';
import { same } from '../platform/problem.ts';
import type { Facts, Finding } from './checks.ts';

/** What `package.json` asks for, and why: argon2 in node:crypto came with it. */
const neededNode = [24, 11] as const;

export async function checkNode(): Promise<readonly Finding[]> {
  const id = 'node';
  const running = process.versions.node;
  const [major = 0, minor = 0] = running.split('.').map(Number);
  const isEnough = major > neededNode[0] || (major === neededNode[0] && minor >= neededNode[1]);
  const saw = same(`Node ${running}, ${process.platform}-${process.arch}`);
  if (isEnough) return [{ id, state: 'ok', saw }];
  return [{ id, state: 'fail', saw, mend: same('npm ci') }];
}

/** A gateway with a dozen devices takes about so much; below it the system starts to kill processes. */
const neededBytes = 48 * 1024 * 1024;
const comfortableBytes = 128 * 1024 * 1024;

export async function checkMemory(): Promise<readonly Finding[]> {
  const id = 'memory';
  const free = (await availableBytes()) ?? process.availableMemory();
  const [left, all] = [megabytes(free), megabytes(totalmem())];
  const saw = { en: `${left} of ${all} are free`, zh: `${all} 内存，可用 ${left}` };
  if (free >= comfortableBytes) return [{ id, state: 'ok', saw }];
  const mend = {
    en: 'see what takes it: `ps aux --sort=-rss | head`',
    zh: '查看占用内存的程序：`ps aux --sort=-rss | head`',
  };
  return [{ id, state: free < neededBytes ? 'fail' : 'warn', saw, mend }];
}

/** What programs can still get, caches given back; on Linux. Source: proc_meminfo(5), MemAvailable. */
async function availableBytes(): Promise<number | undefined> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;

/** Whether anybody vouches for the clock. Readings are never lost for it; they say how far their time is to be trusted. */
export async function checkClock({ askWitness }: Facts): Promise<readonly Finding[]> {
  const id = 'clock';
  const now = new Date().toISOString().slice(0, 19).replace('T', ' ');
  if (Date.now() < buildDate) {
    return [
      {
        id,
        state: 'fail',
        saw: { en: `it shows ${now} UTC, before this program was made`, zh: `显示 ${now} UTC，早于本程序的发布日期` },
        mend: {
          en: "sudo timedatectl set-time '2026-12-31 12:00:00' (the time now)",
          zh: "sudo timedatectl set-time '2026-12-31 12:00:00'（改为当前时间）",
        },
      },
    ];
  }
  if ((await askWitness()).isSynced) {
    return [
      { id, state: 'ok', saw: { en: `${now} UTC, kept right by a time service`, zh: `${now} UTC，由时间服务校准` } },
    ];
  }
  return [
    {
      id,
      state: 'warn',
      saw: {
        en: `${now} UTC, and nobody vouches for it: readings are marked \`held\``,
        zh: `${now} UTC，未经校准：读数将标记为 \`held\``,
      },
      mend: same('sudo timedatectl set-ntp true'),
    },
  ];
}
