import type { Text } from './alarm.ts';

export type Language = 'en' | 'zh';
/** What goes into a placeholder; words are taken in the reader's language. */
type Param = string | number | Required<Text>;
export type ErrorParams = Readonly<Record<string, Param>>;

/** Exit codes of the command line, after BSD sysexits. */
export const exitCodes = { ok: 0, failed: 1, usage: 64, data: 65, unreachable: 69, bug: 70, config: 78 } as const;
export type ExitName = Exclude<keyof typeof exitCodes, 'ok'>;

interface ErrorEntry {
  /** What happened and where. Placeholders in braces. */
  readonly says: Required<Text>;
  /** What to do next. */
  readonly remedy: Required<Text>;
  /** Whether trying again without changing anything can help. */
  readonly retry: boolean;
  readonly exit: ExitName;
}

/**
 * Every trouble that somebody has to do something about. Codes are words and are never reused.
 * `docs/errors.md` is made from this table.
 */
export const errorTable = {
  CONFIG_MISSING: {
    says: { en: 'There is no configuration at {path}', zh: '找不到配置文件 {path}' },
    remedy: {
      en: 'Give the right file with --config, or let `lamppost add` write one. Without any, `lamppost run` shows the virtual street.',
      zh: '请用 --config 指定正确的文件，或用 `lamppost add` 新建；没有配置时，`lamppost run` 运行虚拟街道。',
    },
    retry: false,
    exit: 'config',
  },
  CONFIG_INVALID: {
    says: { en: '{where}: {what}', zh: '{where}：{what}' },
    remedy: { en: '{hint}', zh: '{hint}' },
    retry: false,
    exit: 'config',
  },
  PROFILE_INVALID: {
    says: { en: 'Device profile {where}: {what}', zh: '设备档案 {where}：{what}' },
    remedy: {
      en: 'Mend the profile and check it with `lamppost profiles test {profile}`.',
      zh: '请修正该档案，并用 `lamppost profiles test {profile}` 检查。',
    },
    retry: false,
    exit: 'data',
  },
  PROFILE_UNKNOWN: {
    says: { en: 'There is no device profile {profile}', zh: '没有名为 {profile} 的设备档案' },
    remedy: {
      en: '{hint}`lamppost profiles list` shows all.',
      zh: '{hint}用 `lamppost profiles list` 查看全部档案。',
    },
    retry: false,
    exit: 'data',
  },
  PROFILE_TWICE: {
    says: {
      en: '{profile} is a profile of Lamppost and of {folder} too',
      zh: '{profile} 既是自带档案，又出现在 {folder} 中',
    },
    remedy: {
      en: 'Rename the one of your own, file and `profile:` line, and say the new name in lamppost.yaml.',
      zh: '请将自有档案改名（文件名和 `profile:` 行），并在 lamppost.yaml 中使用新名称。',
    },
    retry: false,
    exit: 'config',
  },
  PORT_BUSY: {
    says: {
      en: '{what} cannot listen on {host}:{port}: {holder} holds it',
      zh: '{what} 无法监听 {host}:{port}：该端口已被 {holder} 占用',
    },
    remedy: {
      en: 'Stop that program, or choose another port: {setting}.',
      zh: '请停止该程序，或改用其他端口：{setting}。',
    },
    retry: true,
    exit: 'unreachable',
  },
  LISTEN_FAILED: {
    says: { en: '{what} cannot listen on {host}:{port}: {reason}', zh: '{what} 无法监听 {host}:{port}：{reason}' },
    remedy: {
      en: 'Check that this address belongs to the machine and that the port is allowed: {setting}.',
      zh: '请检查该地址是否属于本机、端口是否允许使用：{setting}。',
    },
    retry: true,
    exit: 'unreachable',
  },
  JOURNAL_LOCKED: {
    says: { en: 'Another gateway is using the journal in {path}', zh: '另一个网关进程正在使用日志目录 {path}' },
    remedy: {
      en: 'Stop the other one first, start this one in another folder, or give it a directory of its own (journal.dir in lamppost.yaml).',
      zh: '请先停止另一个进程，或在其他目录启动，或在 lamppost.yaml 中用 journal.dir 为本进程另设目录。',
    },
    retry: true,
    exit: 'unreachable',
  },
  JOURNAL_UNUSABLE: {
    says: { en: 'The journal in {path} cannot be opened: {reason}', zh: '无法打开日志目录 {path}：{reason}' },
    remedy: {
      en: 'It must be a directory that this user may write to, on a disk with room: `lamppost doctor` tells which of these it is not.',
      zh: '须为当前用户可写、所在磁盘有空间的目录：用 `lamppost doctor` 查明原因。',
    },
    retry: true,
    exit: 'unreachable',
  },
  GATEWAY_UNREACHABLE: {
    says: { en: 'No gateway answers on {url}: {reason}', zh: '{url} 上没有网关应答：{reason}' },
    remedy: {
      en: 'Start it with `lamppost run`, or say where it is with --config or --url.',
      zh: '请用 `lamppost run` 启动网关，或用 --config、--url 指明其地址。',
    },
    retry: true,
    exit: 'unreachable',
  },
  BROKER_REFUSED: {
    says: { en: 'The broker at {url} refused the connection: {reason}', zh: '{url} 的 MQTT 代理拒绝了连接：{reason}' },
    remedy: {
      en: 'Check --user and --password-file; `lamppost user add` makes a new user, `lamppost user list` shows what each may do.',
      zh: '请检查 --user 和 --password-file；`lamppost user add` 新建用户，`lamppost user list` 查看权限。',
    },
    retry: false,
    exit: 'unreachable',
  },
  GATEWAY_OTHER: {
    says: {
      en: 'The gateway on {url} is {found}, not {expected} of {config}',
      zh: '{url} 上的网关是 {found}，而不是 {config} 中的 {expected}',
    },
    remedy: {
      en: 'Start {expected} with `lamppost run` on a port of its own (broker.port), or ask the other one with --url {url}.',
      zh: '请为 {expected} 另设端口（broker.port）并用 `lamppost run` 启动；查询另一个网关请用 --url {url}。',
    },
    retry: false,
    exit: 'unreachable',
  },
  ASK_FAILED: {
    says: { en: 'The gateway has no answer to `{question}`: {reason}', zh: '网关无法回答 `{question}`：{reason}' },
    remedy: {
      en: 'Ask again; if it stays so, `lamppost doctor` looks for the cause.',
      zh: '请重试；若仍失败，用 `lamppost doctor` 查找原因。',
    },
    retry: true,
    exit: 'failed',
  },
  DEVICE_UNKNOWN: {
    says: { en: 'There is no device or channel {device}', zh: '没有名为 {device} 的设备或通道' },
    remedy: {
      en: '{hint}`lamppost status` shows all that you may see.',
      zh: '{hint}用 `lamppost status` 查看您可见的全部设备。',
    },
    retry: false,
    exit: 'usage',
  },
  CALIBRATION_REFUSED: {
    says: { en: '{channel} cannot be calibrated like this: {reason}', zh: '{channel} 无法这样校准：{reason}' },
    remedy: {
      en: 'Nothing was written. Compare again with `lamppost calibrate {channel}`; --force is for those who know better.',
      zh: '未写入任何内容。请用 `lamppost calibrate {channel}` 重新比对；确认无误时可加 --force。',
    },
    retry: false,
    exit: 'data',
  },
  CALIBRATION_UNKNOWN: {
    says: { en: 'There is no calibration {id}', zh: '没有校准记录 {id}' },
    remedy: {
      en: '{hint}`lamppost calibrate list` shows all.',
      zh: '{hint}用 `lamppost calibrate list` 查看全部记录。',
    },
    retry: false,
    exit: 'usage',
  },
  USER_EXISTS: {
    says: { en: 'There is a user {user} already', zh: '用户 {user} 已存在' },
    remedy: {
      en: 'Choose another name, or remove the old one first: `lamppost user remove {user}`.',
      zh: '请换一个名称，或先删除旧用户：`lamppost user remove {user}`。',
    },
    retry: false,
    exit: 'usage',
  },
  USER_UNKNOWN: {
    says: { en: 'There is no user {user}', zh: '没有用户 {user}' },
    remedy: { en: '{hint}`lamppost user list` shows all.', zh: '{hint}用 `lamppost user list` 查看全部用户。' },
    retry: false,
    exit: 'usage',
  },
  USERS_UNSET: {
    says: { en: '{config} names no users file', zh: '{config} 未指定用户文件' },
    remedy: {
      en: 'Write `users: ./secrets/mqtt-users` under `broker:` there, and start the gateway again.',
      zh: '请在 `broker:` 下添加 `users: ./secrets/mqtt-users`，然后重启网关。',
    },
    retry: false,
    exit: 'config',
  },
  USERS_INVALID: {
    says: { en: 'The users file {path} cannot be understood: {reason}', zh: '用户文件 {path} 无法解析：{reason}' },
    remedy: {
      en: 'Put a good copy back, or remove the file and add the users anew with `lamppost user add`.',
      zh: '请恢复完好的副本，或删除该文件后用 `lamppost user add` 重新添加用户。',
    },
    retry: false,
    exit: 'config',
  },
  DEVICE_REFUSED: {
    says: { en: '{device} cannot be added: {what}', zh: '无法添加 {device}：{what}' },
    remedy: { en: '{hint}', zh: '{hint}' },
    retry: false,
    exit: 'config',
  },
  DEVICE_SILENT: {
    says: {
      en: '{device} gave no reading within {seconds} s{reason}',
      zh: '{device} 在 {seconds} 秒内没有读数{reason}',
    },
    remedy: {
      en: 'Nothing was written. `lamppost probe` shows what comes from the port; --seconds waits longer, and --unheard adds the device all the same.',
      zh: '未写入任何内容。用 `lamppost probe` 查看端口收到的字节；--seconds 可延长等待，--unheard 仍然添加。',
    },
    retry: true,
    exit: 'unreachable',
  },
  PORT_HELD: {
    says: { en: '{port} is in use by {holder}', zh: '{port} 正被 {holder} 使用' },
    remedy: {
      en: 'Stop that program and try again. What a running gateway reads there, `lamppost tail` shows.',
      zh: '请停止该程序后重试。若由运行中的网关占用，可用 `lamppost tail` 查看其读数。',
    },
    retry: true,
    exit: 'unreachable',
  },
  PORT_UNUSABLE: {
    says: { en: '{port} cannot be used: {reason}', zh: '{port} 无法使用：{reason}' },
    remedy: {
      en: '`lamppost ports` shows the ports that there are, `lamppost doctor` who may open them.',
      zh: '用 `lamppost ports` 查看现有串口，用 `lamppost doctor` 查看访问权限。',
    },
    retry: true,
    exit: 'unreachable',
  },
  ADDRESS_UNUSABLE: {
    says: { en: '{address} cannot be reached: {reason}', zh: '无法连接 {address}：{reason}' },
    remedy: {
      en: 'Check address and port, the power of the box and the network. A box with one connection only may have it in use.',
      zh: '请检查地址和端口、设备供电以及网络。只允许一个连接的设备，其连接可能已被占用。',
    },
    retry: true,
    exit: 'unreachable',
  },
  PROFILE_UNCLEAR: {
    says: {
      en: 'These bytes do not tell which profile they belong to; likely: {list}',
      zh: '仅凭这些字节无法确定档案；可能是：{list}',
    },
    remedy: {
      en: 'Name the one on the label of the device, such as `--profile {first}`.',
      zh: '请按设备铭牌指定档案，例如 `--profile {first}`。',
    },
    retry: false,
    exit: 'data',
  },
  CAPTURE_INVALID: {
    says: { en: '{path}:{line} is not a line of a capture', zh: '{path}:{line} 不是有效的抓包行' },
    remedy: {
      en: 'A capture is JSON, one object a line, with the bytes in hex under "rx" or "tx"; `lamppost probe <port> --capture <file>` makes one.',
      zh: '抓包文件每行一个 JSON 对象，"rx" 或 "tx" 为十六进制字节；用 `lamppost probe <port> --capture <file>` 生成。',
    },
    retry: false,
    exit: 'data',
  },
  USAGE: {
    says: { en: '{what}', zh: '{what}' },
    remedy: {
      en: '`{command} --help` shows how it is used.',
      zh: '用 `{command} --help` 查看用法。',
    },
    retry: false,
    exit: 'usage',
  },
  FILE_UNREADABLE: {
    says: { en: 'Cannot read {path}: {reason}', zh: '无法读取 {path}：{reason}' },
    remedy: {
      en: 'Check the path and that this user may read it.',
      zh: '请检查路径以及当前用户是否有读取权限。',
    },
    retry: true,
    exit: 'config',
  },
  FILE_UNWRITABLE: {
    says: { en: 'Cannot write {path}: {reason}', zh: '无法写入 {path}：{reason}' },
    remedy: {
      en: 'Check that the directory is there, that this user may write to it and that the disk has room.',
      zh: '请检查目录是否存在、当前用户是否有写权限、磁盘是否有空间。',
    },
    retry: true,
    exit: 'failed',
  },
  INTERNAL: {
    says: { en: 'Lamppost made a mistake: {reason}', zh: 'Lamppost 内部错误：{reason}' },
    remedy: {
      en: 'What was acknowledged is safe on disk. Please report this with the lines above.',
      zh: '已确认的数据已安全存盘。请将以上内容反馈给我们。',
    },
    retry: true,
    exit: 'bug',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

type Placeholders<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type Params<C extends ErrorCode> = {
  readonly [
    Name in Placeholders<(typeof errorTable)[C]['says']['en']> | Placeholders<(typeof errorTable)[C]['remedy']['en']>
  ]: Param;
};

function fill(template: Required<Text>, params: ErrorParams, language: Language): string {
  return template[language].replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const param = params[name] ?? whole;
    return typeof param === 'object' ? param[language] : String(param);
  });
}

/** An error that a person has to act on: says what and where, and what to do next, in the reader's language. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  /** What fills the placeholders; with the code it is the whole error, as for another process. */
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams, options?: ErrorOptions) {
    super(`${fill(errorTable[code].says, params, 'en')} [${code}]`, options);
    this.code = code;
    this.params = params;
  }

  says(language: Language = 'en'): string {
    return fill(errorTable[this.code].says, this.params, language);
  }

  remedy(language: Language = 'en'): string {
    return fill(errorTable[this.code].remedy, this.params, language);
  }

  get exitCode(): number {
    return exitCodes[errorTable[this.code].exit];
  }
}

/** Makes an error; a missing or misspelt placeholder does not compile. */
export function gatewayError<C extends ErrorCode>(code: C, params: Params<C>, cause?: unknown): GatewayError {
  return new GatewayError(code, params, cause === undefined ? undefined : { cause });
}

/** The words of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
