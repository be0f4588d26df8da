import { readFile } from 'node:fs/promises';
import { Ledger, type GatewayReport } from '../../forward/receiver/ledger.ts';
import { readLedger } from '../../forward/receiver/ledger-file.ts';
import { receive as receiveFrom, type ReceiveHandlers, type ReceiveOptions } from '../../forward/receiver/receive.ts';
import { gatewayError, reasonOf, type Language } from '../../model/errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { dialMqtt } from '../../platform/mqtt-wire.ts';
import { WireError } from '../../platform/wire.ts';
import { ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { countText } from '../format.ts';
import { reasonText } from '../../platform/reasons.ts';
import { readPassword } from '../secret.ts';

/**
 * The city's side: writes everything that gateways send to a broker as NDJSON, each entry once, and says what is
 * complete up to where.
 */
export async function receive(context: Context, call: Call): Promise<number> {
  const url = call.args[0] ?? '';
  if (!/^mqtts?:\/\/[^/@]+$/.test(url)) throw usage(call, badUrl(url));
  const ledgerFile = optionOf(call, 'ledger');
  const ledger = ledgerFile === undefined ? new Ledger() : await readLedger(ledgerFile);
  const options = await optionsFrom(call, { url, ledger, ledgerFile });
  const progress = new Progress(ledger, context, ledgerFile === undefined);
  // Between two attempts to connect nothing else keeps the process alive.
  const awake = setInterval(() => {}, 60_000);
  try {
    await receiveFrom(options, handlersFor(progress, context), context.signal);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw gatewayError('BROKER_REFUSED', { url, reason: reasonOf(error) }, error);
  } finally {
    clearInterval(awake);
    progress.say();
  }
  if (context.isJson) context.out(JSON.stringify({ kind: 'report', ...ledger.report() }));
  return ok;
}

async function optionsFrom(
  call: Call,
  {
    url,
    ledger,
    ledgerFile,
  }: { readonly url: string; readonly ledger: Ledger; readonly ledgerFile: string | undefined },
): Promise<ReceiveOptions> {
  const [username, passwordFile, clientId] = ['user', 'passwordFile', 'clientId'].map((name) => optionOf(call, name));
  const files = await Promise.all(
    ['ca', 'cert', 'key'].map(async (name): Promise<readonly (readonly [string, string])[]> => {
      const path = optionOf(call, name);
      return path === undefined ? [] : [[name, await readText(path)]];
    }),
  );
  const password = passwordFile === undefined ? {} : { password: await readPassword(passwordFile, call) };
  return {
    wire: { url, ...(username === undefined ? {} : { username }), ...password, ...Object.fromEntries(files.flat()) },
    protocol: optionOf(call, 'protocol') === '3.1.1' ? 4 : 5,
    prefix: optionOf(call, 'prefix') ?? 'city',
    ledger,
    dial: dialMqtt,
    clock: systemClock,
    ids: systemIds,
    ...(clientId === undefined ? {} : { clientId }),
    ...(ledgerFile === undefined ? {} : { ledgerFile }),
  };
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, error);
  });
}

function handlersFor(progress: Progress, { out, say, language }: Context): ReceiveHandlers {
  let lastWhy: string | undefined;
  return {
    fresh: (fresh) => out(JSON.stringify(fresh)),
    // The ledger takes a status into account after its handlers; a moment later it can tell.
    notice: ({ kind }) => void (kind === 'status' && setImmediate(() => progress.say())),
    violation: ({ rule, what }, topic) =>
      say(
        {
          en: `breaks the contract (${rule}): ${what}, on ${topic}`,
          zh: `违反约定（${rule}）：${what}，主题 ${topic}`,
        }[language],
      ),
    link: ({ state, why = '' }) => {
      if (why === lastWhy && state === 'waiting') return; // said already; it goes on trying
      lastWhy = why;
      const words =
        state === 'online'
          ? { en: 'connected', zh: '已连接' }
          : {
              en: `no connection (${reasonText(why, 'en')}); trying again`,
              zh: `未连接（${reasonText(why, 'zh')}），正在重试`,
            };
      say(words[language]);
    },
  };
}

/** Says how complete each gateway's data is, when that has changed. */
class Progress {
  readonly #ledger: Ledger;
  readonly #context: Context;
  readonly #said = new Map<string, string>();
  /** Whether it is still to be said that only a ledger remembers what came before. */
  #mayForget: boolean;

  constructor(ledger: Ledger, context: Context, mayForget: boolean) {
    this.#ledger = ledger;
    this.#context = context;
    this.#mayForget = mayForget;
  }

  say(): void {
    for (const report of this.#ledger.report().gateways) {
      const line = progressLine(report, this.#context.language);
      if (this.#said.get(report.gateway) === line) continue;
      this.#said.set(report.gateway, line);
      this.#context.say(line);
      if (this.#mayForget && report.epochs.some(({ missing }) => missing > 0)) this.#sayWhatForgets();
    }
  }

  #sayWhatForgets(): void {
    this.#mayForget = false;
    const words = {
      en: '→ Missing is all that has not come to this receiver, also what another one got before. Start one early, with --ledger and --client-id, and it remembers.',
      zh: '→ “尚缺”指本接收器没有收到的数据，包括此前已由其他接收器收到的。请尽早启动，并用 --ledger 和 --client-id 记住进度。',
    };
    this.#context.say(words[this.#context.language]);
  }
}

/** `lp-demo: complete, 1,234 entries in 2 runs`. */
export function progressLine({ gateway, isComplete, epochs }: GatewayReport, language: Language): string {
  const entries = countText(epochs.reduce((sum, epoch) => sum + epoch.entries, 0));
  const missing = countText(epochs.reduce((sum, epoch) => sum + epoch.missing, 0));
  const runs = epochs.length;
  if (isComplete) {
    return {
      en: `${gateway}: complete, ${entries} entries in ${runs} run${runs === 1 ? '' : 's'}`,
      zh: `${gateway}：数据完整，${runs} 次运行共 ${entries} 条`,
    }[language];
  }
  const open = epochs.find((epoch) => !epoch.isComplete);
  if (open?.head === undefined) {
    return {
      en: `${gateway}: ${entries} entries; it has not said yet how many there are`,
      zh: `${gateway}：${entries} 条；对方尚未告知总数`,
    }[language];
  }
  const [upTo, head] = [countText(open.completeUpTo), countText(open.head)];
  return {
    en: `${gateway}: ${entries} entries; complete up to ${upTo} of ${head}, ${missing} still missing`,
    zh: `${gateway}：${entries} 条；完整至 ${upTo}/${head}，尚缺 ${missing} 条`,
  }[language];
}

const badUrl = (url: string): { readonly en: string; readonly zh: string } => ({
  en: `\`${url}\` is not the address of a broker, such as mqtts://broker.example:8883`,
  zh: `\`${url}\` 不是代理地址，例如 mqtts://broker.example:8883`,
});
