import type { CommandSpec } from './spec.ts';
import { filterHint, port, reach } from './options.ts';

/** For who looks after a running gateway, in the order of `lamppost --help`. */
export const runningCommands: readonly CommandSpec[] = [
  {
    name: 'run',
    says: {
      en: 'run the gateway; without a lamppost.yaml, the virtual street',
      zh: '运行网关；没有 lamppost.yaml 时运行虚拟街道',
    },
    options: [
      port('port', 'port of the local MQTT broker; else as configured', '本地 MQTT 代理的端口，默认按配置'),
      port('city-port', "port of the virtual street's city, 1884 by default", '虚拟街道的平台端口，默认 1884'),
    ],
    load: async () => (await import('../commands/run.ts')).run,
  },
  {
    name: 'status',
    says: { en: 'is it working, since when, what to do next', zh: '网关是否正常、自何时起、下一步做什么' },
    options: reach,
    load: async () => (await import('../commands/status.ts')).status,
  },
  {
    name: 'tail',
    args: [['[filter...]', filterHint]],
    says: { en: 'live readings and alarms', zh: '实时读数和告警' },
    options: reach,
    load: async () => (await import('../commands/tail.ts')).tail,
  },
  {
    name: 'history',
    args: [['[filter]', filterHint]],
    says: {
      en: 'stored readings, oldest first; works with the gateway stopped too',
      zh: '已存数据，由旧到新；网关停止时也可用',
    },
    options: [
      { flags: '--device <device>', says: { en: 'of one device, or device/channel', zh: '指定设备，或“设备/通道”' } },
      { flags: '--channel <channel>', says: { en: 'of one channel', zh: '指定通道' } },
      {
        flags: '--from <time>',
        says: { en: 'so long ago (2h, 1d), or 2026-11-22T10:00', zh: '起始：多久以前（2h、1d）或 2026-11-22T10:00' },
      },
      { flags: '--to <time>', says: { en: 'until then', zh: '截止时间' } },
      { flags: '--limit <count>', says: { en: 'the newest so many; 1000 by default', zh: '最新若干条，默认 1000' } },
      { flags: '--csv', says: { en: 'for spreadsheets; times are UTC', zh: '输出 CSV，时间为 UTC' } },
      ...reach,
    ],
    load: async () => (await import('../commands/history.ts')).history,
  },
  {
    name: 'backlog',
    says: { en: 'what waits for each upstream', zh: '各上行的积压情况' },
    options: reach,
    load: async () => (await import('../commands/backlog.ts')).backlog,
  },
  {
    name: 'doctor',
    says: { en: 'look for what is wrong, with the gateway running or not', zh: '查找问题，无论网关是否运行' },
    load: async () => (await import('../commands/doctor.ts')).doctor,
  },
];
