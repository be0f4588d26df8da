import { reasonOf } from '../model/errors.ts';
import { checkBroker } from './check-broker.ts';
import { checkConfig } from './check-config.ts';
import { checkDataDirectory, checkFreeSpace, checkSecrets } from './check-files.ts';
import { checkDevices } from './check-devices.ts';
import { checkKernelDevices } from './check-kernel.ts';
import { checkClock, checkMemory, checkNode } from './check-machine.ts';
import { checkSerialPorts } from './check-serial.ts';
import { checkCalibrations, checkServices } from './check-trust.ts';
import { checkUpstreams } from './check-upstreams.ts';
import type { Check, Facts, Finding } from './checks.ts';

/** Everything the doctor looks at, in the order in which it is told. None of it needs the gateway to run. */
export const checks = [
  { id: 'node', name: { en: 'Node', zh: 'Node' }, look: checkNode },
  { id: 'memory', name: { en: 'Memory', zh: '内存' }, look: checkMemory },
  { id: 'clock', name: { en: 'Clock', zh: '时钟' }, look: checkClock },
  { id: 'config', name: { en: 'Configuration', zh: '配置' }, look: checkConfig },
  { id: 'data-directory', name: { en: 'Data directory', zh: '数据目录' }, look: checkDataDirectory },
  { id: 'free-space', name: { en: 'Free disk', zh: '磁盘空间' }, look: checkFreeSpace },
  { id: 'secrets', name: { en: 'Secrets', zh: '密钥文件' }, look: checkSecrets },
  { id: 'serial-ports', name: { en: 'Serial ports', zh: '串口' }, look: checkSerialPorts },
  {
    id: 'kernel-devices',
    name: { en: 'Pins, 1-Wire', zh: '引脚与 1-Wire' },
    look: (facts) => checkKernelDevices(facts),
  },
  { id: 'calibrations', name: { en: 'Calibrations', zh: '校准' }, look: checkCalibrations },
  { id: 'service', name: { en: 'Service', zh: '维护' }, look: checkServices },
  { id: 'broker', name: { en: 'Gateway', zh: '网关' }, look: checkBroker },
  { id: 'devices', name: { en: 'Devices', zh: '设备' }, look: checkDevices },
  { id: 'upstreams', name: { en: 'Upstreams', zh: '上行' }, look: checkUpstreams },
] as const satisfies readonly Check[];

/** A check and what it found. */
export interface Examined {
  readonly check: Check;
  readonly findings: readonly Finding[];
}

/** Nothing that a doctor looks at takes longer on a machine that works. */
const withinMs = 15_000;

/** Makes all checks at the same time; one that breaks or hangs is a finding of its own. */
export function examine(facts: Facts, table: readonly Check[] = checks): Promise<readonly Examined[]> {
  return Promise.all(table.map(async (check) => ({ check, findings: await findingsOf(check, facts) })));
}

async function findingsOf(check: Check, facts: Facts): Promise<readonly Finding[]> {
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => {
    const saw = { en: `no result within ${withinMs / 1000} s`, zh: `${withinMs / 1000} 秒内没有结果` };
    late.resolve([{ id: check.id, state: 'fail', saw }]);
  }, withinMs);
  try {
    return await Promise.race([check.look(facts), late.promise]);
  } catch (error) {
    const reason = reasonOf(error);
    const saw = { en: `the check itself failed: ${reason}`, zh: `检查本身出错：${reason}` };
    return [{ id: check.id, state: 'fail', saw }];
  } finally {
    clearTimeout(timer);
  }
}

export function hasFailed(examined: readonly Examined[]): boolean {
  return examined.some(({ findings }) => findings.some(({ state }) => state === 'fail'));
}
