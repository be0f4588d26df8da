import { longestServiceMs, usualServiceMs } from '../../intake/maintenance.ts';
import { readDuration } from '../../platform/amount.ts';
import type { Words } from '../../platform/problem.ts';
import { withGateway } from '../client.ts';
import { isGiven, ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { ageText } from '../format.ts';
import { checkNames, devicesOf } from '../names.ts';
import { clockTime } from '../times.ts';

/** Says that somebody works at a device: what it measures meanwhile is bad, its alarms hold, and it ends by itself. */
export async function service(context: Context, call: Call): Promise<number> {
  const { isJson, out, say, language } = context;
  const device = call.args[0] ?? '';
  const isOff = isGiven(call, 'off');
  const by = optionOf(call, 'by');
  const forMs = timeOf(call);
  const request = isOff ? { device, off: true } : { device, forMs, ...(by === undefined ? {} : { by }) };
  const [answer, { timeZone }] = await withGateway(context, call, async (client) => {
    checkNames(await devicesOf(client), { device });
    return [await client.ask('maintenance', request), client.glance];
  });
  if (isJson) {
    out(JSON.stringify(answer));
    return ok;
  }
  say((isOff ? offWords(device) : onWords(device, forMs, clockTime(Number(answer['until']), timeZone)))[language]);
  return ok;
}

const offWords = (device: string): Words => ({
  en: `${device} is not in service any more: its readings count again.`,
  zh: `${device} 已结束维护，读数恢复有效。`,
});

const onWords = (device: string, forMs: number, until: string): Words => ({
  en: `${device} is in service until ${until} (${ageText(forMs, 'en')}): its readings are bad, its alarms hold. Done sooner: \`lamppost service ${device} --off\``,
  zh: `${device} 维护中，至 ${until}（${ageText(forMs, 'zh')}）：其间读数标为异常，告警保持不变。提前结束：\`lamppost service ${device} --off\``,
});

/** How long, milliseconds. */
function timeOf(call: Call): number {
  const text = optionOf(call, 'for');
  if (text === undefined) return usualServiceMs;
  const read = readDuration(/^\d+(\.\d+)?m$/.test(text) ? `${text}in` : text); // nobody means metres here
  const forMs = read.ok ? Math.round(read.value) : 0;
  if (forMs >= 1000 && forMs <= longestServiceMs) return forMs;
  throw usage(call, {
    en: `\`${text}\` is not how long a service may be: write for example \`30min\` or \`2h\`, a day at most`,
    zh: `\`${text}\` 不是有效的维护时长：例如 \`30min\`、\`2h\`，最长一天`,
  });
}
