import { stdin, stdout } from 'node:process';
import type { Gateway } from '../gateway.ts';
import type { Language } from '../model/errors.ts';
import type { LogEvent } from '../platform/log.ts';
import type { Demo } from './demo.ts';
import { cutTo } from './format.ts';
import { paintFor } from './paint.ts';
import { screenLines } from './screen-lines.ts';
import { asTyped } from './typed-name.ts';

export interface ScreenOptions {
  readonly gateway: Gateway;
  readonly demo: Demo | undefined;
  readonly events: () => readonly LogEvent[];
  readonly language: Language;
  readonly timeZone: string;
  readonly onQuit: () => void;
}

const redrawMs = 500;

/** The other page of the terminal, without a cursor; and back to what was there before. */
const enter = '\u001B[?1049h\u001B[?25l';
const leave = '\u001B[?25h\u001B[?1049l';
const home = '\u001B[H';
const clearLine = '\u001B[K';
const clearBelow = '\u001B[J';

const giveBack = (): void => void stdout.write(leave);

/**
 * One calm page that shows the gateway at work.
 *
 * @returns a function that gives the terminal back.
 */
export function showScreen(options: ScreenOptions): () => void {
  const { gateway, demo, events, language, timeZone, onQuit } = options;
  const paint = paintFor(stdout);
  let shown = '';
  const draw = (): void => {
    // A terminal that does not know its size says 0.
    const [columns, rows] = [stdout.columns || 80, stdout.rows || 24];
    const view = gateway.view();
    const content = { view, demo, events: events(), language, paint, columns, rows: rows - 1, timeZone };
    const page = screenLines(content)
      .map((line) => cutTo(asTyped(line), columns) + clearLine)
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
    const typed = data.toString().toLowerCase();
    // Arrow and function keys have letters too, behind an escape; quick fingers bring several keys at once.
    if (!typed.startsWith('\u001B')) for (const key of typed) keys[key]?.();
    draw();
  };
  stdout.write(enter);
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('data', onKey);
  stdout.on('resize', forget);
  const timer = setInterval(draw, redrawMs);
  draw();
  process.once('exit', giveBack);
  return () => {
    clearInterval(timer);
    stdin.off('data', onKey);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.off('resize', forget);
    process.off('exit', giveBack);
    giveBack();
  };
}
