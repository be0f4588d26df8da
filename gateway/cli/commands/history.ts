import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { findReadings, type HistoryQuery } from '../../journal/history.ts';
import { lockJournal, type JournalLock } from '../../journal/lock.ts';
import { recover } from '../../journal/recover.ts';
import { GatewayError, gatewayError, reasonOf } from '../../model/errors.ts';
import { isId, isWord } from '../../model/names.ts';
import type { Reading } from '../../model/reading.ts';
import { systemFiles } from '../../platform/files.ts';
import { silentLog } from '../../platform/log.ts';
import { withGateway } from '../client.ts';
import { isGiven, ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { countText } from '../format.ts';
import { glanceAt } from '../glance.ts';
import { csvLines, historyLines } from '../history-lines.ts';
import { checkNames, devicesOf } from '../names.ts';
import { readTime } from '../times.ts';

const defaultLimit = 1000;
/** A running gateway does not put more into one answer. */
const mostFromGateway = 10_000;

/**
 * Stored readings, oldest first. While the gateway runs it is asked; otherwise its journal is read, under its lock. The
 * limit keeps the newest.
 */
export async function history(context: Context, call: Call): Promise<number> {
  const { timeZone } = await glanceAt(context);
  const query = queryOf(call, timeZone);
  const newestFirst = await readingsFor(query, context, call);
  const readings = newestFirst.toReversed();
  const lines = context.isJson
    ? readings.map((reading) => JSON.stringify(reading))
    : isGiven(call, 'csv')
      ? csvLines(readings)
      : historyLines(readings, { language: context.language, timeZone });
  for (const line of lines) context.out(line);
  sayWhatIsMissing(readings.length, query, { ...context, isLimited: optionOf(call, 'limit') !== undefined });
  return ok;
}

function queryOf(call: Call, timeZone: string): HistoryQuery {
  const timeOf = (name: 'from' | 'to'): { readonly [name]?: number } => {
    const text = optionOf(call, name);
    if (text === undefined) return {};
    const read = readTime(text, { now: Date.now(), timeZone });
    if (!read.ok) throw usage(call, read.what);
    return { [name]: read.at };
  };
  return { ...subjectOf(call), ...timeOf('from'), ...timeOf('to'), limit: limitOf(call) };
}

/** `underpass-7/depth` is as good as `--device underpass-7/depth` and `--device underpass-7 --channel depth`. */
function subjectOf(call: Call): Pick<HistoryQuery, 'device' | 'channel'> {
  const [device, inDevice] = (optionOf(call, 'device') ?? call.args[0])?.split('/', 2) ?? [];
  const channel = optionOf(call, 'channel') ?? inDevice;
  if (device !== undefined && !isId(device)) {
    throw usage(call, { en: `\`${device}\` is not the name of a device`, zh: `\`${device}\` 不是设备名称` });
  }
  if (channel !== undefined && !isWord(channel)) {
    throw usage(call, { en: `\`${channel}\` is not the name of a channel`, zh: `\`${channel}\` 不是通道名称` });
  }
  return { ...(device === undefined ? {} : { device }), ...(channel === undefined ? {} : { channel }) };
}

function limitOf(call: Call): number {
  const text = optionOf(call, 'limit') ?? String(defaultLimit);
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw usage(call, {
    en: `--limit takes a whole number, not \`${text}\``,
    zh: `--limit 须为正整数，而不是 \`${text}\``,
  });
}

async function readingsFor(query: HistoryQuery, context: Context, call: Call): Promise<readonly Reading[]> {
  try {
    return await withGateway(context, call, async (client) => {
      checkNames(await devicesOf(client), query);
      const answer = await client.ask('history', { ...query, limit: Math.min(query.limit, mostFromGateway) });
      return answer['readings'] as readonly Reading[];
    });
  } catch (error) {
    const isAway = error instanceof GatewayError && awayCodes.includes(error.code);
    if (!isAway || optionOf(call, 'url') !== undefined) throw error;
    return fromJournal(query, error, context);
  }
}

/** Our gateway does not run, whoever else may have its port. */
const awayCodes: readonly string[] = ['GATEWAY_UNREACHABLE', 'GATEWAY_OTHER'];

async function fromJournal(query: HistoryQuery, away: GatewayError, context: Context): Promise<readonly Reading[]> {
  const { journal } = await glanceAt(context);
  if (!existsSync(journal)) throw away;
  const lock = await lockSoon(journal, away);
  try {
    const words = {
      en: `The gateway does not run; this is its journal in ${journal}.`,
      zh: `网关未运行；以下来自日志目录 ${journal}。`,
    };
    context.say(words[context.language]);
    const { state, table } = await recover(journal, { files: systemFiles, log: silentLog, now: Date.now() });
    const epochs = state.epochs.map(({ epoch }) => epoch).toReversed();
    return await findReadings({ files: systemFiles, table, epochs }, query);
  } catch (error) {
    throw gatewayError('JOURNAL_UNUSABLE', { path: journal, reason: reasonOf(error) }, error);
  } finally {
    lock.release();
  }
}

/** Another look into the same journal is over soon; a gateway that runs elsewhere than we have asked is not. */
async function lockSoon(journal: string, away: GatewayError): Promise<JournalLock> {
  for (let left = lockAttempts; ; left--) {
    try {
      return lockJournal(journal);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'JOURNAL_LOCKED') throw error;
      if (left === 0) throw away;
      await pause(lockAgainMs);
    }
  }
}

const lockAttempts = 20;
const lockAgainMs = 150;

/** Who set a limit knows that there may be more. */
function sayWhatIsMissing(
  found: number,
  { limit }: HistoryQuery,
  { say, language, isLimited }: Context & { readonly isLimited: boolean },
): void {
  if (found === 0) {
    say({ en: 'Nothing is kept that fits.', zh: '没有符合条件的数据。' }[language]);
    return;
  }
  const isCut = found >= limit ? !isLimited : found === mostFromGateway;
  if (!isCut) return;
  const count = countText(found);
  const words = {
    en: `These are the newest ${count}; there may be more: --from and --to choose, --limit takes up to ${countText(mostFromGateway)}.`,
    zh: `以上为最新 ${count} 条，可能还有更多：用 --from、--to 选择时段，--limit 最多 ${countText(mostFromGateway)} 条。`,
  };
  say(words[language]);
}
