import { expect, test } from 'vitest';
import { reasonText } from './reasons.ts';

test.each([
  ['connect ECONNREFUSED 127.0.0.1:1884', 'nothing listens on that port', '该端口无服务'],
  ['ENOSPC: no space left on device, write', 'no space is left', '没有剩余空间'],
  ['nothing is plugged in at /dev/ttyUSB0', 'nothing is plugged in', '未插入设备'],
  ['the cable or the adapter was pulled', 'the cable or the adapter was pulled', '线缆或适配器已拔出'],
  ['the broker closed the connection', 'the connection was closed', '连接已关闭'],
])('"%s" is told in plain words', (reason, en, zh) => {
  expect([reasonText(reason, 'en'), reasonText(reason, 'zh')]).toEqual([en, zh]);
});

test('a reason that nobody foresaw is told as it came', () => {
  expect(reasonText('Not authorized', 'zh')).toBe('Not authorized');
});
