import { isOurs, rootLevel } from '../model/topic.ts';
import { didYouMean, pointerTo, type Words } from '../platform/problem.ts';
import type { Component } from '../profiles/connect.ts';
import type { Profile } from '../profiles/profile.ts';
import { byteSource, hostAndPort } from './byte-source.ts';
import { checkOnBus } from './buses.ts';
import type { Report } from './report.ts';
import type { BoardSettings, DeviceSource } from './settings.ts';
import type { WrittenBus, WrittenConfig, WrittenDevice } from './written.ts';
import { shownAddress } from '../platform/hex.ts';

export function boardSettings(
  boards: NonNullable<WrittenConfig['boards']>,
  at: (path: string) => string,
): readonly BoardSettings[] {
  return boards.map(({ id, source }) => ({
    id,
    source: 'gpio' in source ? { kind: 'gpio', label: source.gpio } : byteSource(source, at),
  }));
}

/** @param at - makes a path of the file absolute. */
export function deviceSource(written: WrittenDevice['source'], at: (path: string) => string): DeviceSource {
  if (written === 'ingest' || written === 'gateway') return { kind: written };
  if ('sysfs' in written) return { kind: 'sysfs', id: written.sysfs };
  if ('bus' in written) return { kind: 'bus', ...written };
  if ('board' in written) return { kind: 'board', ...written };
  if ('topic' in written) return { kind: 'topic', topic: written.topic };
  if ('listen' in written) return { kind: 'listen', ...hostAndPort(written.listen) };
  return byteSource(written, at);
}

/** Which sources a profile can be read from, by how it is connected. */
const sourcesFor = {
  modbus: ['bus'],
  dlt645: ['bus'],
  serial: ['serial', 'tcp', 'listen', 'simulated'],
  board: ['board'],
  sysfs: ['sysfs'],
  machine: ['gateway'],
  topic: ['topic'],
  message: ['ingest', 'topic'],
} as const satisfies Record<Profile['connect']['kind'], readonly DeviceSource['kind'][]>;

/** Whether a device of this profile can be read from where it is said to be. */
export function checkSource(
  written: WrittenDevice['source'],
  profile: Profile,
  {
    boards,
    buses,
    headers,
    report,
  }: {
    readonly boards: readonly string[];
    readonly buses: readonly WrittenBus[];
    readonly headers: ReadonlySet<string>;
    readonly report: Report;
  },
): void {
  const { id, connect } = profile;
  const source = deviceSource(written, (path) => path);
  const allowed: readonly string[] = sourcesFor[connect.kind];
  const problem = (what: Words, hint: Words, ...within: readonly string[]): void =>
    report({ pointer: pointerTo('source', ...within), part: 'value', what, hint });
  if (!allowed.includes(source.kind)) {
    const list = allowed.join(', ');
    problem(
      { en: `${id} is not read from \`${source.kind}\``, zh: `${id} 不能从 \`${source.kind}\` 读取` },
      list === 'bus'
        ? {
            en: 'declare its line under `buses` and write `{ bus: …, address: … }`',
            zh: '请在 `buses` 中声明总线，并写 `{ bus: …, address: … }`',
          }
        : { en: `its source is one of: ${list}`, zh: `可用的来源：${list}` },
    );
  } else if (source.kind === 'topic') {
    const refused = topicRefusal(source.topic);
    if (refused) problem(refused.what, refused.hint, 'topic');
  } else if (source.kind === 'bus') {
    checkOnBus(source, profile, { buses, report });
  } else if (source.kind === 'board' && !boards.includes(source.board)) {
    problem(
      { en: `there is no board \`${source.board}\``, zh: `没有名为 \`${source.board}\` 的板卡` },
      didYouMean(source.board, boards) ?? {
        en: `add it to \`boards\`; known: ${boards.join(', ') || 'none'}`,
        zh: `请在 \`boards\` 中添加；已有：${boards.join(', ') || '无'}`,
      },
      'board',
    );
  } else if (source.kind === 'board' && connect.kind === 'board') {
    checkAddress(source.address, connect.component, problem);
    const isHeader = headers.has(source.board);
    const pins = (isHeader ? headerPinsFor : pinsFor)[connect.component];
    if (pins === undefined) return;
    const [{ pin }, list] = [source, isHeader ? '0-27' : pins.join(', ')];
    if (pins.length === 0) {
      problem(
        { en: `${id} needs an analog input, and a Raspberry Pi has none`, zh: `${id} 需要模拟输入，树莓派没有` },
        { en: 'connect it to a node board', zh: '请接到节点板上' },
        'board',
      );
    } else if (pin === undefined) {
      problem(
        { en: 'the pin is missing', zh: '缺少引脚' },
        {
          en: `write for example \`{ board: roof, pin: ${pins[0]} }\``,
          zh: `例如写作 \`{ board: roof, pin: ${pins[0]} }\``,
        },
      );
    } else if (!pins.includes(String(pin))) {
      problem(
        { en: `${id} cannot work on pin ${pin}`, zh: `${id} 不能接在引脚 ${pin}` },
        { en: `one of these can: ${list}`, zh: `可用的引脚：${list}` },
        'pin',
      );
    }
  }
}

/** Why a device cannot be read from this topic, if so. */
function topicRefusal(topic: string): { readonly what: Words; readonly hint: Words } | undefined {
  const example = {
    en: 'write one whole topic, such as tele/door4/SENSOR',
    zh: '请写一个完整的主题，例如 tele/door4/SENSOR',
  };
  if (/[+#]/.test(topic)) {
    return {
      what: { en: 'a device has one topic, without + and #', zh: '一个设备只有一个主题，不能含 + 和 #' },
      hint: example,
    };
  }
  if (isOurs(topic)) {
    return {
      what: { en: `topics below ${rootLevel}/ are the gateway's own`, zh: `${rootLevel}/ 下的主题由网关自己使用` },
      hint: { en: 'for our ingest topic write `source: ingest`', zh: '使用 ingest 主题请写 `source: ingest`' },
    };
  }
  if (topic.startsWith('$') || topic.includes('\0') || topic.split('/').length > maxTopicLevels) {
    return { what: { en: 'no device can publish to this topic', zh: '设备无法向该主题发布' }, hint: example };
  }
  return undefined;
}

/** As many as our broker takes. */
const maxTopicLevels = 16;

/** Pins of the node board that a component can sit on (hardware/firmware/README.md, Pins); none for the I2C bus. */
const pinsFor: Readonly<Record<Component, readonly string[] | undefined>> = {
  counter: ['2', '3'],
  output: ['4', '5', '6', '7', '8', '9', '10', '11', '12', '13'],
  input: ['4', '5', '6', '7', '8', '9', '10', '11', '12', '13', 'A0', 'A1', 'A2', 'A3'],
  analog: ['A0', 'A1', 'A2', 'A3', 'A4', 'A5'],
  bmp180: undefined,
  bme280: undefined,
  sht3x: undefined,
};

/** GPIO 0 to 27 of a Raspberry Pi's header; analog inputs it has none. */
const headerPins = Array.from({ length: 28 }, (_unused, pin) => String(pin));
const headerPinsFor: typeof pinsFor = {
  ...pinsFor,
  counter: headerPins,
  output: headerPins,
  input: headerPins,
  analog: [],
};

/** Addresses on the I2C bus that a component can have, as its driver in `gateway/field/chips/` knows them. */
const addressesFor: Readonly<Partial<Record<Component, readonly number[]>>> = {
  bmp180: [0x77],
  bme280: [0x76, 0x77],
  sht3x: [0x44, 0x45],
};

function checkAddress(
  address: number | undefined,
  component: Component,
  problem: (what: Words, hint: Words, ...within: readonly string[]) => void,
): void {
  if (address === undefined) return;
  const possible = addressesFor[component] ?? [];
  if (possible.includes(address)) return;
  const list = possible.map(shownAddress).join(', ');
  problem(
    {
      en: `${component} is never at ${shownAddress(address)}`,
      zh: `${component} 不会位于地址 ${shownAddress(address)}`,
    },
    list === ''
      ? { en: 'remove `address`: it is not on the I2C bus', zh: '请删除 `address`：该部件不在 I2C 总线上' }
      : { en: `one of these: ${list}`, zh: `可用地址：${list}` },
    'address',
  );
}

/** A port has one reader and a pin one device: the second one would take the first one's bytes away. */
export function checkShared({ boards = [], buses = [], devices = [] }: WrittenConfig, report: Report): void {
  const owners = new Map<string, string>();
  const sources = [
    ...boards.map(({ id, source }, index) => ({ id, source, pointer: pointerTo('boards', index, 'source') })),
    ...buses.map(({ id, source }, index) => ({ id, source, pointer: pointerTo('buses', index, 'source') })),
    ...devices.map(({ id, source }, index) => ({ id, source, pointer: pointerTo('devices', index, 'source') })),
  ];
  for (const { id, source, pointer } of sources) {
    if (typeof source === 'object' && 'gpio' in source) continue;
    const place = placeOf(deviceSource(source, (path) => path));
    if (place === undefined) continue;
    const owner = owners.get(place);
    if (owner === undefined) owners.set(place, id);
    else {
      report({
        pointer,
        part: 'value',
        what: { en: `\`${owner}\` is there already`, zh: `此处已由 \`${owner}\` 占用` },
        hint: { en: 'give each its own port, pin or address', zh: '请为每个设备指定各自的端口、引脚或地址' },
      });
    }
  }
}

/** What only one device can have; nothing for ingest and topics, which several can share, and for devices on a board's bus. */
function placeOf(source: DeviceSource): string | undefined {
  switch (source.kind) {
    case 'serial':
      return `serial ${source.path}`;
    case 'tcp':
      return `tcp ${source.host}:${source.port}`;
    case 'listen':
      return `listen ${source.port}`;
    case 'topic':
      return undefined;
    case 'simulated':
      return `simulated ${source.name}`;
    case 'board':
      if (source.pin !== undefined) return `board ${source.board} ${source.pin}`;
      return source.address === undefined ? undefined : `board ${source.board} at ${source.address}`;
    case 'bus':
      return `bus ${source.bus} ${source.address}`;
    case 'sysfs':
    case 'gateway':
    case 'ingest':
      return undefined;
  }
}
