import { Garbage, type Decoded, type Decoder } from './decoder.ts';

export interface Lines {
  /** One ASCII character that ends a line. */
  readonly terminator: string;
  /** Longest line in bytes, without its terminator. */
  readonly maxLength: number;
  /** Characters that each line begins with and that come nowhere else in it: what stands before them is thrown away. */
  readonly marker?: string;
  /** Why the first line of a stream is not believed, if so. */
  readonly firstFault?: string | undefined;
  /** What a line says, or why it says nothing; `undefined` for a line that is none. */
  readonly read: (bytes: readonly number[]) => Omit<Extract<Decoded, { ok: true }>, 'ok'> | string | undefined;
  /** What may be shown of bytes that are thrown away; as many. */
  readonly masked?: (bytes: readonly number[]) => readonly number[];
}

const nothing: readonly Decoded[] = [];
const nameless = { masked: (bytes: readonly number[]) => bytes };

/** Cuts a stream into lines and reads each; what is no line is garbage. */
export function linesDecoder(lines: Lines): Decoder {
  const { marker = '', maxLength, read, firstFault, masked } = { ...nameless, ...lines };
  const terminator = lines.terminator.charCodeAt(0);
  const beginning = Array.from(marker, (character) => character.charCodeAt(0));
  const garbage = new Garbage(1);
  let line: number[] = [];
  /** Why what stands in `line` cannot be a whole line, if so. */
  let fault = firstFault;
  const throwAway = (count: number, why: string): readonly Decoded[] => garbage.add(masked(line.splice(0, count)), why);
  const takeByte = (byte: number): readonly Decoded[] => {
    if (byte === terminator) return takeLine();
    line.push(byte);
    if (beginning.length > 0 && endsWith(line, beginning)) {
      const why = fault ?? 'another line begins before this one ended';
      fault = undefined;
      return line.length > beginning.length ? throwAway(line.length - beginning.length, why) : nothing;
    }
    if (line.length <= maxLength) return nothing;
    fault = `the line is longer than ${maxLength} characters`;
    // The last ones may be the beginning of the marker.
    return throwAway(line.length - Math.max(0, beginning.length - 1), fault);
  };
  const takeLine = (): readonly Decoded[] => {
    const why = fault;
    fault = undefined;
    const said = why ?? read(line);
    if (said === undefined) line = [];
    if (said === undefined || (typeof said === 'string' && line.length === 0)) return nothing;
    if (typeof said === 'string') return throwAway(line.length, said);
    line = [];
    return [...garbage.end(), { ok: true, ...said }];
  };
  return {
    push: (bytes) => {
      const found: Decoded[] = [];
      for (const byte of bytes) {
        const decoded = takeByte(byte);
        if (decoded.length > 0) found.push(...decoded);
      }
      return found;
    },
  };
}

function endsWith(line: readonly number[], end: readonly number[]): boolean {
  const from = line.length - end.length;
  return from >= 0 && end.every((byte, index) => line[from + index] === byte);
}

/** The text of a line; a carriage return before a line feed is not part of it. */
export function asciiOf(bytes: readonly number[], terminator: string): string {
  const text = String.fromCharCode(...bytes);
  return terminator === '\n' && text.endsWith('\r') ? text.slice(0, -1) : text;
}
