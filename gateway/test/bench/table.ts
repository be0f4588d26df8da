/** Plain text for people and for diffs: words to the left, figures to the right. */

const isFigure = (cell: string): boolean => /^[<>≤≥~]?\s?-?[\d.,]+/.test(cell);

/** Aligns rows under their headings; the last column may be long. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const isNumeric = headings.map((_, column) => rows.every((row) => !row[column] || isFigure(row[column])));
  return all
    .map((row) =>
      widths
        .map((width, column) => {
          const cell = row[column] ?? '';
          return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const digits = (value: number): number => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

/** A figure with three digits or so. */
export const shown = (value: number): string =>
  Number.isFinite(value) ? value.toLocaleString('en', { maximumFractionDigits: digits(value) }) : '–';

/** Least and most, as `3.1–4.2`. */
export const rangeOf = (values: readonly number[]): string =>
  `${shown(Math.min(...values))}–${shown(Math.max(...values))}`;

export const times = (ratio: number): string => `${shown(ratio)} ×`;
