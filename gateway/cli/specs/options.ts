import type { OptionSpec } from './spec.ts';

export const password = {
  flags: '--password-file <file>',
  says: { en: 'file with the password, - for the standard input', zh: '密码文件，- 表示标准输入' },
};

/** For commands that talk to a running gateway. */
export const reach: readonly OptionSpec[] = [
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

export const filterHint = {
  en: 'a device (underpass-7) or a channel of it (underpass-7/depth)',
  zh: '设备（underpass-7）或其通道（underpass-7/depth）',
};

export const profileHint = {
  en: 'such as dfrobot/a02yyuw, or a file such as ./my-sensor.yaml',
  zh: '例如 dfrobot/a02yyuw，或文件 ./my-sensor.yaml',
};

export const setting: OptionSpec = {
  flags: '--setting <name=value...>',
  says: { en: 'as the profile asks, such as sensorHeight=3200mm', zh: '档案所需的设置，如 sensorHeight=3200mm' },
};

export const as: OptionSpec = {
  flags: '--as <kind>',
  says: {
    en: 'capture, hex, text or binary; by default as it looks',
    zh: 'capture、hex、text 或 binary，默认自动识别',
  },
};

export const devices = (flag: string, en: string, zh: string): OptionSpec => ({
  flags: `--${flag} <device...>`,
  says: { en, zh },
});

export const port = (flag: string, en: string, zh: string): OptionSpec => ({
  flags: `--${flag} <port>`,
  says: { en, zh },
});
