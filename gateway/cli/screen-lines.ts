import type { GatewayView } from '../gateway-view.ts';
import type { Language } from '../model/errors.ts';
import { version } from '../model/version.ts';
import { logLine, type LogEvent } from '../platform/log.ts';
import type { Words } from '../platform/problem.ts';
import type { Demo } from './demo.ts';
import { countText, padTo } from './format.ts';
import type { Paint } from './paint.ts';
import { deviceLines, headline, labelWidth, summaryLines } from './status-lines.ts';
import type { StatusView } from './status-view.ts';
import { clockTime } from './times.ts';
import { clockWords } from './words.ts';
import { wrapTo } from './wrap.ts';

/** What the page shows. */
export interface ScreenContent {
  readonly view: GatewayView;
  /** The virtual street, where one runs. */
  readonly demo: Pick<Demo, 'isLinkUp' | 'isBoardPlugged' | 'scenario' | 'boards' | 'cityUrl' | 'city'> | undefined;
  readonly events: readonly LogEvent[];
  readonly language: Language;
  readonly paint: Paint;
  readonly columns: number;
  /** How many lines there is room for. */
  readonly rows: number;
  readonly timeZone: string;
}

const labels = {
  street: { en: 'virtual street', zh: '虚拟街道' },
  city: { en: 'City', zh: '平台' },
  has: { en: 'received', zh: '已收到' },
  complete: { en: 'nothing is missing', zh: '无缺失' },
  missing: { en: 'still missing', zh: '尚缺' },
  watch: { en: 'Watch', zh: '查看' },
  keys: { en: 'Keys', zh: '按键' },
  cut: { en: 'cut the link', zh: '断开链路' },
  restore: { en: 'restore the link', zh: '恢复链路' },
  rain: { en: 'cloudburst', zh: '暴雨' },
  dry: { en: 'end the rain', zh: '停雨' },
  unplug: { en: 'unplug the board', zh: '拔下板卡' },
  plug: { en: 'plug the board in', zh: '插回板卡' },
  quit: { en: 'quit', zh: '退出' },
  isCut: { en: 'its link is cut', zh: '链路已断开' },
  comesBack: { en: 'its link is back, the gateway tries again within 30 s', zh: '链路已恢复，网关将在 30 秒内重连' },
  hidden: { en: 'more lines in a taller window', zh: '行，拉高窗口可见' },
} as const satisfies Record<string, Words>;

/** The page, line by line: what `lamppost status` says, and what somebody at this terminal can do. */
export function screenLines(content: ScreenContent): readonly string[] {
  const { view, demo, events, language, paint, columns, rows, timeZone } = content;
  const status = statusOf(view);
  const options = { language, paint, timeZone };
  const wide = { ...options, columns };
  const head = wrapTo(headline(status, wide), columns, '  ');
  const devices = deviceLines(status, wide);
  const city = demo?.city ? [cityLine(demo.city, content)] : [];
  const ways = [...watchLines(content), ...(demo ? [keysLine(demo, content)] : [])];
  const last = events.findLast(({ level }) => level !== 'debug');
  const log = last ? [paint(newsLine(last, timeZone), last.level === 'info' ? 'dim' : 'yellow')] : [];
  const title = titleLine(content);
  const whole = [[title], head, devices, [...summaryLines(status, wide), ...city], ways, log];
  if (whole.flat().length + whole.length - 1 <= rows)
    return whole.flatMap((part, at) => (at > 0 ? ['', ...part] : part));
  const below = [...summaryLines(status, options), ...city];
  const room = rows - 1 - head.length - below.length - ways.length;
  return fitted([[title, ...head], shortened(devices, room, content), below, ways], rows);
}

/** Parts with empty lines between them as far as there is room; then the beginning and the last line, what keys do. */
function fitted(parts: readonly (readonly string[])[], rows: number): readonly string[] {
  const spare = rows - parts.flat().length;
  const lines = parts.flatMap((part, at) => (at > 0 && at <= spare ? ['', ...part] : part));
  return spare >= 0 ? lines : [...lines.slice(0, Math.max(0, rows - 1)), ...lines.slice(-1)];
}

/** As many lines of the devices as there is room for, and how many are not shown. */
function shortened(lines: readonly string[], room: number, { language, paint }: ScreenContent): readonly string[] {
  if (lines.length <= room) return lines;
  const shown = Math.max(0, room - 1);
  const rest = `… ${lines.length - shown} ${labels.hidden[language]}`;
  return [...lines.slice(0, shown), `  ${paint(rest, 'dim')}`];
}

function statusOf({ devices, links, journal, ...view }: GatewayView): StatusView {
  const { head, usedBytes: bytes, failing } = journal;
  return {
    gateway: view.gateway,
    url: `mqtt://${view.broker.host}:${view.broker.port}`,
    now: view.now,
    since: view.since,
    alarms: view.alarms,
    devices: devices.map(({ description, status, latest }) => ({
      description,
      latest: Object.fromEntries(latest),
      ...(status ? { status } : {}),
    })),
    backlog: {
      upstreams: links,
      journal: { epoch: view.epoch, head, bytes, ...(failing === undefined ? {} : { failing }) },
    },
  };
}

/** A line of the log in the time of the page. */
function newsLine(event: LogEvent, timeZone: string): string {
  return logLine(event).replace(/^\S+/, clockTime(event.at, timeZone));
}

function titleLine({ view, demo, language, paint, timeZone }: ScreenContent): string {
  const time = clockTime(view.now, timeZone);
  return [
    paint(`Lamppost ${version}`, 'bold'),
    ...(demo ? [labels.street[language]] : []),
    time,
    clockWords[view.clock][language],
  ].join(' · ');
}

function cityLine(
  { readings, alarms, isComplete, missing }: NonNullable<Demo['city']>,
  { view, demo, language, paint }: ScreenContent,
): string {
  const counts = {
    en: `${countText(readings)} readings, ${countText(alarms)} alarm message${alarms === 1 ? '' : 's'}`,
    zh: `${countText(readings)} 条数据、${countText(alarms)} 条告警消息`,
  }[language];
  const isBack = demo?.isLinkUp === true && view.links.some(({ state }) => state === 'waiting');
  const parts = [
    `${labels.has[language]} ${counts}`,
    ...(demo?.isLinkUp === false ? [paint(labels.isCut[language], 'yellow')] : []),
    ...(isBack ? [paint(labels.comesBack[language], 'yellow')] : []),
    ...(isComplete ? [paint(labels.complete[language], 'green')] : []),
    // Neither of the two until the gateway has told how much there is.
    ...(missing > 0 ? [paint(`${labels.missing[language]} ${countText(missing)}`, 'yellow')] : []),
  ];
  return padTo(labels.city[language], labelWidth) + parts.join(' · ');
}

function watchLines({ view, demo, language, paint }: ScreenContent): readonly string[] {
  const { host, port } = view.broker;
  const local = `mosquitto_sub -h ${host} -p ${port} -t 'lamppost/#' -v`;
  const commands = demo?.cityUrl === undefined ? [local] : [local, `npx lamppost receive ${demo.cityUrl}`];
  return commands.map(
    (command, index) => padTo(index === 0 ? labels.watch[language] : '', labelWidth) + paint(command, 'dim'),
  );
}

function keysLine(demo: NonNullable<ScreenContent['demo']>, { language, paint }: ScreenContent): string {
  const keys: readonly (readonly [string, Words])[] = [
    ...(demo.cityUrl === undefined ? [] : [['l', demo.isLinkUp ? labels.cut : labels.restore] as const]),
    ['r', demo.scenario === 'cloudburst' ? labels.dry : labels.rain],
    ...(demo.boards.length > 0 ? [['u', demo.isBoardPlugged ? labels.unplug : labels.plug] as const] : []),
    ['q', labels.quit],
  ];
  const words = keys.map(([letter, does]) => `${paint(letter, 'bold')} ${does[language]}`);
  return padTo(labels.keys[language], labelWidth) + words.join('   ');
}
