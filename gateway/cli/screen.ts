import { stdin, stdout } from 'node:process';
import type { Gateway } from '../gateway.ts';
import type { Language } from '../model/errors.ts';
import type { LogEvent } from '../platform/log.ts';
import type { Demo } from './demo.ts';
import { cutTo } from './format.ts';
import { screenLines } from './screen-lines.ts';

export interface ScreenOptions {
  readonly gateway: Gateway;
  readonly demo: Demo | undefined;
  readonly events: () => readonly LogEvent[];
  readonly language: Language;
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
  const { gateway, demo, events, language, onQuit, signal } = options;
  let shown = '';
  const draw = (): void => {
    const { columns, rows } = stdout;
    const lines = screenLines({ view: gateway.view(), demo, events: events(), language, hasColour: hasColour() });
    const page = lines
      .slice(0, rows - 1)
      .map((line) => cutColoured(line, columns) + clearLine)
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

/** The NO_COLOR convention (no-color.org), and terminals that cannot. */
function hasColour(): boolean {
  return process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
}

/** Cuts a line to the screen's width; a line that fits keeps its colours. */
function cutColoured(line: string, columns: number): string {
  // eslint-disable-next-line no-control-regex -- the escape character is what colours are made of
  const plain = line.replaceAll(/\u001B\[\d+m/g, '');
  const cut = cutTo(plain, columns);
  return cut === plain ? line : cut;
}
