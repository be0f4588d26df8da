import type { Language } from '../model/errors.ts';
import type { Words } from './problem.ts';

/** What the machine and the street say of a failure, in words that tell somebody where to look. */
const known: readonly (readonly [says: RegExp, words: Words])[] = [
  [/ECONNREFUSED/, { en: 'nothing listens on that port', zh: '该端口无服务' }],
  [/ENOTFOUND|EAI_AGAIN/, { en: 'nobody knows this name; is there DNS?', zh: '域名无法解析，请检查 DNS' }],
  [/ETIMEDOUT|no answer (in time|within)/, { en: 'no answer in time', zh: '应答超时' }],
  [/EHOSTUNREACH|ENETUNREACH/, { en: 'no way there; is the network up?', zh: '网络不可达，请检查网络' }],
  [/ECONNRESET|EPIPE/, { en: 'the other side hung up', zh: '对方断开了连接' }],
  [/ENOSPC|EDQUOT/, { en: 'no space is left', zh: '没有剩余空间' }],
  [/EROFS/, { en: 'the file system is read-only', zh: '文件系统为只读' }],
  [/EIO\b/, { en: 'read or write error', zh: '读写错误' }],
  [/EACCES|EPERM/, { en: 'this user may not', zh: '当前用户没有权限' }],
  [/nothing is plugged in/, { en: 'nothing is plugged in', zh: '未插入设备' }],
  [/cable or the adapter was pulled/, { en: 'the cable or the adapter was pulled', zh: '线缆或适配器已拔出' }],
  [/nothing understandable came/, { en: 'nothing understandable comes', zh: '收不到可识别的数据' }],
  [/the other side closed/, { en: 'the other side hung up', zh: '对方断开了连接' }],
  [/the board was reset/, { en: 'the board was reset', zh: '节点板已复位' }],
  [/the board does not answer/, { en: 'the board does not answer', zh: '节点板无应答' }],
  [/in service until/, { en: 'in service', zh: '维护中' }],
  [/not connected yet/, { en: 'not connected yet', zh: '尚未连接' }],
  [/no Firmata board answers/, { en: 'no node board answers on this port', zh: '该端口上没有节点板应答' }],
  [/counters are on pins 2 and 3/, { en: 'counters are on pins 2 and 3', zh: '计数器须接在引脚 2 或 3' }],
  [/it says that it is gone/, { en: 'it says that it is gone', zh: '设备自报离线' }],
  [/^address (\d+) does not answer/, { en: 'address $1 does not answer', zh: '地址 $1 无应答' }],
  [/^nothing came of (.+)/, { en: 'nothing came of $1', zh: '$1 无数据' }],
  [
    /\(Modbus exception (\d+)\)/,
    { en: 'the device refuses (Modbus exception $1)', zh: '设备拒绝应答（Modbus 异常 $1）' },
  ],
  [
    /this machine has no Raspberry Pi header/,
    { en: 'this machine has no Raspberry Pi header', zh: '本机没有树莓派排针' },
  ],
  [/there is no GPIO chip `([^`]+)`/, { en: 'there is no GPIO chip `$1`', zh: '没有 GPIO 芯片 `$1`' }],
  [/^no 1-Wire sensor (\S+):/, { en: 'no 1-Wire sensor $1', zh: '没有单总线传感器 $1' }],
  [/^the checksum does not fit/, { en: 'the checksum does not fit', zh: '校验和不符' }],
  [/^no frame begins here with (.+)/, { en: 'no frame begins here with $1', zh: '未找到以 $1 开头的帧' }],
  [/^the line is longer than (\d+)/, { en: 'the line is longer than $1 characters', zh: '一行超过 $1 个字符' }],
  [/^it is not (a )?JSON/, { en: 'it is not JSON', zh: '不是 JSON' }],
  [/the (broker closed the )?connection( was closed)?$/, { en: 'the connection was closed', zh: '连接已关闭' }],
];

/** A reason as it came, in the reader's language where we know it; `$1` stands for what it names. */
export function reasonText(reason: string, language: Language): string {
  for (const [says, words] of known) {
    const found = says.exec(reason);
    if (found) return words[language].replace('$1', () => found[1] ?? '');
  }
  return reason;
}
