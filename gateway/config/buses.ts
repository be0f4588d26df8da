import { didYouMean, pointerTo, type Problem, type Words } from '../platform/problem.ts';
import { parseLineSettings } from '../profiles/line-settings.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Profile } from '../profiles/profile.ts';
import { byteSource } from './byte-source.ts';
import type { Report } from './report.ts';
import type { BusSettings, DeviceSettings, DeviceSource } from './settings.ts';
import type { WrittenBus, WrittenConfig } from './written.ts';

/** @param at - makes a path of the file absolute. */
export function busSettings(buses: readonly WrittenBus[], at: (path: string) => string): readonly BusSettings[] {
  return buses.map(({ id, source, line, framing = 'rtu' }) => {
    const settings = line === undefined ? undefined : parseLineSettings(line);
    return { id, source: byteSource(source, at), framing, ...(settings ? { line: settings } : {}) };
  });
}

/** Whether a device of this profile can have this address on this bus. @param report - its places begin at the device. */
export function checkOnBus(
  source: Extract<DeviceSource, { kind: 'bus' }>,
  { id, connect }: Profile,
  { buses, report }: { readonly buses: readonly WrittenBus[]; readonly report: Report },
): void {
  const problem = (key: string, what: Words, hint: Words): void =>
    report({ pointer: pointerTo('source', key), part: 'value', what, hint });
  const known = buses.map((bus) => bus.id);
  const bus = buses.find((one) => one.id === source.bus);
  if (!bus) {
    problem(
      'bus',
      { en: `there is no bus \`${source.bus}\``, zh: `没有名为 \`${source.bus}\` 的总线` },
      didYouMean(source.bus, known) ?? {
        en: `add it to \`buses\`; known: ${known.join(', ') || 'none'}`,
        zh: `请在 \`buses\` 中添加；已有：${known.join(', ') || '无'}`,
      },
    );
    return;
  }
  const { address } = source;
  if (connect.kind === 'dlt645') {
    if (typeof address === 'number') {
      problem(
        'address',
        { en: `${id} has an address of 12 digits`, zh: `${id} 的地址为 12 位数字` },
        {
          en: `copy it from the meter, in quotes: '${String(address).padStart(12, '0')}'`,
          zh: `请按电表铭牌填写并加引号：'${String(address).padStart(12, '0')}'`,
        },
      );
    }
    if (bus.framing === 'tcp') {
      problem(
        'bus',
        { en: `${id} does not speak Modbus TCP`, zh: `${id} 不支持 Modbus TCP` },
        {
          en: `write \`framing: rtu\` at the bus ${bus.id}, or give it a bus of its own`,
          zh: `请将总线 ${bus.id} 设为 \`framing: rtu\`，或为其单设总线`,
        },
      );
    }
    return;
  }
  const isAlone = bus.framing === 'tcp' && (address === 255 || address === 0);
  if (typeof address === 'string' || ((address < 1 || address > mostAddress) && !isAlone)) {
    problem(
      'address',
      { en: `${address} is no Modbus address`, zh: `${address} 不是 Modbus 地址` },
      {
        en: '1 to 247; a device that is alone behind Modbus TCP may have 255',
        zh: '可用 1 至 247；Modbus TCP 单机设备可用 255',
      },
    );
  }
}

/** Modbus over Serial Line V1.02, 2.2. */
const mostAddress = 247;

/** What holds for a whole bus: one line has one speed, and each way to it one framing. */
export function checkBuses(
  { buses = [], devices = [] }: WrittenConfig,
  settled: readonly DeviceSettings[],
  report: Report,
): void {
  for (const [index, bus] of buses.entries()) {
    if (bus.framing === 'tcp' && 'serial' in bus.source) {
      report({
        pointer: pointerTo('buses', index, 'framing'),
        part: 'value',
        what: { en: 'a serial line has no Modbus TCP', zh: '串口上没有 Modbus TCP' },
        hint: { en: 'write `framing: rtu`, or leave it out', zh: '请写 `framing: rtu`，或删除' },
      });
    }
    if (bus.line === undefined && bus.framing !== 'tcp') checkLines(bus, { devices, settled, report });
  }
}

/** Devices of different speed on one line: only one of them would be understood. */
function checkLines(
  { id }: WrittenBus,
  {
    devices,
    settled,
    report,
  }: {
    readonly devices: NonNullable<WrittenConfig['devices']>;
    readonly settled: readonly DeviceSettings[];
    readonly report: Report;
  },
): void {
  const [first, ...others] = settled.filter(({ source }) => source.kind === 'bus' && source.bus === id);
  const line = first && lineText(first.setup.profile);
  for (const other of others) {
    const own = lineText(other.setup.profile);
    if (!first || own === line) continue;
    report({
      pointer: pointerTo(
        'devices',
        devices.findIndex((device) => device.id === other.id),
        'profile',
      ),
      part: 'value',
      what: {
        en: `${other.setup.profile.id} comes with ${own}, and ${first.id} on the same bus with ${line}`,
        zh: `${other.setup.profile.id} 出厂为 ${own}，而同一总线上的 ${first.id} 为 ${line}`,
      },
      hint: {
        en: `set all devices to one line and write it at the bus: \`line: ${line}\``,
        zh: `请将所有设备设为同一参数，并在总线上写明：\`line: ${line}\``,
      },
    });
  }
}

function lineText({ connect }: Profile): string {
  return 'line' in connect ? textOfLine(connect.line) : '';
}

function textOfLine({ baudRate, dataBits, parity, stopBits }: LineSettings): string {
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}

/** The port that Modbus TCP has (Messaging on TCP/IP V1.0b, 4.2.2.1). */
const modbusTcpPort = /:502$/;

/** What works as written, but is most likely not meant. */
export function busRemarks({ buses = [] }: WrittenConfig): readonly Problem[] {
  return buses.flatMap(({ source, framing = 'rtu' }, index): readonly Problem[] => {
    if (framing === 'tcp' || !('tcp' in source) || !modbusTcpPort.test(source.tcp)) return [];
    return [
      {
        pointer: pointerTo('buses', index, 'source', 'tcp'),
        part: 'value',
        what: { en: 'port 502 mostly speaks Modbus TCP', zh: '502 端口通常使用 Modbus TCP' },
        hint: {
          en: 'write `framing: tcp` unless the box passes bytes on as they are',
          zh: '除非设备透明转发字节，否则请写 `framing: tcp`',
        },
      },
    ];
  });
}
