import type { Severity, AlarmState } from '../model/alarm.ts';
import type { Lane } from '../model/delivery.ts';
import type { DeviceState } from '../model/device.ts';
import type { Language } from '../model/errors.ts';
import type { ClockState, Quality, Reason } from '../model/reading.ts';
import type { LinkState } from '../forward/forwarder.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Colour } from './paint.ts';

type Words = Readonly<Record<Language, string>>;

/** Plain words for what the contracts say in codes. */
export const qualityWords: Readonly<Record<Quality, Words>> = {
  good: { en: 'good', zh: '正常' },
  suspect: { en: 'doubtful', zh: '可疑' },
  bad: { en: 'bad', zh: '异常' },
  missing: { en: 'missing', zh: '缺失' },
  unchecked: { en: 'unchecked', zh: '未检查' },
};

export const reasonWords: Readonly<Record<Reason, Words>> = {
  range: { en: 'out of range', zh: '超出量程' },
  rate: { en: 'changes too fast', zh: '变化过快' },
  spike: { en: 'spike', zh: '尖峰' },
  flat: { en: 'does not move', zh: '长时间不变' },
  attenuated: { en: 'hardly moves', zh: '变化过小' },
  cross_check: { en: 'does not fit other values', zh: '与其他数值不符' },
  stale: { en: 'nothing comes', zh: '无数据' },
  decode: { en: 'not understood', zh: '无法解析' },
  warm_up: { en: 'warming up', zh: '预热中' },
  maintenance: { en: 'in service', zh: '维护中' },
  calibration_expired: { en: 'calibration expired', zh: '校准过期' },
  clock: { en: 'time doubtful', zh: '时间可疑' },
  saturated: { en: 'saturated', zh: '饱和' },
  device_fault: { en: 'device fault', zh: '设备故障' },
};

export const deviceStateWords: Readonly<Record<DeviceState, Words>> = {
  online: { en: 'works', zh: '正常' },
  stale: { en: 'silent', zh: '无数据' },
  fault: { en: 'fault', zh: '故障' },
  service: { en: 'in service', zh: '维护中' },
  offline: { en: 'off', zh: '离线' },
};

export const linkWords: Readonly<Record<LinkState, Words>> = {
  waiting: { en: 'no connection', zh: '未连接' },
  connecting: { en: 'connecting', zh: '正在连接' },
  online: { en: 'delivering', zh: '正在传送' },
  refused: { en: 'refused by the city', zh: '被平台拒绝' },
  stopped: { en: 'stopped', zh: '已停止' },
};

export const clockWords: Readonly<Record<ClockState, Words>> = {
  synced: { en: 'clock is right', zh: '时钟已同步' },
  held: { en: 'clock not checked', zh: '时钟未校验' },
  unset: { en: 'clock not set', zh: '时钟未设置' },
  sender: { en: "sender's clock", zh: '发送方时钟' },
};

/** How a value is shown; a good one needs no colour. */
export const qualityColour: Readonly<Record<Quality, Colour | undefined>> = {
  good: undefined,
  suspect: 'yellow',
  bad: 'red',
  missing: 'red',
  unchecked: 'dim',
};

export const severityWords: Readonly<Record<Severity, Words>> = {
  info: { en: 'for information', zh: '提示' },
  warning: { en: 'warning', zh: '警告' },
  critical: { en: 'critical', zh: '严重' },
};

export const alarmStateWords: Readonly<Record<AlarmState, Words>> = {
  active: { en: 'alarm', zh: '告警' },
  acknowledged: { en: 'acknowledged', zh: '已确认' },
  normal: { en: 'over', zh: '解除' },
};

export const laneWords: Readonly<Record<Lane, Words>> = {
  alarm: { en: 'alarms', zh: '告警' },
  live: { en: 'live', zh: '实时' },
  backfill: { en: 'backlog', zh: '补传' },
};

/** How a device is reached. */
export const connectWords: Readonly<Record<Profile['connect']['kind'], Words>> = {
  serial: { en: 'serial line', zh: '串口' },
  modbus: { en: 'Modbus', zh: 'Modbus' },
  dlt645: { en: 'DL/T 645 meter', zh: 'DL/T 645 电表' },
  board: { en: 'board', zh: '板卡' },
  sysfs: { en: 'file of the kernel', zh: '内核文件' },
  machine: { en: 'the gateway itself', zh: '网关自身' },
  topic: { en: 'own MQTT topics', zh: '自有 MQTT 主题' },
  message: { en: 'publishes by MQTT', zh: 'MQTT 上报' },
};
