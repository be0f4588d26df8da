import { equals } from '../commission/candidates.ts';
import { takenPort, type Refusal } from '../commission/new-device.ts';
import { probe } from '../commission/probe.ts';
import { findSerialPorts, type FoundPort } from '../commission/serial-ports.ts';
import { listSerialPorts } from '../field/transports/list-ports.ts';
import { GatewayError, reasonOf, type Language } from '../model/errors.ts';
import { systemClock } from '../platform/clock.ts';
import { parseYaml } from '../platform/yaml.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Answers, Guide, Result } from './add-guide.ts';
import { bytePort } from './byte-port.ts';
import { noPorts } from './port-lines.ts';
import { probeLines } from './probe-lines.ts';
import { back, type Back, type Choice } from './prompts.ts';
import { progressLine } from './progress.ts';
import { profilesFor } from './some-profiles.ts';
import { progressText } from './commands/probe.ts';
import { asTyped } from './typed-name.ts';

const listenMs = 2500;

const words = {
  where: { en: 'Where is the device?', zh: '设备接在哪里？' },
  refresh: { en: 'look for ports again', zh: '重新查找串口' },
  other: { en: 'another serial port, by its path', zh: '其他串口（输入路径）' },
  path: { en: 'Path of the port?', zh: '串口路径？' },
  tcp: { en: 'a serial-to-Ethernet box', zh: '串口服务器（TCP）' },
  address: { en: 'Its address?', zh: '地址？' },
  badAddress: { en: 'write for example 10.0.0.9:4001', zh: '例如写作 10.0.0.9:4001' },
  badPath: { en: 'write for example /dev/ttyUSB0', zh: '例如写作 /dev/ttyUSB0' },
  badTopic: { en: 'write for example zigbee2mqtt/room', zh: '例如写作 zigbee2mqtt/room' },
  ingest: { en: 'nowhere: it publishes by MQTT to this gateway', zh: '不接线：由设备通过 MQTT 上报' },
  topic: { en: 'an MQTT topic of its own (Tasmota, Zigbee2MQTT …)', zh: '自有 MQTT 主题（Tasmota、Zigbee2MQTT 等）' },
  sysfs: { en: 'a 1-Wire sensor or the like that Linux reads', zh: '由 Linux 读取的 1-Wire 等传感器' },
  sysfsName: { en: 'Its name below /sys?', zh: '在 /sys 下的名称？' },
  machine: { en: 'nowhere: it is this gateway itself', zh: '网关自身' },
  topicName: { en: 'Which topic?', zh: '主题？' },
  board: { en: 'a pin of the board', zh: '板卡引脚：' },
  pin: { en: 'Which pin? (empty for the I2C bus)', zh: '引脚？（I2C 总线设备留空）' },
  bus: { en: 'on the bus', zh: '总线' },
  busAddress: { en: 'Its address on the bus?', zh: '总线地址？' },
  noAddress: { en: 'a number such as 1, or the twelve digits of a meter', zh: '数字（如 1）或电表的 12 位地址' },
  which: { en: 'Which device is it? The label on it decides.', zh: '是哪种设备？请以铭牌为准。' },
  more: { en: 'another one …', zh: '其他设备 …' },
  all: { en: 'Which one?', zh: '请选择：' },
  inUse: { en: 'in use by', zh: '占用者：' },
} as const;

/** The port, bus, board or nothing; a port is listened to at once. */
export async function askSource(answers: Answers, guide: Guide): Promise<Result> {
  const source = answers.source ?? (await chosenSource(guide));
  if (source === back) return back;
  // Said by flags: only to be listened to, and nothing to go back to.
  if (answers.source !== undefined && (answers.profile !== undefined || answers.candidates)) return undefined;
  const refusal = await takenPort(guide.site, source);
  if (refusal) {
    guide.prompts.warn(problemText(refusal, guide.context.language));
    return answers.source === undefined ? askSource(answers, guide) : back;
  }
  const candidates = await listened(source, guide);
  if (candidates === back) return answers.source === undefined ? askSource(answers, guide) : back;
  const known = { ...answers, source, ...(candidates ? { candidates } : {}) };
  return answers.source === undefined ? known : { quietly: known };
}

/** What is wrong, and what to do about it. */
export function problemText({ what, hint }: Refusal, language: Language): readonly string[] {
  return [what[language], ...(hint ? [asTyped(`→ ${hint[language]}`)] : [])];
}

async function chosenSource(guide: Guide): Promise<NonNullable<Answers['source']> | Back> {
  const { prompts, context, site } = guide;
  const { language } = context;
  for (;;) {
    const ports = await findSerialPorts(listSerialPorts);
    if (ports.length === 0) prompts.show([asTyped(noPorts[language])]);
    const choice = await prompts.choose(words.where[language], [
      ...ports.map((port) => portChoice(port, language)),
      ...placesIn(site.text, language),
      { value: 'refresh', label: words.refresh[language] },
      { value: 'path', label: words.other[language] },
      { value: 'tcp', label: words.tcp[language] },
      { value: 'topic', label: words.topic[language] },
      { value: 'sysfs', label: words.sysfs[language] },
      { value: 'gateway', label: words.machine[language] },
      { value: 'ingest', label: words.ingest[language] },
    ]);
    if (choice === back) return back;
    if (choice === 'refresh') continue;
    const source = await detailed(choice, guide);
    if (source !== back) return source;
  }
}

function portChoice({ path, stable, description, holder }: FoundPort, language: Language): Choice<string> {
  const label = [path, ...(description === undefined ? [] : [description])].join(' · ');
  return holder === undefined
    ? { value: `serial=${stable}`, label }
    : { value: `serial=${stable}`, label: `${label} · ${words.inUse[language]} ${holder}`, disabled: true };
}

/** Boards and buses that the configuration has already. */
function placesIn(text: string, language: Language): readonly Choice<string>[] {
  const yaml = parseYaml(text);
  const { boards = [], buses = [] } = (yaml.ok ? (yaml.data ?? {}) : {}) as Readonly<
    Record<'boards' | 'buses', readonly { readonly id: string }[] | undefined>
  >;
  return [
    ...buses.map(({ id }) => ({ value: `bus=${id}`, label: `${words.bus[language]} ${id}` })),
    ...boards.map(({ id }) => ({ value: `board=${id}`, label: `${words.board[language]} ${id}` })),
  ];
}

async function detailed(choice: string, { prompts, context }: Guide): Promise<NonNullable<Answers['source']> | Back> {
  const { language } = context;
  const [kind = '', value = ''] = choice.split(/=(.*)/s);
  switch (kind) {
    case 'serial':
      return { serial: value };
    case 'path': {
      const check = (text: string): string | undefined => (text === '' ? words.badPath[language] : undefined);
      const path = await prompts.ask(words.path[language], { example: '/dev/ttyS1', check });
      const port = path === back ? undefined : await bytePort(path);
      return port ? { serial: port.name } : back;
    }
    case 'tcp': {
      const check = (text: string): string | undefined =>
        /^\S+:\d{1,5}$/.test(text) ? undefined : words.badAddress[language];
      const tcp = await prompts.ask(words.address[language], { example: '10.0.0.9:4001', check });
      return tcp === back ? back : { tcp };
    }
    case 'bus': {
      const address = await prompts.ask(words.busAddress[language], { initial: '1', check: addressCheck(language) });
      return address === back ? back : { bus: value, address: addressIn(address) };
    }
    case 'topic': {
      const check = (text: string): string | undefined => (text === '' ? words.badTopic[language] : undefined);
      const topic = await prompts.ask(words.topicName[language], { example: 'tele/door4/SENSOR', check });
      return topic === back ? back : { topic };
    }
    case 'board': {
      const pin = await prompts.ask(words.pin[language], { example: '2' });
      if (pin === back) return back;
      return { board: value, ...(pin === '' ? {} : { pin: /^\d+$/.test(pin) ? Number(pin) : pin }) };
    }
    case 'sysfs': {
      const sysfs = await prompts.ask(words.sysfsName[language], { example: '28-0316a2795bff' });
      return sysfs === back ? back : { sysfs };
    }
    case 'gateway':
      return 'gateway';
    default:
      return 'ingest';
  }
}

/** What the profiles make of what comes from a port; nothing for sources that cannot be listened to. */
async function listened(
  source: NonNullable<Answers['source']>,
  { prompts, context, site, seconds }: Guide,
): Promise<Answers['candidates'] | Back> {
  if (typeof source === 'string') return undefined;
  const { language, signal } = context;
  const [name] = ['serial', 'tcp'].flatMap((kind) => (typeof source[kind] === 'string' ? [source[kind]] : []));
  const port = name === undefined ? undefined : await bytePort(name);
  if (!port) return undefined;
  const progress = progressLine();
  try {
    const probed = await probe({
      profiles: await profilesFor(site.profiles),
      open: (line) => port.open(line),
      hasLine: port.hasLine,
      listenMs: Math.min(listenMs, seconds * 1000),
      clock: systemClock,
      signal,
      onProgress: (now) => progress.show(progressText(now, language)),
    });
    progress.clear();
    const columns = (process.stderr.columns || 80) - 4;
    const lines = probeLines(probed, { language, source: port.source, columns, isBetweenQuestions: true });
    prompts.show(lines.map((line) => asTyped(line)));
    return probed.candidates;
  } catch (error) {
    progress.clear();
    const known = error instanceof GatewayError;
    prompts.warn(known ? [error.says(language), asTyped(`→ ${error.remedy(language)}`)] : [reasonOf(error)]);
    return back;
  }
}

/** The profile: what the bytes suggest first, then all that can be connected so. */
export async function askProfile(answers: Answers, guide: Guide): Promise<Result> {
  const { prompts, context, site } = guide;
  const { language } = context;
  if (answers.profile !== undefined)
    return answers.kind ? undefined : { quietly: { ...answers, kind: await site.profiles.load(answers.profile) } };
  const { candidates = [] } = answers;
  const likely = equals(candidates);
  const found = [...likely, ...candidates.filter((candidate) => !likely.includes(candidate))].slice(0, 6);
  if (found.length > 0) {
    const id = await prompts.choose(words.which[language], [
      ...found.map((candidate) => choiceOf(candidate.profile, language)),
      { value: 'more', label: words.more[language] },
    ]);
    if (id === back) return back;
    const address = found.find(({ profile }) => profile.id === id)?.address;
    if (id !== 'more') return { ...withAddress(answers, address), profile: id, kind: await site.profiles.load(id) };
  }
  const all = await fittingProfiles(answers, guide);
  const id = await prompts.choose(
    words.all[language],
    all.map((profile) => choiceOf(profile, language)),
  );
  if (id === back) return found.length > 0 ? askProfile(answers, guide) : back;
  return { ...answers, profile: id, kind: await site.profiles.load(id) };
}

/** A device that shares its line has an address there; one that answered has told it. */
export async function askAddress(answers: Answers, { prompts, context: { language } }: Guide): Promise<Result> {
  const { kind, source } = answers;
  if (kind?.connect.kind !== 'modbus' && kind?.connect.kind !== 'dlt645') return undefined;
  if (typeof source !== 'object' || 'address' in source) return undefined;
  const usual = kind.connect.kind === 'modbus' ? String(kind.connect.address ?? 1) : undefined;
  const address = await prompts.ask(words.busAddress[language], {
    ...(usual === undefined ? { example: '000000000161' } : { initial: usual }),
    check: addressCheck(language),
  });
  return address === back ? back : { ...answers, source: { ...source, address: addressIn(address) } };
}

const addressCheck =
  (language: Language) =>
  (text: string): string | undefined =>
    /^(\d{1,3}|\d{12})$/.test(text) ? undefined : words.noAddress[language];

const addressIn = (text: string): number | string => (text.length < 4 ? Number(text) : text);

/** A device on a bus is where it answered. */
function withAddress(answers: Answers, address: number | string | undefined): Answers {
  const { source } = answers;
  if (address === undefined || typeof source !== 'object' || 'address' in source) return answers;
  return { ...answers, source: { ...source, address } };
}

function choiceOf({ id, name }: Profile, language: Language): Choice<string> {
  return { value: id, label: `${id}  ${name[language]}` };
}

/** Which kinds of profiles go with which kinds of sources. */
const kindsFor: Readonly<Record<string, readonly Profile['connect']['kind'][]>> = {
  serial: ['serial', 'modbus', 'dlt645'],
  tcp: ['serial', 'modbus', 'dlt645'],
  bus: ['modbus', 'dlt645'],
  board: ['board'],
  topic: ['topic', 'message'],
  ingest: ['message'],
  sysfs: ['sysfs'],
  gateway: ['machine'],
};

async function fittingProfiles({ source = '' }: Answers, { site }: Guide): Promise<readonly Profile[]> {
  const kind = typeof source === 'string' ? source : (Object.keys(source)[0] ?? '');
  const ids = await site.profiles.list();
  const loaded = await Promise.all(ids.map((id) => site.profiles.load(id).catch(() => undefined)));
  return loaded
    .filter((profile) => profile !== undefined && kindsFor[kind]?.includes(profile.connect.kind) === true)
    .filter((profile) => profile !== undefined);
}
