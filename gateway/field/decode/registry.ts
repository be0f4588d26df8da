import type {
  Decode,
  FrameGrammar,
  Hj212Grammar,
  JsonGrammar,
  LineGrammar,
  NmeaGrammar,
} from '../../profiles/grammar.ts';
import type { Decoder } from './decoder.ts';
import { frameDecoder } from './frame.ts';
import { hj212Decoder } from './hj212.ts';
import { jsonDecoder } from './json.ts';
import { lineDecoder } from './line.ts';
import { nmeaDecoder } from './nmea.ts';

/** What a stream of bytes can be made of. */
export type StreamGrammar = FrameGrammar | LineGrammar | NmeaGrammar | JsonGrammar | Hj212Grammar;

const streamKinds: ReadonlySet<string> = new Set(['frame', 'line', 'nmea', 'json', 'hj212']);

export function isStreamGrammar(decode: Decode): decode is StreamGrammar {
  return streamKinds.has(decode.kind);
}

/** A decoder for the bytes of one device; each stream has its own. */
export function createDecoder(grammar: StreamGrammar): Decoder {
  switch (grammar.kind) {
    case 'frame':
      return frameDecoder(grammar);
    case 'line':
      return lineDecoder(grammar);
    case 'nmea':
      return nmeaDecoder(grammar);
    case 'json':
      return jsonDecoder(grammar);
    case 'hj212':
      return hj212Decoder(grammar);
  }
}
