import { cutTo } from './format.ts';

const clearLine = '\r\u001B[K';

/** One line that says what is being waited for, on a terminal; elsewhere nothing. */
export interface ProgressLine {
  show(line: string): void;
  clear(): void;
}

export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  return {
    show: (line) => void stream.write(clearLine + cutTo(line, (stream.columns || 80) - 1)),
    clear: () => void stream.write(clearLine),
  };
}
