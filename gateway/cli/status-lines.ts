import type { AlarmTransition } from '../model/alarm.ts';
import type { Language } from '../model/errors.ts';
import type { Words } from '../platform/problem.ts';
import { adviceOn } from './advice.ts';
import { ageText, bytesText, countText, cutTo, padTo, qualityText, table, textIn, valueText } from './format.ts';
import { plain, type Colour, type Paint } from './paint.ts';
import { reasonText } from '../platform/reasons.ts';
import { linkAge, type DeviceReport, type LinkReport, type StatusView } from './status-view.ts';
import { clockTime, stamp } from './times.ts';
import { deviceStateWords, laneWords, linkWords, qualityColour, severityWords } from './words.ts';
import { wrapTo } from './wrap.ts';

export interface LineOptions {
  readonly language: Language;
  readonly paint?: Paint;
  /** Longest line; unlimited when it goes to a file or another program. */
  readonly columns?: number;
  readonly timeZone: string;
}

const labels = {
  alarms: { en: 'Alarms', zh: '告警' },
  none: { en: 'none', zh: '无' },
  noValue: { en: 'no value yet', zh: '尚无数据' },
  until: { en: 'until', zh: '至' },
  waitsFor: { en: 'waits for', zh: '等待上报' },
  upstreams: { en: 'Upstreams', zh: '上行' },
  noUpstream: { en: 'none: readings stay here', zh: '无：数据仅存本机' },
  journal: { en: 'Journal', zh: '日志' },
  nothingWaits: { en: 'nothing waits', zh: '无积压' },
  waits: { en: 'wait', zh: '条待传' },
  delivered: { en: 'delivered', zh: '条已送达' },
  oldMqtt: { en: 'MQTT 3.1.1: lost rights go unnoticed', zh: 'MQTT 3.1.1：权限被拒无法察觉' },
  unacknowledged: { en: 'not acknowledged', zh: '未确认' },
  acknowledged: { en: 'acknowledged', zh: '已确认' },
} as const satisfies Record<string, Words>;

/** Columns of the words at the left. */
export const labelWidth = 11;

/** How a gateway is: one line that says it all, then devices, alarms, upstreams. */
export function statusLines(view: StatusView, options: LineOptions): readonly string[] {
  return [
    headline(view, options),
    '',
    ...deviceLines(view, options),
    ...(view.devices.length > 0 ? [''] : []),
    ...summaryLines(view, options),
  ];
}

/** What stands below the devices: alarms, upstreams, journal. */
export function summaryLines(view: StatusView, options: LineOptions): readonly string[] {
  const { backlog } = view;
  return [
    ...alarmLines(view, options),
    ...(backlog
      ? [...upstreamLines(backlog.upstreams, view.now, options), journalLine(backlog.journal.bytes, options)]
      : []),
  ];
}

/** `● lp-demo works since 09:12 (3 h): all is well, nothing to do`. Never cut: it is what people came for. */
export function headline(view: StatusView, { language, paint = plain, timeZone }: LineOptions): string {
  const { gateway, since, now } = view;
  const { isFine, what, next } = adviceOn(view);
  const [today, started] = [stamp(now, timeZone), stamp(since, timeZone)];
  const at = today.slice(0, 10) === started.slice(0, 10) ? started.slice(11, 16) : started.slice(0, 16);
  const age = ageText(now - since, language);
  const running = { en: `${gateway} works since ${at} (${age})`, zh: `${gateway} 自 ${at} 起运行（${age}）` }[language];
  const colon = { en: ': ', zh: '：' }[language];
  const rest = isFine
    ? { en: `${what.en}, ${next.en}`, zh: `${what.zh}，${next.zh}` }
    : { en: `${what.en} → ${next.en}`, zh: `${what.zh} → ${next.zh}` };
  return paint(isFine ? '●' : '▲', isFine ? 'green' : 'yellow') + ` ${paint(running, 'bold')}${colon}${rest[language]}`;
}

interface Row {
  readonly cells: readonly string[];
  readonly mark: Colour | undefined;
  readonly colour: Colour | undefined;
}

export function deviceLines({ devices, now }: StatusView, options: LineOptions): readonly string[] {
  const { paint = plain, columns } = options;
  const rows = devices.flatMap((device) => rowsOf(device, now, options));
  return table(rows.map(({ cells }) => cells)).map((line, index) => {
    const { mark, colour } = rows[index] ?? { mark: undefined, colour: undefined };
    const cut = columns === undefined ? line : cutTo(line, columns - 2);
    return `${mark ? paint('●', mark) : ' '} ${colour ? paint(cut, colour) : cut}`;
  });
}

function rowsOf(
  { description, status, latest }: DeviceReport,
  now: number,
  { language, timeZone }: LineOptions,
): readonly Row[] {
  const { device, channels, every, profile } = description;
  const { state, why, until } = status ?? { state: 'online' };
  const isInService = state === 'service';
  const isWell = state === 'online';
  const colon = { en: ': ', zh: '：' }[language];
  const reason = why === undefined ? '' : colon + reasonText(why, language);
  const end = until === undefined ? '' : ` ${labels.until[language]} ${clockTime(until, timeZone).slice(0, 5)}`;
  const stateText = deviceStateWords[state][language] + (isInService ? end : reason);
  // Only what comes by MQTT has no rate of its own; what is read from topics of its own has to be heard there first.
  const isPublisher = every === undefined && profile.startsWith('generic/') && state !== 'offline';
  const noValue = isPublisher ? `${labels.waitsFor[language]} ingest/${device}` : labels.noValue[language];
  return Object.keys(channels).map((channel, index): Row => {
    const reading = latest[channel];
    const first = index === 0;
    const mark = first ? (isWell ? 'green' : state === 'fault' ? 'red' : 'yellow') : undefined;
    const words = !isWell && first ? stateText : reading ? qualityText(reading, language) : noValue;
    const value = reading ? valueText(reading.value, reading.unit, language) : '';
    const age = reading ? ageText(now - reading.at, language) : '';
    const colour = isWell ? (reading ? qualityColour[reading.quality] : 'dim') : isInService ? 'yellow' : 'red';
    return { cells: [first ? device : '', channel, value, age, words], mark, colour };
  });
}

function labelled(label: Words, entries: readonly string[], { language, columns }: LineOptions): readonly string[] {
  const width = columns === undefined ? undefined : columns - labelWidth;
  const lines = entries.flatMap((entry) => wrapTo(entry, width, '  '));
  return lines.map((line, index) => padTo(index === 0 ? label[language] : '', labelWidth) + line);
}

function alarmLines({ alarms, now }: StatusView, options: LineOptions): readonly string[] {
  const { language, paint = plain } = options;
  const lines = alarms.map((alarm) =>
    paint(`▲ ${alarmText(alarm, now, language)}`, alarm.severity === 'critical' ? 'red' : 'yellow'),
  );
  return labelled(labels.alarms, lines.length > 0 ? lines : [labels.none[language]], options);
}

function alarmText(alarm: AlarmTransition, now: number, language: Language): string {
  const { device, rule, severity, state, text, raisedAt } = alarm;
  const seen = state === 'acknowledged' ? labels.acknowledged : labels.unacknowledged;
  const what = text ? textIn(text, language) : `${device}: ${rule}`;
  const parts = [what, ageText(now - raisedAt, language), severityWords[severity][language], seen[language]];
  return `${parts.join(' · ')} (${device}/${rule})`;
}

function upstreamLines(links: readonly LinkReport[], now: number, options: LineOptions): readonly string[] {
  const { language } = options;
  const lines = links.map((link) => linkText(link, now, options));
  return labelled(labels.upstreams, lines.length > 0 ? lines : [labels.noUpstream[language]], options);
}

function linkText(link: LinkReport, now: number, { language, paint = plain }: LineOptions): string {
  const { upstream, state, why, waiting, acked, protocol } = link;
  const waits = waiting.alarm + waiting.live + waiting.backfill;
  const isUp = state === 'online';
  const ms = isUp ? undefined : linkAge(link, now);
  const age = ms === undefined ? '' : ` ${ageText(ms, language)}`;
  return [
    `${upstream} ${paint(`● ${linkWords[state][language]}${age}`, isUp ? 'green' : state === 'refused' ? 'red' : 'yellow')}`,
    waits === 0 ? labels.nothingWaits[language] : paint(`${countText(waits)} ${labels.waits[language]}`, 'yellow'),
    `${countText(acked)} ${labels.delivered[language]}`,
    ...(waiting.alarm > 0 ? [paint(`${laneWords.alarm[language]} ${waiting.alarm}`, 'red')] : []),
    ...(protocol === 4 ? [paint(labels.oldMqtt[language], 'yellow')] : []),
    ...(why === undefined ? [] : [reasonText(why, language)]),
  ].join(' · ');
}

function journalLine(bytes: number, options: LineOptions): string {
  return labelled(labels.journal, [bytesText(bytes)], options).join('');
}
