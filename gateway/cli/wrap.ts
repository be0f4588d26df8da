import { widthOf } from './format.ts';

/**
 * Breaks a line so that it fits, at spaces or between Chinese characters; what follows is indented under it.
 *
 * @param columns - unlimited when absent, as for files and other programs.
 */
export function wrapTo(line: string, columns: number | undefined, indent = ''): readonly string[] {
  if (columns === undefined || widthOf(line) <= columns) return [line];
  const lines: string[] = [];
  let current = '';
  for (const piece of piecesOf(line)) {
    if (current.trim() !== '' && widthOf((current + piece).trimEnd()) > columns) {
      lines.push(current.trimEnd());
      current = indent + piece.trimStart();
    } else {
      current += piece;
    }
  }
  return [...lines, current.trimEnd()];
}

/** Words with the spaces behind them, single Chinese characters with the punctuation behind them, commands whole. */
function piecesOf(line: string): readonly string[] {
  return line.match(/^ +|[\p{Script=Han}][，。、；：！？）》」]*|(?:`[^`]*`|[^\s\p{Script=Han}])+ *|\s+/gu) ?? [];
}
