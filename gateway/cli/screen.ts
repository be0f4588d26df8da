import { stdin, stdout } from 'node:process';
import type { Gateway } from '../gateway.ts';
import type { Language } from '../model/errors.ts';
import type { LogEvent } from '../platform/log.ts';
import type { Demo } from './demo.ts';
import { cutTo } from './format.ts';
import { paintFor } from './paint.ts';
import { screenLines } from './screen-lines.ts';

export interface ScreenOptions {
  readonly gateway: Gateway;
  readonly demo: Demo | undefined;
  readonly events: () => readonly LogEvent[];
  readonly language: Language;
  readonly timeZone: string;
  readonly onQuit: () => void;
  readonly signal: AbortSignal;
}

const redrawMs = 500;

/** The other page of the terminal, without a cursor; and back to what was there before. */
const enter = '\u001B[?1049h\u001B[?25l';
const leave = '\u001B[?25h\u001B[?1049l';
const home = '\u001B[H';
const clearLine = '\u001B[K';
const clearBelow = '\u001B[J';

/** One calm page that shows the gateway at work, until the signal aborts or somebody quits. */
export function showScreen(options: ScreenOptions): void {
  const { gateway, demo, events, language, timeZone, onQuit, signal } = options;
  const paint = paintFor(stdout);
  let shown = '';
  const draw = (): void => {
    // A terminal that does not know its size says 0.
    const [columns, rows] = [stdout.columns || 80, stdout.rows || 24];
    const view = gateway.view();
    const lines = screenLines({ view, demo, events: events(), language, paint, columns, timeZone });
    const page = lines
      .slice(0, rows - 1)
      .map((line) => cutTo(line, columns) + clearLine)
      .join('\r\n');
    if (page !== shown) stdout.write(home + page + clearBelow);
    shown = page;
  };
  const forget = (): void => {
    shown = '';
    draw();
  };
  const keys: Readonly<Record<string, () => void>> = {
    l: () => demo?.setLink(!demo.isLinkUp),
    r: () => demo?.setScenario(demo.scenario === 'cloudburst' ? 'dry' : 'cloudburst'),
    u: () => demo?.plugBoard(!demo.isBoardPlugged),
    q: onQuit,
    '\u0003': onQuit,
  };
  const onKey = (data: Buffer): void => {
    keys[data.toString().toLowerCase()]?.();
    draw();
  };
  stdout.write(enter);
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('data', onKey);
  stdout.on('resize', forget);
  const timer = setInterval(draw, redrawMs);
  draw();
  const end = (): void => {
    clearInterval(timer);
    stdin.off('data', onKey);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.off('resize', forget);
    stdout.write(leave);
  };
  signal.addEventListener('abort', end, { once: true });
  process.once('exit', () => stdout.write(leave));
}
