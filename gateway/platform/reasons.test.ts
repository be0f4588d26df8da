import { expect, test } from 'vitest';
import { reasonText } from './reasons.ts';

test.each([
  ['connect ECONNREFUSED 127.0.0.1:1884', 'nothing listens on that port', '该端口无服务'],
  ['ENOSPC: no space left on device, write', 'no space is left', '没有剩余空间'],
  ['nothing is plugged in at /dev/ttyUSB0', 'nothing is plugged in', '未插入设备'],
  ['the cable or the adapter was pulled', 'the cable or the adapter was pulled', '线缆或适配器已拔出'],
  ['it says that it is gone', 'it says that it is gone', '设备自报离线'],
  ['address 7 does not answer', 'address 7 does not answer', '地址 7 无应答'],
  ['no frame begins here with 59 59', 'no frame begins here with 59 59', '未找到以 59 59 开头的帧'],
  ['it is not a JSON object', 'it is not JSON', '不是 JSON'],
  ['the broker closed the connection', 'the connection was closed', '连接已关闭'],
])('"%s" is told in plain words', (reason, en, zh) => {
  expect([reasonText(reason, 'en'), reasonText(reason, 'zh')]).toEqual([en, zh]);
});

test('a reason that nobody foresaw is told as it came', () => {
  expect(reasonText('Not authorized', 'zh')).toBe('Not authorized');
});
