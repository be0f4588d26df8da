import type { Language } from '../../model/errors.ts';
import { lanes } from '../../model/delivery.ts';
import { withGateway } from '../client.ts';
import { ok, type Call, type Context } from '../context.ts';
import { ageText, bytesText, countText, table } from '../format.ts';
import { linkAge, type BacklogReport, type LinkReport } from '../status-view.ts';
import { laneWords, linkWords } from '../words.ts';

/** What waits for each upstream. */
export async function backlog(context: Context, call: Call): Promise<number> {
  const [gateway, answer] = await withGateway(context, call, async (client) => {
    const { ok: _isAnswer, ...content } = await client.ask('backlog', {});
    return [client.found.gateway, content];
  });
  if (context.isJson) {
    context.out(JSON.stringify({ gateway, ...answer }));
    return ok;
  }
  for (const line of backlogLines(answer as unknown as BacklogReport, context.language)) context.out(line);
  return ok;
}

const heads = {
  en: ['upstream', 'state', 'oldest', 'delivered', 'MQTT'],
  zh: ['上行', '状态', '最早', '已送达', 'MQTT'],
} as const;

/** A table of the upstreams, what is wrong with them, and how full the journal is. */
export function backlogLines({ upstreams, journal }: BacklogReport, language: Language): readonly string[] {
  const bytes = bytesText(journal.bytes);
  const kept = {
    en: `Journal: ${bytes}, ${countText(journal.head)} entries since the start`,
    zh: `日志：${bytes}，启动以来 ${countText(journal.head)} 条`,
  }[language];
  if (upstreams.length === 0) {
    return [{ en: 'There are no upstreams: readings stay here.', zh: '未配置上行：数据仅存本机。' }[language], kept];
  }
  const [upstream, state, ...others] = heads[language];
  const head = [upstream, state, ...lanes.map((lane) => laneWords[lane][language]), ...others];
  const now = Date.now();
  const reasons = upstreams.flatMap((link) => (link.why === undefined ? [] : [`${link.upstream}: ${link.why}`]));
  return [...table([head, ...upstreams.map((link) => rowOf(link, now, language))]), ...reasons, '', kept];
}

function rowOf(link: LinkReport, now: number, language: Language): readonly string[] {
  const { upstream, state, waiting, acked, protocol } = link;
  const ms = linkAge(link, now);
  return [
    upstream,
    ms === undefined ? linkWords[state][language] : `${linkWords[state][language]} ${ageText(ms, language)}`,
    ...lanes.map((lane) => countText(waiting[lane])),
    waiting.oldest === undefined ? '–' : ageText(now - waiting.oldest, language),
    countText(acked),
    protocol === 4 ? '3.1.1' : '5',
  ];
}
