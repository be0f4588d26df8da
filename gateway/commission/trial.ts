import type { StreamGrammar } from '../field/decode/registry.ts';
import { createDecoder } from '../field/decode/registry.ts';
import { normalise, type NormalisedValue } from '../field/normalise/normalise.ts';
import type { Fields } from '../profiles/grammar.ts';
import type { Setup } from '../profiles/setup.ts';

/** What a profile made of some bytes: a frame and its values, or a stretch that it could not use. */
export type Outcome =
  | {
      readonly ok: true;
      readonly ms: number;
      readonly bytes: Uint8Array;
      readonly fields: Fields;
      readonly values: readonly NormalisedValue[];
    }
  | {
      readonly ok: false;
      readonly ms: number;
      /** The first of them. */
      readonly bytes: Uint8Array;
      readonly why: string;
      readonly skipped: number;
    };

/** One profile tried on what came over a line. */
export interface Trial {
  readonly outcomes: readonly Outcome[];
  /** Bytes in good frames; on a bus, questions that were answered. */
  readonly good: number;
  /** Bytes that were thrown away; on a bus, questions that were not answered. */
  readonly garbage: number;
}

/** More bytes between two results than this are not kept, only counted. */
const mostKept = 4096;

/**
 * Runs bytes through decoder and normalisation as the gateway does, and keeps which bytes made which frame. A device
 * that is plugged in sends the tail of a frame first, and is cut off in the middle of one: neither counts as garbage.
 */
export function tryBytes(
  setup: Setup,
  grammar: StreamGrammar,
  pieces: Iterable<{ readonly ms: number; readonly bytes: Uint8Array }>,
): Trial {
  const decoder = createDecoder(grammar);
  const outcomes: Outcome[] = [];
  let since: number[] = [];
  let [good, garbage, longest] = [0, 0, 0];
  for (const { ms, bytes } of pieces) {
    // Byte by byte, so that each result shows at which byte it was found.
    for (const byte of bytes) {
      if (since.length < mostKept) since.push(byte);
      for (const decoded of decoder.push(Uint8Array.of(byte))) {
        if (!decoded.ok) {
          since.splice(0, decoded.skipped);
          const isTail = good === 0 && garbage === 0 && decoded.skipped < tailOf(grammar);
          if (!isTail) garbage += decoded.skipped;
          outcomes.push({ ...decoded, ms });
          continue;
        }
        const frame = since.slice(grammar.kind === 'frame' ? -grammar.length : 0);
        since = [];
        // A sentence or an object that says nothing of this device may still be its own.
        if (Object.keys(decoded.fields).length > 0) good += frame.length;
        longest = Math.max(longest, frame.length);
        const values = normalise(setup, decoded.fields, { isWarmingUp: false });
        outcomes.push({ ok: true, ms, bytes: Uint8Array.from(frame), fields: decoded.fields, values });
      }
    }
  }
  if (since.length > longest) garbage += since.length;
  return { outcomes, good, garbage };
}

/** Longest beginning of a stream that may be the tail of a frame. */
function tailOf(grammar: StreamGrammar): number {
  return grammar.kind === 'frame' ? grammar.length : 'maxLength' in grammar ? grammar.maxLength : mostKept;
}
