import type { CommandSpec } from './spec.ts';
import { devices, password, reach, setting } from './options.ts';

/** For who sets up a cabinet and works at its sensors, in the order of `lamppost --help`. */
export const siteCommands: readonly CommandSpec[] = [
  {
    name: 'ports',
    says: {
      en: 'serial ports, and what to write for each into lamppost.yaml',
      zh: '串口及其在 lamppost.yaml 中的写法',
    },
    load: async () => (await import('../commands/ports.ts')).ports,
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
    load: async () => (await import('../commands/probe.ts')).probe,
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
    load: async () => (await import('../commands/add.ts')).add,
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
    load: async () => (await import('../commands/service.ts')).service,
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
    load: async () => (await import('../commands/calibrate.ts')).calibrate,
    commands: [
      {
        name: 'list',
        says: { en: 'all records, and which are in force', zh: '列出全部记录及生效情况' },
        load: async () => (await import('../commands/calibrations.ts')).calibrationList,
      },
      {
        name: 'void',
        args: [['<id>', { en: 'as `lamppost calibrate list` shows it', zh: '见 `lamppost calibrate list`' }]],
        says: { en: 'take one back; the one before it counts again', zh: '作废一条记录，恢复前一条' },
        options: [
          { flags: '--by <name>', says: { en: 'who takes it back', zh: '作废人' } },
          { flags: '--why <reason>', says: { en: 'the reason', zh: '原因' } },
        ],
        load: async () => (await import('../commands/calibrations.ts')).calibrationVoid,
      },
    ],
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
        load: async () => (await import('../commands/config-check.ts')).configCheck,
      },
    ],
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
        load: async () => (await import('../commands/user.ts')).userAdd,
      },
      {
        name: 'list',
        says: { en: 'all there are', zh: '列出全部' },
        load: async () => (await import('../commands/user.ts')).userList,
      },
      {
        name: 'remove',
        args: [['<name>', { en: 'as `lamppost user list` shows it', zh: '见 `lamppost user list`' }]],
        says: { en: 'take one away', zh: '删除用户' },
        load: async () => (await import('../commands/user.ts')).userRemove,
      },
    ],
  },
];
