import type { GatewayView } from '../gateway.ts';
import type { AlarmTransition } from '../model/alarm.ts';
import type { Language } from '../model/errors.ts';
import { logLine, type LogEvent } from '../platform/log.ts';
import type { LinkView } from '../forward/forwarder.ts';
import type { Demo } from './demo.ts';
import { ageText, bytesText, countText, padTo, qualityText, table, textIn, valueText } from './format.ts';
import { clockWords, deviceStateWords, linkWords } from './words.ts';

/** What the page shows. */
export interface ScreenContent {
  readonly view: GatewayView;
  readonly demo: Pick<Demo, 'isLinkUp' | 'isBoardPlugged' | 'scenario' | 'boards' | 'city'> | undefined;
  readonly events: readonly LogEvent[];
  readonly language: Language;
  readonly hasColour: boolean;
}

type Paint = (text: string, colour: 'red' | 'yellow' | 'green' | 'dim' | 'bold') => string;

const colours = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

const labels = {
  devices: { en: 'Devices', zh: '设备' },
  alarms: { en: 'Alarms', zh: '告警' },
  noAlarms: { en: 'none', zh: '无' },
  nothingYet: { en: 'no value yet', zh: '尚无数据' },
  journal: { en: 'Journal', zh: '日志' },
  safe: { en: 'everything accepted is safe on disk within a second', zh: '已接收的数据一秒内安全存盘' },
  failing: { en: 'the disk fails; readings wait in memory', zh: '磁盘故障，数据暂存于内存' },
  nothingWaits: { en: 'nothing waits', zh: '无积压' },
  wait: { en: 'wait', zh: '条积压' },
  sent: { en: 'delivered', zh: '条已送达' },
  lateness: { en: 'last alarm there after', zh: '最近告警送达用时' },
  watch: { en: 'Watch', zh: '查看' },
  keys: { en: 'Keys', zh: '按键' },
  cut: { en: 'cut the link', zh: '断开链路' },
  restore: { en: 'restore the link', zh: '恢复链路' },
  rain: { en: 'cloudburst', zh: '暴雨' },
  dry: { en: 'end the rain', zh: '停雨' },
  unplug: { en: 'unplug the board', zh: '拔下板卡' },
  plug: { en: 'plug the board in', zh: '插回板卡' },
  quit: { en: 'quit', zh: '退出' },
  complete: { en: 'the city has everything', zh: '平台数据完整' },
  incomplete: { en: 'the city still misses', zh: '平台尚缺' },
} as const;

/** The page, line by line. */
export function screenLines(content: ScreenContent): readonly string[] {
  const { view, language, hasColour, events, demo } = content;
  const paint: Paint = (text, colour) => (hasColour ? `\u001B[${colours[colour]}m${text}\u001B[0m` : text);
  const time = new Date(view.now).toLocaleTimeString('sv-SE');
  const last = events.findLast(({ level }) => level !== 'debug');
  return [
    `${paint(`Lamppost  ${view.gateway}`, 'bold')}   ${time}  ${paint(clockWords[view.clock][language], 'dim')}`,
    '',
    ...deviceLines(content, paint),
    '',
    ...alarmLines(view, language, paint),
    '',
    ...view.links.map((link) => linkLine(link, content, paint)),
    journalLine(view, language, paint),
    '',
    ...(demo ? demoLines(content, paint) : [watchLine(content, paint)]),
    '',
    last ? paint(logLine(last), last.level === 'info' ? 'dim' : 'yellow') : '',
  ];
}

function deviceLines({ view, language }: ScreenContent, paint: Paint): readonly string[] {
  const rows = view.devices.flatMap(({ description, status, latest }) => {
    const { device, channels } = description;
    const state = status?.state ?? 'online';
    const names = Object.keys(channels);
    return names.map((channel, index): Row => {
      const reading = latest.get(channel);
      const name = index === 0 ? device : '';
      if (!reading)
        return {
          cells: [name, channel, '', labels.nothingYet[language], ''],
          quality: 'none',
          mark: index === 0 ? state : '',
        };
      const words = state === 'online' ? qualityText(reading, language) : deviceStateWords[state][language];
      const cells = [
        name,
        channel,
        valueText(reading.value, reading.unit, language),
        words,
        ageText(view.now - reading.at, language),
      ];
      return { cells, quality: state === 'online' ? reading.quality : 'bad', mark: index === 0 ? state : '' };
    });
  });
  const lines = table(rows.map(({ cells }) => cells));
  return lines.map((line, index) => {
    const { quality, mark } = rows[index] ?? { quality: 'none', mark: '' };
    const dot = mark === '' ? ' ' : paint('●', mark === 'online' ? 'green' : mark === 'stale' ? 'yellow' : 'red');
    const colour =
      quality === 'good'
        ? undefined
        : quality === 'none' || quality === 'unchecked'
          ? 'dim'
          : quality === 'suspect'
            ? 'yellow'
            : 'red';
    return `${dot} ${colour ? paint(line, colour) : line}`;
  });
}

interface Row {
  readonly cells: readonly string[];
  readonly quality: string;
  readonly mark: string;
}

function alarmLines(view: GatewayView, language: Language, paint: Paint): readonly string[] {
  const label = padTo(labels.alarms[language], labelWidth);
  if (view.alarms.length === 0) return [`${label}${paint(labels.noAlarms[language], 'dim')}`];
  return view.alarms.map((alarm, index) => {
    const text = `▲ ${alarmText(alarm, language)}  ${ageText(view.now - alarm.raisedAt, language)}`;
    return (
      (index === 0 ? label : ' '.repeat(labelWidth)) + paint(text, alarm.severity === 'critical' ? 'red' : 'yellow')
    );
  });
}

function alarmText({ rule, device, text }: AlarmTransition, language: Language): string {
  return text ? textIn(text, language) : `${device}: ${rule}`;
}

function linkLine(
  { upstream, state, why, waiting, acked, alarmLateness }: LinkView,
  { language, demo }: ScreenContent,
  paint: Paint,
): string {
  const waits = waiting.alarm + waiting.live + waiting.backfill;
  const word = linkWords[state][language];
  const parts = [
    paint(`● ${word}`, state === 'online' ? 'green' : state === 'refused' ? 'red' : 'yellow'),
    waits === 0 ? labels.nothingWaits[language] : paint(`${countText(waits)} ${labels.wait[language]}`, 'yellow'),
    `${countText(acked)} ${labels.sent[language]}`,
    ...(alarmLateness ? [`${labels.lateness[language]} ${(alarmLateness.lastMs / 1000).toFixed(1)} s`] : []),
    ...(demo?.city ? [cityText(demo.city, language)] : []),
    ...(state === 'refused' && why !== undefined ? [why] : []),
  ];
  return padTo(upstream, labelWidth) + parts.join(' · ');
}

function cityText({ isComplete, missing }: NonNullable<Demo['city']>, language: Language): string {
  return isComplete ? labels.complete[language] : `${labels.incomplete[language]} ${countText(missing)}`;
}

function journalLine({ journal }: GatewayView, language: Language, paint: Paint): string {
  const words =
    journal.failing === undefined
      ? paint(labels.safe[language], 'dim')
      : paint(`${labels.failing[language]} (${journal.failing})`, 'red');
  return `${padTo(labels.journal[language], labelWidth)}${bytesText(journal.usedBytes)} · ${words}`;
}

function watchLine({ view, language }: ScreenContent, paint: Paint): string {
  const { host, port } = view.broker;
  return (
    padTo(labels.watch[language], labelWidth) + paint(`mosquitto_sub -h ${host} -p ${port} -t 'lamppost/#' -v`, 'dim')
  );
}

function demoLines(content: ScreenContent, paint: Paint): readonly string[] {
  const { demo, language } = content;
  if (!demo) return [];
  const key = (letter: string, words: { readonly en: string; readonly zh: string }): string =>
    `${paint(letter, 'bold')} ${words[language]}`;
  const keys = [
    key('l', demo.isLinkUp ? labels.cut : labels.restore),
    key('r', demo.scenario === 'cloudburst' ? labels.dry : labels.rain),
    key('u', demo.isBoardPlugged ? labels.unplug : labels.plug),
    key('q', labels.quit),
  ];
  return [
    watchLine(content, paint),
    ' '.repeat(labelWidth) + paint("mosquitto_sub -h 127.0.0.1 -p 1884 -t 'city/#' -v", 'dim'),
    padTo(labels.keys[language], labelWidth) + keys.join('   '),
  ];
}

/** Columns of the words at the left. */
const labelWidth = 10;
