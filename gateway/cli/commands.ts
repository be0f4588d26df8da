import type { Run } from './context.ts';
import type { Words } from '../platform/problem.ts';

export interface OptionSpec {
  /** As commander reads it: `-c, --config <file>`. */
  readonly flags: string;
  readonly says: Words;
}

/** One command as people see it. Its code is loaded when it is called. */
export interface CommandSpec {
  readonly name: string;
  readonly says: Words;
  /** As commander reads them: `<id>`, `[file]`, `[filter...]`. */
  readonly args?: readonly (readonly [name: string, says: Words])[];
  readonly options?: readonly OptionSpec[];
  readonly load?: () => Promise<Run>;
  readonly commands?: readonly CommandSpec[];
}

/** For every command. */
export const globalOptions: readonly OptionSpec[] = [
  {
    flags: '-c, --config <file>',
    says: { en: 'configuration; ./lamppost.yaml by default', zh: '配置文件，默认 ./lamppost.yaml' },
  },
  { flags: '--json', says: { en: 'output for programs', zh: '输出 JSON，供程序使用' } },
  { flags: '--lang <language>', says: { en: 'en or zh; by default as LANG says', zh: 'en 或 zh，默认取自 LANG' } },
];

const password = {
  flags: '--password-file <file>',
  says: { en: 'file with the password, - for the standard input', zh: '密码文件，- 表示标准输入' },
};

/** For commands that talk to a running gateway. */
const reach: readonly OptionSpec[] = [
  {
    flags: '-u, --url <url>',
    says: {
      en: 'its broker, such as mqtt://10.0.0.7:1883; else as configured',
      zh: '网关的 MQTT 代理，如 mqtt://10.0.0.7:1883；默认按配置',
    },
  },
  { flags: '--user <name>', says: { en: 'user, needed from another machine', zh: '用户名，从其他机器访问时需要' } },
  password,
];

const filterHint = {
  en: 'a device (underpass-7) or a channel of it (underpass-7/depth)',
  zh: '设备（underpass-7）或其通道（underpass-7/depth）',
};

const profileHint = {
  en: 'such as dfrobot/a02yyuw, or a file such as ./my-sensor.yaml',
  zh: '例如 dfrobot/a02yyuw，或文件 ./my-sensor.yaml',
};

const setting: OptionSpec = {
  flags: '--setting <name=value...>',
  says: { en: 'as the profile asks, such as sensorHeight=3200mm', zh: '档案所需的设置，如 sensorHeight=3200mm' },
};

const as: OptionSpec = {
  flags: '--as <kind>',
  says: {
    en: 'capture, hex, text or binary; by default as it looks',
    zh: 'capture、hex、text 或 binary，默认自动识别',
  },
};

const devices = (flag: string, en: string, zh: string): OptionSpec => ({
  flags: `--${flag} <device...>`,
  says: { en, zh },
});

const port = (flag: string, en: string, zh: string): OptionSpec => ({ flags: `--${flag} <port>`, says: { en, zh } });

/** The commands, in the order of `lamppost --help`. */
export const commands: readonly CommandSpec[] = [
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
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'status',
    says: { en: 'is it working, since when, what to do next', zh: '网关是否正常、自何时起、下一步做什么' },
    options: reach,
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'tail',
    args: [['[filter...]', filterHint]],
    says: { en: 'live readings and alarms', zh: '实时读数和告警' },
    options: reach,
    load: async () => (await import('./commands/tail.ts')).tail,
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
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'service',
    args: [['<device>', { en: 'such as gauge-1', zh: '例如 gauge-1' }]],
    says: {
      en: 'work at a device: its readings are bad meanwhile, its alarms hold',
      zh: '维护设备：其间读数标为异常，告警保持',
    },
    options: [
      { flags: '--for <time>', says: { en: 'such as 2h; 30min by default', zh: '时长，如 2h，默认 30min' } },
      { flags: '--off', says: { en: 'end it now', zh: '立即结束' } },
      { flags: '--by <name>', says: { en: 'who works there', zh: '维护人员' } },
      ...reach,
    ],
    load: async () => (await import('./commands/service.ts')).service,
  },
  {
    name: 'calibrate',
    args: [['<channel>', { en: 'such as underpass-7/depth', zh: '例如 underpass-7/depth' }]],
    says: {
      en: 'hold a sensor against an instrument; on a terminal it asks',
      zh: '用标准器校准传感器；在终端上逐步提问',
    },
    options: [
      {
        flags: '--point <comparison...>',
        says: {
          en: "instrument = what is shown, such as '0 cm=1.2 cm'; without = the value is taken live",
          zh: "标准值=显示值，如 '0 cm=1.2 cm'；省略 = 则读取实时值",
        },
      },
      { flags: '--by <name>', says: { en: 'who calibrates', zh: '校准人' } },
      { flags: '--reference <instrument>', says: { en: 'what it is held against', zh: '标准器' } },
      {
        flags: '--valid <time>',
        says: { en: '1y by default; or 180d, or 2027-11-22', zh: '有效期，默认 1y；或 180d、2027-11-22' },
      },
      { flags: '--force', says: { en: 'even if it looks wrong', zh: '即使结果可疑也写入' } },
      ...reach,
    ],
    load: async () => (await import('./commands/calibrate.ts')).calibrate,
    commands: [
      {
        name: 'list',
        says: { en: 'all records, and which are in force', zh: '列出全部记录及生效情况' },
        load: async () => (await import('./commands/calibrations.ts')).calibrationList,
      },
      {
        name: 'void',
        args: [['<id>', { en: 'as `lamppost calibrate list` shows it', zh: '见 `lamppost calibrate list`' }]],
        says: { en: 'take one back; the one before it counts again', zh: '作废一条记录，恢复前一条' },
        options: [
          { flags: '--by <name>', says: { en: 'who takes it back', zh: '作废人' } },
          { flags: '--why <reason>', says: { en: 'the reason', zh: '原因' } },
        ],
        load: async () => (await import('./commands/calibrations.ts')).calibrationVoid,
      },
    ],
  },
  {
    name: 'backlog',
    says: { en: 'what waits for each upstream', zh: '各上行的积压情况' },
    options: reach,
    load: async () => (await import('./commands/backlog.ts')).backlog,
  },
  {
    name: 'doctor',
    says: { en: 'look for what is wrong, with the gateway running or not', zh: '查找问题，无论网关是否运行' },
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'config',
    says: { en: 'check the configuration', zh: '检查配置' },
    commands: [
      {
        name: 'check',
        args: [
          ['[file]', { en: 'else the one of --config, or ./lamppost.yaml', zh: '默认取 --config 或 ./lamppost.yaml' }],
        ],
        says: { en: 'everything that is wrong with it, and what to know of it', zh: '列出全部错误和注意事项' },
        load: async () => (await import('./commands/config-check.ts')).configCheck,
      },
    ],
  },
  {
    name: 'profiles',
    says: { en: 'kinds of devices: how to wire them, what they give', zh: '设备档案：接线方法与数据' },
    commands: [
      {
        name: 'list',
        says: { en: 'all there are', zh: '列出全部' },
        load: async () => (await import('./commands/profiles-list.ts')).profilesList,
      },
      {
        name: 'show',
        args: [['<id>', profileHint]],
        says: { en: 'wiring, settings, channels of one', zh: '查看接线、设置和通道' },
        load: async () => (await import('./commands/profiles-show.ts')).profilesShow,
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
              en: 'else in the folder `profiles:` of lamppost.yaml, or here',
              zh: '默认写入 lamppost.yaml 的 `profiles:` 目录，或当前目录',
            },
          },
        ],
        load: async () => (await import('./commands/profiles-new.ts')).profilesNew,
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
        load: async () => (await import('./commands/profiles-test.ts')).profilesTest,
      },
    ],
  },
  {
    name: 'ports',
    says: {
      en: 'serial ports, and what to write for each into lamppost.yaml',
      zh: '串口及其在 lamppost.yaml 中的写法',
    },
    load: async () => (await import('./commands/ports.ts')).ports,
  },
  {
    name: 'probe',
    args: [
      [
        '<port>',
        {
          en: 'such as /dev/ttyUSB0 or 10.0.0.9:4001; or a device of lamppost.yaml',
          zh: '例如 /dev/ttyUSB0 或 10.0.0.9:4001；或 lamppost.yaml 中的设备',
        },
      ],
    ],
    says: { en: 'listen to a port and tell which device is there', zh: '监听端口，判断所接设备' },
    options: [
      {
        flags: '--seconds <count>',
        says: { en: 'for each line setting; 2.5 by default', zh: '每种线路参数的监听秒数，默认 2.5' },
      },
      { flags: '--line <settings>', says: { en: 'only this, such as "9600 8N1"', zh: '只试此参数，如 "9600 8N1"' } },
      { flags: '--profile <id>', says: { en: 'only this one', zh: '只试此档案' } },
      {
        flags: '--scan <addresses>',
        says: { en: 'Modbus addresses to try, such as 1-247', zh: '要尝试的 Modbus 地址，如 1-247' },
      },
      { flags: '--only-listen', says: { en: 'send nothing', zh: '只监听，不发送' } },
      {
        flags: '--capture <file>',
        says: { en: 'keep what came, for `lamppost replay`', zh: '保存收到的字节，供 `lamppost replay` 使用' },
      },
    ],
    load: async () => (await import('./commands/probe.ts')).probe,
  },
  {
    name: 'add',
    says: {
      en: 'add a device to lamppost.yaml, with questions on a terminal',
      zh: '向 lamppost.yaml 添加设备，在终端中逐项询问',
    },
    options: [
      { flags: '--id <id>', says: { en: 'name of the device, such as underpass-7', zh: '设备标识，如 underpass-7' } },
      { flags: '--profile <id>', says: { en: 'such as dfrobot/a02yyuw', zh: '设备档案，如 dfrobot/a02yyuw' } },
      {
        flags: '--source <source>',
        says: {
          en: 'serial=/dev/ttyUSB0, tcp=host:port, bus=rs485-1, board=roof, ingest …',
          zh: 'serial=/dev/ttyUSB0、tcp=主机:端口、bus=rs485-1、board=roof、ingest 等',
        },
      },
      { flags: '--address <address>', says: { en: 'on its bus', zh: '总线地址' } },
      { flags: '--pin <pin>', says: { en: 'of its board', zh: '板卡引脚' } },
      setting,
      { flags: '--name-en <name>', says: { en: 'name for people', zh: '英文名称' } },
      { flags: '--name-zh <name>', says: { en: 'name for people, in Chinese', zh: '中文名称' } },
      { flags: '--every <time>', says: { en: 'time between readings, such as 10s', zh: '读数间隔，如 10s' } },
      {
        flags: '--gateway <id>',
        says: {
          en: 'id of the gateway where there is no lamppost.yaml; lp-1',
          zh: '新建 lamppost.yaml 时的网关标识，默认 lp-1',
        },
      },
      {
        flags: '--seconds <count>',
        says: { en: 'wait so long for the first reading; 15', zh: '等待首个读数的秒数，默认 15' },
      },
      { flags: '--unheard', says: { en: 'without waiting for a reading', zh: '不等待读数' } },
      { flags: '--dry-run', says: { en: 'write nothing', zh: '不写入文件' } },
    ],
    load: async () => (await import('./commands/add.ts')).add,
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
    load: async () => (await import('./commands/replay.ts')).replay,
  },
  {
    name: 'user',
    says: { en: 'who may connect to the local broker by name', zh: '管理可登录本地代理的用户' },
    commands: [
      {
        name: 'add',
        args: [['<name>', { en: 'letters, digits and . _ @ -', zh: '字母、数字和 . _ @ -' }]],
        says: { en: "add one; '*' means all devices", zh: "添加用户；'*' 表示全部设备" },
        options: [
          devices('read', 'may see these', '可读取的设备'),
          devices('ingest', 'may publish values of these', '可上报的设备'),
          devices('raise', 'may raise alarms of these', '可发起告警的设备'),
          devices('command', 'may switch outputs of these', '可控制的设备'),
          {
            flags: '--ask',
            says: { en: 'may ask for history, backlog and service', zh: '可查询历史和积压、设置维护' },
          },
          {
            flags: '--topic <filter...>',
            says: { en: 'may use topics outside lamppost/', zh: '可使用 lamppost/ 之外的主题' },
          },
          {
            flags: password.flags,
            says: { en: 'else one is made up', zh: '密码文件，- 表示标准输入；默认自动生成密码' },
          },
        ],
        load: async () => (await import('./commands/user.ts')).userAdd,
      },
      {
        name: 'list',
        says: { en: 'all there are', zh: '列出全部' },
        load: async () => (await import('./commands/user.ts')).userList,
      },
      {
        name: 'remove',
        args: [['<name>', { en: 'as `lamppost user list` shows it', zh: '见 `lamppost user list`' }]],
        says: { en: 'take one away', zh: '删除用户' },
        load: async () => (await import('./commands/user.ts')).userRemove,
      },
    ],
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
    load: async () => (await import('./commands/quality.ts')).quality,
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
    load: async () => (await import('./commands/receive.ts')).receive,
  },
  {
    name: 'version',
    says: { en: 'which Lamppost this is, and on what it runs', zh: '版本与运行环境' },
    load: async () => (await import('./commands/version.ts')).version,
  },
];
