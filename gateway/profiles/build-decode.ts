import { buildDlt645 } from './build-dlt645.ts';
import { buildFrame } from './build-frame.ts';
import { buildHj212 } from './build-hj212.ts';
import { buildJson } from './build-json.ts';
import { buildLine } from './build-line.ts';
import { buildRegisters } from './build-registers.ts';
import { buildNmea } from './build-nmea.ts';
import type { Decode } from './grammar.ts';
import { within, type Report } from './report.ts';
import type { WrittenProfile } from './written.ts';

/** The grammars that each way to a device can have; none: it gives named fields by itself. */
const grammarsFor: Readonly<Record<WrittenProfile['connect']['kind'], readonly string[]>> = {
  modbus: ['registers'],
  dlt645: ['dlt645'],
  serial: ['frame', 'line', 'nmea', 'json', 'hj212'],
  board: [],
  sysfs: [],
  machine: [],
  topic: ['json'],
  message: [],
};

/** What the device's bytes mean, checked. */
export function buildDecode({ connect, decode }: WrittenProfile, report: Report): Decode {
  const fitting = grammarsFor[connect.kind];
  const list = fitting.map((kind) => `\`kind: ${kind}\``).join(' / ');
  if (!decode && fitting.length > 0) {
    report({
      at: [],
      part: 'key',
      what: { en: '`decode` is missing', zh: '缺少 `decode`' },
      hint: { en: `say what the device sends, with ${list}`, zh: `请说明设备发送的内容：${list}` },
    });
  }
  if (decode && !fitting.includes(decode.kind)) {
    report({
      at: fitting.length > 0 ? ['decode', 'kind'] : ['decode'],
      part: fitting.length > 0 ? 'value' : 'key',
      what: {
        en: `\`connect: ${connect.kind}\` does not go with this \`decode\``,
        zh: `\`connect: ${connect.kind}\` 不能使用此 \`decode\``,
      },
      hint:
        fitting.length > 0
          ? { en: `take ${list}`, zh: `请用 ${list}` }
          : { en: 'remove it: this source gives named fields', zh: '请删除：该来源直接给出字段' },
    });
  }
  if (!decode || !fitting.includes(decode.kind)) return { kind: 'fields' };
  const inside = within(report, 'decode');
  switch (decode.kind) {
    case 'frame':
      return buildFrame(decode, inside);
    case 'registers':
      return buildRegisters(decode, inside);
    case 'dlt645':
      return buildDlt645(decode);
    case 'line':
      return buildLine(decode, inside);
    case 'nmea':
      return buildNmea(decode, inside);
    case 'json':
      return buildJson(decode, connect.kind, inside);
    case 'hj212':
      return buildHj212(decode, inside);
  }
}
