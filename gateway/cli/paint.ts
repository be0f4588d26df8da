const colours = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Colour = keyof typeof colours;
export type Paint = (text: string, colour: Colour) => string;

/** Colours for a terminal that can show them, unless NO_COLOR (no-color.org) is set. */
export function paintFor(stream: { readonly isTTY?: boolean }): Paint {
  const { NO_COLOR, TERM } = process.env;
  if (!stream.isTTY || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb') return plain;
  return (text, colour) => (text === '' ? '' : `\u001B[${colours[colour]}m${text}\u001B[0m`);
}

export const plain: Paint = (text) => text;
