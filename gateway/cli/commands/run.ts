import { startGateway, type Gateway } from '../../gateway.ts';
import type { Settings, UpstreamSettings } from '../../config/settings.ts';
import { createLog, logLine, type LogEvent, type Log } from '../../platform/log.ts';
import { systemPlatform } from '../../platform/platform.ts';
import { rootPath } from '../../platform/root.ts';
import { ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { startDemo, type Demo } from '../demo.ts';
import { configPath, loadSettings } from '../load-settings.ts';
import { showScreen } from '../screen.ts';
import { systemTimeZone } from '../times.ts';

/** A stop that takes longer than this is cut short: what was acknowledged is safe anyway. */
const stopMs = 5000;

/** Runs the gateway of a configuration, or the virtual street where there is none, until told to stop. */
export async function run(context: Context, call: Call): Promise<number> {
  const path = configPath(context);
  const isDemo = path === undefined;
  const [port, cityPort] = ['port', 'cityPort'].map((name) => readPort(call, name));
  const loaded = await loadSettings(path ?? rootPath('hardware/simulator/street.yaml'), context, {
    ...(isDemo ? { base: process.cwd() } : {}),
    withRemarks: !isDemo,
  });
  const settings: Settings = {
    ...loaded,
    // So that the page says the same time as every other command here.
    ...(isDemo ? { gateway: { ...loaded.gateway, timeZone: systemTimeZone() } } : {}),
    ...(port === undefined ? {} : { broker: { ...loaded.broker, port } }),
    ...(isDemo && cityPort !== undefined ? { upstreams: loaded.upstreams.map(movedTo(cityPort)) } : {}),
  };
  const hasScreen = process.stdout.isTTY && process.stdin.isTTY && !context.isJson;
  const events = new EventBuffer(hasScreen ? undefined : context.say);
  const platform = systemPlatform(events.log);
  const demo = await startDemo(settings, { platform, isDemo });
  let gateway: Gateway;
  try {
    gateway = await startGateway({
      settings,
      platform: demo?.platform ?? platform,
      ...(demo ? { simulatedDirectory: demo.directory } : {}),
    });
  } catch (error) {
    await demo?.stop();
    throw error;
  }
  const { promise: ended, resolve: stop } = Promise.withResolvers<void>();
  if (context.signal.aborted) stop();
  else context.signal.addEventListener('abort', () => stop(), { once: true });
  const { language } = context;
  const { timeZone } = settings.gateway;
  const closeScreen = hasScreen
    ? showScreen({ gateway, demo, events: () => events.latest, language, timeZone, onQuit: stop })
    : undefined;
  if (isDemo && !hasScreen) announceDemo(context, gateway);
  await ended;
  closeScreen?.();
  await Promise.race([stopAll(gateway, demo), new Promise((resolve) => setTimeout(resolve, stopMs).unref())]);
  return ok;
}

/** @throws GatewayError USAGE. */
function readPort(call: Call, name: string): number | undefined {
  const text = optionOf(call, name);
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw usage(call, { en: `\`${text}\` is not a port; 1 to 65535 is`, zh: `\`${text}\` 不是端口号（1 至 65535）` });
}

const movedTo =
  (port: number) =>
  (upstream: UpstreamSettings): UpstreamSettings => ({ ...upstream, url: `mqtt://127.0.0.1:${port}` });

async function stopAll(gateway: Gateway, demo: Demo | undefined): Promise<void> {
  await gateway.stop();
  await demo?.stop();
}

function announceDemo({ say, language }: Context, gateway: Gateway): void {
  const { host, port } = gateway.view().broker;
  const watch = `mosquitto_sub -h ${host} -p ${port} -t 'lamppost/#' -v`;
  const words = {
    en: `There is no lamppost.yaml here: a virtual street runs. Watch it with: ${watch}`,
    zh: `此处没有 lamppost.yaml：正在运行虚拟街道。查看数据：${watch}`,
  };
  say(words[language]);
}

/** Log events: written as lines, or kept for the screen to show the newest. */
class EventBuffer {
  readonly log: Log;
  readonly #events: LogEvent[] = [];

  constructor(say: ((line: string) => void) | undefined) {
    this.log = createLog((event) => {
      this.#events.push(event);
      if (this.#events.length > keptEvents) this.#events.shift();
      say?.(logLine(event));
    }, Date.now);
  }

  get latest(): readonly LogEvent[] {
    return this.#events;
  }
}

const keptEvents = 50;
