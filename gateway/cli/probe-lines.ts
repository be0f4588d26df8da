import type { Candidate } from '../commission/candidates.ts';
import { equals, isLikely } from '../commission/candidates.ts';
import type { Piece } from '../commission/capture.ts';
import type { Probed } from '../commission/probe.ts';
import type { NormalisedValue } from '../field/normalise/normalise.ts';
import type { Language } from '../model/errors.ts';
import { quantityOf } from '../model/quantity.ts';
import type { Words } from '../platform/problem.ts';
import type { Profile } from '../profiles/profile.ts';
import { qualityText, table, valueText } from './format.ts';
import { bytesShown, hexLines, leftOut } from './hex-lines.ts';
import { wrapTo } from './wrap.ts';

export interface ProbeLineOptions {
  readonly language: Language;
  /** As it is written behind `--source`. */
  readonly source: string;
  readonly columns: number | undefined;
  /** In between questions, which go on by themselves: fewer bytes, no command to go on with. */
  readonly isBetweenQuestions?: boolean;
}

const mostRows = 6;
const fewRows = 2;
const mostShown = 3;

/** What came, what each likely profile makes of it, and what to do next. */
export function probeLines(probed: Probed, options: ProbeLineOptions): readonly string[] {
  const { language, columns } = options;
  const { candidates } = probed;
  const shown = candidates.slice(0, Math.max(mostShown, equals(candidates).length));
  return [
    ...rawLines(probed, language, options.isBetweenQuestions ? fewRows : mostRows),
    ...shown.flatMap((candidate) => ['', ...candidateLines(candidate, language, columns)]),
    ...(candidates.length > shown.length ? ['', more(candidates.length - shown.length)[language]] : []),
    '',
    ...adviceLines(probed, options),
  ];
}

const more = (count: number): Words => ({
  en: `${count} more found something in these bytes; --json shows all.`,
  zh: `另有 ${count} 个档案也能解析部分字节，用 --json 查看全部。`,
});

function rawLines({ pieces, line }: Probed, language: Language, most: number): readonly string[] {
  const own = pieces.filter((piece) => piece.line === line);
  const bytes = joined(own.filter(({ way }) => way === 'rx'));
  if (bytes.length === 0) return [];
  const at = line === undefined ? '' : { en: ` at ${line}`, zh: `，${line}` }[language];
  const heard = { en: `Heard${at}: ${bytes.length} bytes`, zh: `收到 ${bytes.length} 字节${at}` }[language];
  if (own[0]?.way === 'tx') return [heard, '', ...exchangeLines(own, most).map((row) => `  ${row}`)];
  const left = leftOut(bytes, most);
  return [
    heard,
    '',
    ...hexLines(bytes, most).map((row) => `  ${row}`),
    ...(left > 0 ? [`  … ${{ en: `${left} more`, zh: `另 ${left} 字节` }[language]}`] : []),
  ];
}

/** Questions that were answered, each with its answer. */
function exchangeLines(pieces: readonly Piece[], most: number): readonly string[] {
  const answered = pieces.filter(({ way }, index) => way === 'rx' || pieces[index + 1]?.way === 'rx');
  const rows = answered.map(({ way, bytes }) => `${way === 'tx' ? '→' : '←'} ${bytesShown(bytes, mostInRow)}`);
  return rows.length > most ? [...rows.slice(0, most), '…'] : rows;
}

const mostInRow = 24;

function joined(pieces: readonly Piece[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap(({ bytes }) => [...bytes]));
}

function candidateLines(candidate: Candidate, language: Language, columns: number | undefined): readonly string[] {
  const { profile, partial } = candidate;
  const rows = lastValues(candidate).map((value) => readingCells(profile, value, language));
  const waiting = partial.waiting.map((name) => [name, '', after(partial.missing)[language]]);
  return [
    ...wrapTo(`${isLikely(candidate) ? '●' : '○'} ${profile.id}  ${profile.name[language]}`, columns, '  '),
    `  ${fitOf(candidate)[language]}`,
    ...table([...rows, ...waiting]).map((row) => `    ${row}`),
  ];
}

function fitOf({ trial, share, address }: Candidate): Words {
  const { good, garbage, outcomes } = trial;
  if (address !== undefined) {
    return {
      en: `answers at address ${address}: ${good} of ${good + garbage} questions`,
      zh: `地址 ${address} 有应答：${good + garbage} 个问题中回答了 ${good} 个`,
    };
  }
  const frames = outcomes.filter(({ ok }) => ok).length;
  const percent = Math.floor(share * 100);
  return {
    en: `${frames} good message${frames === 1 ? '' : 's'}, ${percent} % of the bytes`,
    zh: `${frames} 条有效报文，占字节数 ${percent} %`,
  };
}

const after = (settings: readonly string[]): Words => ({
  en: `needs ${settings.join(', ')}`,
  zh: `需先设置 ${settings.join('、')}`,
});

/** The newest value of each channel. */
export function lastValues({ trial, partial }: Candidate): readonly NormalisedValue[] {
  const values = trial.outcomes.flatMap((outcome) => (outcome.ok ? outcome.values : []));
  return Object.keys(partial.setup.profile.channels).flatMap(
    (name) => values.findLast(({ channel }) => channel === name) ?? [],
  );
}

export function readingCells(profile: Profile, value: NormalisedValue, language: Language): readonly string[] {
  const channel = profile.channels[value.channel];
  const unit = channel ? quantityOf(channel.quantity).unit : '1';
  return [value.channel, valueText(value.value, unit, language), qualityText(value, language)];
}

function adviceLines(
  probed: Probed,
  { language, source, columns, isBetweenQuestions = false }: ProbeLineOptions,
): readonly string[] {
  const { candidates, pieces, tried } = probed;
  const next = (profiles: readonly Candidate[], words: Words): readonly string[] =>
    isBetweenQuestions ? [] : [...wrap(words[language]), ...profiles.map((candidate) => addCommand(candidate, source))];
  const wrap = (text: string): readonly string[] => wrapTo(text, columns, '  ');
  const [best] = candidates;
  const alike = equals(candidates);
  if (alike.length > 1) {
    const list = alike.map(({ profile }) => {
      const meaning = meaningOf(profile, language);
      return { en: `${profile.id} (${meaning})`, zh: `${profile.id}（${meaning}）` }[language];
    });
    return [
      ...wrap(ambiguous(alike.length, list.join({ en: ', ', zh: '、' }[language]))[language]),
      ...next(alike, addNamed),
    ];
  }
  if (best && isLikely(best)) {
    return [...wrap(compare[language]), ...next([best], addIt)];
  }
  if (pieces.some(({ way }) => way === 'rx')) return notUnderstood(tried)[language].split('\n').flatMap(wrap);
  const nothing = source.startsWith('tcp=') ? silenceOverTcp : silence(tried);
  return nothing[language].split('\n').flatMap(wrap);
}

/** What the channels of a profile measure, in words. */
function meaningOf({ channels }: Profile, language: Language): string {
  const names = new Set(Object.values(channels).map(({ name }) => name[language]));
  return [...names].join({ en: ', ', zh: '、' }[language]);
}

/** Ready to be copied, so never broken. */
function addCommand({ profile, address }: Candidate, source: string): string {
  const at = address === undefined ? '' : ` --address ${address}`;
  return `→ lamppost add --profile ${profile.id} --source ${source}${at}`;
}

const compare = {
  en: 'Other makers may send the same bytes: compare with the label on the device.',
  zh: '其他厂家的设备可能发送相同的字节：请核对设备铭牌。',
};

const addIt = { en: 'To add it:', zh: '添加该设备：' };
const addNamed = { en: 'To add the one that the label names:', zh: '按铭牌添加对应的设备：' };

const ambiguous = (count: number, list: string): Words => ({
  en: `${count} profiles fit the same bytes: ${list}. The bytes cannot tell which it is; only the label on the device decides.`,
  zh: `${count} 个档案都符合这些字节：${list}。仅凭字节无法区分，请以设备铭牌为准。`,
});

const notUnderstood = (tried: readonly string[]): Words => ({
  en: `No profile explains these bytes${at(tried).en}.\n→ If they look like noise, the line settings may be others: \`--line "19200 8E1"\` tries one. If the device is not in \`lamppost profiles list\`, \`lamppost profiles new\` begins a profile for it; keep the bytes with --capture.`,
  zh: `没有档案能解释这些字节${at(tried).zh}。\n→ 若像乱码，可能是线路参数不对：用 \`--line "19200 8E1"\` 指定。若 \`lamppost profiles list\` 中没有该设备，用 \`lamppost profiles new\` 新建档案，并用 --capture 保存字节。`,
});

const silence = (tried: readonly string[]): Words => ({
  en: `Nothing came${at(tried).en}.\n→ Look at power and ground; TX of the device goes to RX of the adapter; TTL, RS-232 and RS-485 need each its own adapter. A device that sends rarely needs longer: \`--seconds 60\`.`,
  zh: `没有收到数据${at(tried).zh}。\n→ 请检查供电和地线；设备 TX 接适配器 RX；TTL、RS-232、RS-485 须用各自的适配器。发送间隔较长的设备请加长时间：\`--seconds 60\`。`,
});

const silenceOverTcp: Words = {
  en: 'Nothing came.\n→ Look at the power of the device and at its line to the box, which must pass bytes on as they are. A device that sends rarely needs longer: `--seconds 60`. Modbus TCP with a header of its own (usually port 502) is not asked here: write its bus with `framing: tcp` into lamppost.yaml, then `lamppost add --source bus=<its id>`.',
  zh: '没有收到数据。\n→ 请检查设备供电及其到串口服务器的线路；串口服务器须透明转发字节。发送间隔较长的设备请加长时间：`--seconds 60`。此处不询问带自有报文头的 Modbus TCP 设备（端口通常为 502）：请在 lamppost.yaml 中写入 `framing: tcp` 的总线，再运行 `lamppost add --source bus=<总线 id>`。',
};

const at = (tried: readonly string[]): Words =>
  tried.length === 0 ? { en: '', zh: '' } : { en: ` (tried ${tried.join(', ')})`, zh: `（已试 ${tried.join('、')}）` };
