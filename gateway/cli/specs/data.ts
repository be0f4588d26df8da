import type { CommandSpec } from './spec.ts';
import { as, password, profileHint, setting } from './options.ts';

/** For who makes profiles, and for who takes the data, in the order of `lamppost --help`. */
export const dataCommands: readonly CommandSpec[] = [
  {
    name: 'profiles',
    says: { en: 'kinds of devices: how to wire them, what they give', zh: '设备档案：接线方法与数据' },
    commands: [
      {
        name: 'list',
        says: { en: 'all there are', zh: '列出全部' },
        load: async () => (await import('../commands/profiles-list.ts')).profilesList,
      },
      {
        name: 'show',
        args: [['<id>', profileHint]],
        says: { en: 'wiring, settings, channels of one', zh: '查看接线、设置和通道' },
        load: async () => (await import('../commands/profiles-show.ts')).profilesShow,
      },
      {
        name: 'new',
        args: [['[id]', { en: '<maker>/<model>, such as acme/level-3', zh: '<厂家>/<型号>，如 acme/level-3' }]],
        says: { en: 'begin one for another device', zh: '为新设备创建档案' },
        options: [
          {
            flags: '--kind <kind>',
            says: {
              en: 'frame, line, json, modbus, topic or analog',
              zh: 'frame、line、json、modbus、topic 或 analog',
            },
          },
          { flags: '--line <settings>', says: { en: 'such as "9600 8N1"', zh: '例如 "9600 8N1"' } },
          { flags: '--example <message>', says: { en: 'such as "FF 07 A1 A7"', zh: '例如 "FF 07 A1 A7"' } },
          { flags: '--quantity <name>', says: { en: 'such as water_distance', zh: '例如 water_distance' } },
          {
            flags: '--out <file>',
            says: {
              en: 'else in the folder `profiles:` of lamppost.yaml, or ./profiles',
              zh: '默认写入 lamppost.yaml 的 `profiles:` 目录，否则为 ./profiles',
            },
          },
        ],
        load: async () => (await import('../commands/profiles-new.ts')).profilesNew,
      },
      {
        name: 'test',
        args: [['[id...]', profileHint]],
        says: { en: 'run their examples, or try one on bytes', zh: '运行档案中的示例，或用字节试一个档案' },
        options: [
          { flags: '--bytes <hex>', says: { en: 'such as "FF 07 A1 A7"', zh: '例如 "FF 07 A1 A7"' } },
          { flags: '--text <text>', says: { en: 'such as "R1234\\r"', zh: '例如 "R1234\\r"' } },
          { flags: '--capture <file>', says: { en: 'what came over a line', zh: '抓包文件' } },
          setting,
          as,
        ],
        load: async () => (await import('../commands/profiles-test.ts')).profilesTest,
      },
    ],
  },
  {
    name: 'replay',
    args: [
      [
        '<capture>',
        { en: 'of `lamppost probe --capture`, or any bytes', zh: '`lamppost probe --capture` 的文件，或任意字节' },
      ],
    ],
    says: { en: 'what a profile makes of captured bytes', zh: '用档案解析已保存的字节' },
    options: [
      { flags: '--profile <id>', says: { en: 'else the one that fits', zh: '指定档案，默认自动判断' } },
      setting,
      as,
    ],
    load: async () => (await import('../commands/replay.ts')).replay,
  },
  {
    name: 'quality',
    args: [
      [
        '<csv>',
        { en: 'a file with times and values, - for the standard input', zh: '含时间和数值的 CSV 文件，- 表示标准输入' },
      ],
    ],
    says: {
      en: 'the classical QARTOD tests over a file, to compare with others',
      zh: '对 CSV 文件执行经典 QARTOD 检查，便于与其他实现对比',
    },
    options: [
      { flags: '--time <column>', says: { en: 'name or number of the column of times', zh: '时间列的名称或序号' } },
      { flags: '--value <column>', says: { en: 'name or number of the column of values', zh: '数值列的名称或序号' } },
      {
        flags: '--time-gap <time>',
        says: { en: 'a longer time since the value before fails, such as 2h', zh: '与前一值的最大间隔，例如 2h' },
      },
      {
        flags: '--gross-range <low,high>',
        says: {
          en: 'values outside fail; --gross-range=-1,5 below zero',
          zh: '超出则不合格；负值写作 --gross-range=-1,5',
        },
      },
      { flags: '--gross-range-suspect <low,high>', says: { en: 'values outside are suspect', zh: '超出则可疑' } },
      {
        flags: '--spike <suspect,fail>',
        says: { en: 'distance from both neighbours, such as 0.1,0.5', zh: '与前后值之差，例如 0.1,0.5' },
      },
      {
        flags: '--spike-method <method>',
        says: { en: 'average (default) or differential', zh: 'average（默认）或 differential' },
      },
      {
        flags: '--rate-of-change <suspect,fail>',
        says: { en: 'units per second, such as 0.01,0.05', zh: '每秒变化量，例如 0.01,0.05' },
      },
      {
        flags: '--flat-line <tolerance,suspect,fail>',
        says: { en: 'within a tolerance for so long, such as 0.002,6h,24h', zh: '在容差内持续多久，例如 0.002,6h,24h' },
      },
      {
        flags: '--attenuated-signal <suspect,fail,period>',
        says: { en: 'too little movement, such as 0.01,0.002,12h', zh: '波动过小，例如 0.01,0.002,12h' },
      },
      { flags: '--attenuated-by <spread>', says: { en: 'std (default) or range', zh: 'std（默认）或 range' } },
    ],
    load: async () => (await import('../commands/quality.ts')).quality,
  },
  {
    name: 'receive',
    args: [['<url>', { en: 'such as mqtts://broker.example:8883', zh: '例如 mqtts://broker.example:8883' }]],
    says: {
      en: "the city's side: each entry once as NDJSON, and what is complete",
      zh: '平台侧参考接收器：逐条输出 NDJSON 并核对完整性',
    },
    options: [
      {
        flags: '--prefix <topic>',
        says: { en: 'first levels of the topics; city by default', zh: '主题前缀，默认 city' },
      },
      { flags: '--ledger <file>', says: { en: 'keep there what was received', zh: '收讫台账文件' } },
      {
        flags: '--client-id <id>',
        says: { en: 'fixed: the broker keeps what comes while away', zh: '固定的客户端标识，离线期间由代理代存' },
      },
      { flags: '--protocol <version>', says: { en: '5 or 3.1.1', zh: '5 或 3.1.1' } },
      { flags: '--user <name>', says: { en: 'user at that broker', zh: '该代理的用户名' } },
      password,
      { flags: '--ca <file>', says: { en: 'PEM of the authority', zh: '签发机构证书（PEM）' } },
      { flags: '--cert <file>', says: { en: 'PEM of our certificate', zh: '本端证书（PEM）' } },
      { flags: '--key <file>', says: { en: 'PEM of our key', zh: '本端私钥（PEM）' } },
    ],
    load: async () => (await import('../commands/receive.ts')).receive,
  },
];
