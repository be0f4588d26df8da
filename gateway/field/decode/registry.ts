import type { Decode, FrameGrammar, LineGrammar } from '../../profiles/profile.ts';
import type { Decoder } from './decoder.ts';
import { frameDecoder } from './frame.ts';
import { lineDecoder } from './line.ts';

/** What a stream of bytes can be made of. */
export type StreamGrammar = FrameGrammar | LineGrammar;

export function isStreamGrammar(decode: Decode): decode is StreamGrammar {
  return decode.kind === 'frame' || decode.kind === 'line';
}

/** A decoder for the bytes of one device; each stream has its own. */
export function createDecoder(grammar: StreamGrammar): Decoder {
  switch (grammar.kind) {
    case 'frame':
      return frameDecoder(grammar);
    case 'line':
      return lineDecoder(grammar);
  }
}
