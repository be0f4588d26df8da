import type { GatewayView } from '../gateway.ts';
import type { Language } from '../model/errors.ts';
import { version } from '../model/version.ts';
import { logLine, type LogEvent } from '../platform/log.ts';
import type { Words } from '../platform/problem.ts';
import type { Demo } from './demo.ts';
import { countText, padTo } from './format.ts';
import type { Paint } from './paint.ts';
import { labelWidth, statusLines } from './status-lines.ts';
import type { StatusView } from './status-view.ts';
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
} as const satisfies Record<string, Words>;

/** The page, line by line: what `lamppost status` says, and what somebody at this terminal can do. */
export function screenLines(content: ScreenContent): readonly string[] {
  const { view, demo, language, events, paint, columns, timeZone } = content;
  const [headline = '', ...status] = statusLines(statusOf(view), { language, paint, columns, timeZone });
  const last = events.findLast(({ level }) => level !== 'debug');
  return [
    titleLine(content),
    '',
    ...wrapTo(headline, columns, '  '),
    ...status,
    ...(demo?.city ? [cityLine(demo.city, content)] : []),
    '',
    ...watchLines(content),
    ...(demo ? [keysLine(demo, content)] : []),
    '',
    last ? paint(logLine(last), last.level === 'info' ? 'dim' : 'yellow') : '',
  ];
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

function titleLine({ view, demo, language, paint, timeZone }: ScreenContent): string {
  const time = new Date(view.now).toLocaleTimeString('sv-SE', { timeZone });
  return [
    paint(`Lamppost ${version}`, 'bold'),
    ...(demo ? [labels.street[language]] : []),
    time,
    clockWords[view.clock][language],
  ].join(' · ');
}

function cityLine(
  { readings, alarms, isComplete, missing }: NonNullable<Demo['city']>,
  { language, paint }: ScreenContent,
): string {
  const counts = {
    en: `${countText(readings)} readings, ${countText(alarms)} alarm message${alarms === 1 ? '' : 's'}`,
    zh: `${countText(readings)} 条数据、${countText(alarms)} 条告警消息`,
  }[language];
  const parts = [
    `${labels.has[language]} ${counts}`,
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
