import type { Language } from '../model/errors.ts';
import { quantityOf } from '../model/quantity.ts';
import type { Words } from '../platform/problem.ts';
import { unstatedDatum, type Channel, type Profile, type Setting } from '../profiles/profile.ts';
import { ageText, unitLabel } from './format.ts';
import { connectWords } from './words.ts';
import { wrapTo } from './wrap.ts';

const labels = {
  wiring: { en: 'Wiring', zh: '接线' },
  asks: { en: 'Settings it asks for', zh: '需要填写的设置' },
  gives: { en: 'Channels', zh: '通道' },
  commands: { en: 'Commands', zh: '命令' },
  config: { en: 'In lamppost.yaml', zh: 'lamppost.yaml 写法' },
  sources: { en: 'Where the figures come from', zh: '数据来源' },
  unverified: { en: 'Not checked yet', zh: '尚未验证' },
} as const satisfies Record<string, Words>;

export interface ProfileOptions {
  readonly language: Language;
  /** Longest line; unlimited when absent. */
  readonly columns?: number | undefined;
}

/** The sheet that a technician takes along: what to connect, what to measure on site, what comes out. */
export function profileLines(profile: Profile, { language, columns }: ProfileOptions): readonly string[] {
  const { id, name, connect, everyMs, wiring, sources, unverified } = profile;
  const every = everyMs === undefined ? [] : [{ en: 'every', zh: '每' }[language] + ` ${ageText(everyMs, language)}`];
  const section = (label: Words, lines: readonly string[], width = columns): readonly string[] =>
    lines.length === 0 ? [] : ['', label[language], ...lines.flatMap((line) => wrapTo(`  ${line}`, width, hanging))];
  const steps = wiring.map((step, index) => `${index + 1}. ${step[language]}`);
  const channels = Object.entries(profile.channels).map(([key, row]) => channelLine(key, row, language));
  return [
    name[language],
    [id, connectWords[connect.kind][language], ...lineSettings(profile), ...every].join(' · '),
    ...section(labels.wiring, steps),
    ...section(labels.asks, settingLines(profile, language)),
    ...section(labels.gives, channels),
    ...section(labels.commands, commandLines(profile, language)),
    // To be copied: never broken.
    ...section(labels.config, exampleLines(profile, language), Number.POSITIVE_INFINITY),
    ...section(labels.sources, sources),
    ...section(labels.unverified, unverified === undefined ? [] : [unverified]),
  ];
}

/** Under the text of a numbered step. */
const hanging = ' '.repeat(5);

function lineSettings({ connect }: Profile): readonly string[] {
  if (connect.kind === 'board') return [connect.component];
  if (!('line' in connect)) return [];
  const { baudRate, dataBits, parity, stopBits } = connect.line;
  return [`${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`];
}

function settingLines(profile: Profile, language: Language): readonly string[] {
  const lines = Object.entries(profile.settings).map(([key, setting]) => settingLine(key, setting, language));
  const datum = {
    en: 'datum: what is the height measured from? (words such as road surface)',
    zh: 'datum：高度从何处起算？（文字，例如 路面）',
  };
  return needsDatum(profile) ? [...lines, datum[language]] : lines;
}

function settingLine(key: string, { ask, unit, min, max, default: usual }: Setting, language: Language): string {
  const label = unitLabel(unit);
  const range =
    min === undefined && max === undefined
      ? []
      : [[min, max].map((limit) => (limit === undefined ? '' : `${limit} ${label}`.trim())).join(' … ')];
  const words = { en: 'by default', zh: '默认' }[language];
  const notes = [...range, ...(usual === undefined ? [] : [`${words} ${usual} ${label}`.trim()])];
  const colon = { en: ': ', zh: '：' }[language];
  return `${key}${colon}${ask[language]}${notes.length > 0 ? ` (${notes.join('; ')})` : ` (${label})`}`;
}

function channelLine(key: string, row: Channel, language: Language): string {
  const { unit, datum } = quantityOf(row.quantity);
  const label = unitLabel(unit);
  const resolution = { en: 'steps of', zh: '分辨率' }[language];
  const from = { en: 'from', zh: '基准面' }[language];
  return [
    `${key}: ${row.name[language]}`,
    row.quantity,
    ...(label === '' ? [] : [`${resolution} ${row.resolution} ${label}`]),
    ...(row.limits ? [`${row.limits[0]} … ${row.limits[1]} ${label}`] : []),
    ...(datum && row.datum !== undefined && row.datum !== unstatedDatum ? [`${from} ${row.datum}`] : []),
  ].join(' · ');
}

function commandLines({ commands }: Profile, language: Language): readonly string[] {
  return Object.entries(commands).map(([key, { name, safe, silenceMs, write }]) => {
    const words = write
      ? switchedByUs(safe, silenceMs)
      : {
          en: `goes ${safe ? 'on' : 'off'} by itself when the gateway is silent for ${ageText(silenceMs, 'en')}`,
          zh: `网关静默 ${ageText(silenceMs, 'zh')} 后自动${safe ? '接通' : '断开'}`,
        };
    return `${key}: ${name[language]} · ${words[language]}`;
  });
}

/** A device that does not watch the gateway keeps what it was told last. */
function switchedByUs(isOn: boolean, silenceMs: number): Words {
  const [en, zh] = isOn ? ['on', '接通'] : ['off', '断开'];
  return {
    en: `keeps its state when the gateway is silent; switched ${en} when it is first reached, and when it was out of reach for ${ageText(silenceMs, 'en')}`,
    zh: `网关静默时保持原状；首次连上时以及失联 ${ageText(silenceMs, 'zh')} 后重新连上时${zh}`,
  };
}

export const needsDatum = ({ channels }: Profile): boolean =>
  Object.values(channels).some(
    ({ quantity, datum }) => quantityOf(quantity).datum && (datum ?? unstatedDatum) === unstatedDatum,
  );

/** What to copy; the values in it are examples. */
function exampleLines(profile: Profile, language: Language): readonly string[] {
  const { id, connect, settings } = profile;
  const source = {
    serial: '{ serial: /dev/serial/by-id/… }',
    modbus: '{ bus: rs485-1, address: 1 }',
    dlt645: "{ bus: rs485-1, address: '000000000161' }",
    board: connect.kind === 'board' && connect.component === 'bmp180' ? '{ board: roof }' : '{ board: roof, pin: 2 }',
    sysfs: '{ sysfs: 28-0316a2795bff }',
    machine: 'gateway',
    topic: `{ topic: ${topicOf(id)} }`,
    message: 'ingest',
  }[connect.kind];
  const asked = Object.entries(settings).filter(([, setting]) => setting.default === undefined);
  const written = asked.map(([key, setting]) => `${key}: ${plausible(setting)} ${setting.unit}`);
  const datum = needsDatum(profile) ? [`datum: ${{ en: 'road surface', zh: '路面' }[language]}`] : [];
  const group = [...written, ...datum].join(', ');
  // A line with several devices on it stands by itself, and is named by each of them.
  const isShared = connect.kind === 'modbus' || connect.kind === 'dlt645';
  const bus = ['buses:', '  - id: rs485-1', '    source: { serial: /dev/serial/by-id/… }'];
  const device = [
    `- id: ${(id.split('/')[1] ?? id).slice(0, 32)}-1`,
    `  profile: ${id}`,
    `  source: ${source}`,
    ...(group === '' ? [] : [`  settings: { ${group} }`]),
  ];
  return isShared ? [...bus, 'devices:', ...device.map((line) => `  ${line}`)] : device;
}

/** Where such a device publishes, as its makers show it. */
function topicOf(id: string): string {
  const [maker = ''] = id.split('/');
  const shown: Readonly<Record<string, string>> = { tasmota: 'tele/door4/SENSOR', esphome: 'door4' };
  return shown[maker] ?? `${maker}/door4`;
}

/** A round number in the middle of what is allowed. */
export function plausible({ min = 1, max = min }: Setting): number {
  const middle = (min + max) / 2;
  const round = Number(middle.toPrecision(1));
  return round >= min && round <= max ? round : middle;
}
