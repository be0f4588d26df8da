import { startGateway, type Gateway } from '../../gateway.ts';
import { createLog, logLine, type LogEvent, type Log } from '../../platform/log.ts';
import { systemPlatform } from '../../platform/platform.ts';
import { rootPath } from '../../platform/root.ts';
import { ok, type Context } from '../context.ts';
import { startDemo, type Demo } from '../demo.ts';
import { configPath, loadSettings } from '../load-settings.ts';
import { showScreen } from '../screen.ts';

/** A stop that takes longer than this is cut short: what was acknowledged is safe anyway. */
const stopMs = 5000;

/** Runs the gateway of a configuration, or the virtual street where there is none, until told to stop. */
export async function run(context: Context): Promise<number> {
  const path = configPath(context);
  const isDemo = path === undefined;
  const settings = await loadSettings(path ?? rootPath('hardware/simulator/street.yaml'), context, {
    ...(isDemo ? { base: process.cwd() } : {}),
    withRemarks: !isDemo,
  });
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
  const ended = new Promise<void>((resolve) => {
    const stop = (): void => resolve();
    if (context.signal.aborted) stop();
    else context.signal.addEventListener('abort', stop, { once: true });
    if (hasScreen)
      showScreen({
        gateway,
        demo,
        events: () => events.latest,
        language: context.language,
        onQuit: stop,
        signal: context.signal,
      });
    else if (isDemo) announceDemo(context, gateway);
  });
  await ended;
  await Promise.race([stopAll(gateway, demo), new Promise((resolve) => setTimeout(resolve, stopMs).unref())]);
  return ok;
}

async function stopAll(gateway: Gateway, demo: Demo | undefined): Promise<void> {
  await gateway.stop();
  await demo?.stop();
}

function announceDemo({ say }: Context, gateway: Gateway): void {
  const { broker } = gateway.view();
  say(
    `There is no lamppost.yaml here: a virtual street runs. Watch it with: mosquitto_sub -h ${broker.host} -p ${broker.port} -t 'lamppost/#' -v`,
  );
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
