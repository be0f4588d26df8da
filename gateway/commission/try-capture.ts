import { isStreamGrammar } from '../field/decode/registry.ts';
import { addressIn, bare, questionsTo } from '../field/decode/questions.ts';
import { normalise } from '../field/normalise/normalise.ts';
import type { Exchange } from '../profiles/profile.ts';
import type { Setup } from '../profiles/setup.ts';
import { lineText, type Capture, type Piece } from './capture.ts';
import { playExchange } from './exchange.ts';
import { tryBytes, type Outcome, type Trial } from './trial.ts';
import { hexText } from '../platform/hex.ts';

/** What a profile makes of a capture; `undefined` for devices that have no bytes of their own. */
export function tryCapture(setup: Setup, capture: Capture): Trial | undefined {
  const { decode, connect } = setup.profile;
  const line = 'line' in connect ? lineText(connect.line) : undefined;
  const pieces = atLine(capture.pieces, line);
  if (isStreamGrammar(decode))
    return tryBytes(
      setup,
      decode,
      pieces.filter(({ way }) => way === 'rx'),
    );
  return decode.kind === 'registers' || decode.kind === 'dlt645' ? tryExchanges(setup, exchangesIn(pieces)) : undefined;
}

/** What was heard at the line settings of a profile; everything, where nothing was heard at those. */
function atLine(pieces: readonly Piece[], wanted: string | undefined): readonly Piece[] {
  const own = pieces.filter(({ line = wanted }) => line === wanted);
  return own.some(({ way }) => way === 'rx') ? own : pieces;
}

interface Timed extends Exchange {
  readonly ms: number;
}

/** Each question with what came until the next one. */
function exchangesIn(pieces: readonly Piece[]): readonly Timed[] {
  const exchanges: { ms: number; ask: Uint8Array; answer: number[] }[] = [];
  for (const { way, ms, bytes } of pieces) {
    if (way === 'tx') exchanges.push({ ms, ask: bytes, answer: [] });
    else exchanges.at(-1)?.answer.push(...bytes);
  }
  return exchanges.map(({ answer, ...rest }) => ({ ...rest, answer: Uint8Array.from(answer) }));
}

function tryExchanges(setup: Setup, all: readonly Timed[]): Trial {
  const { decode } = setup.profile;
  const isOurs = ({ ask }: Timed): boolean =>
    questionsTo(decode, addressIn(decode.kind, ask)).some((one) => same(one.ask(0), ask));
  const polls = pollsIn(all.filter(isOurs));
  const played = playExchange(decode, polls.flat());
  const outcomes = polls.flatMap((poll, index): readonly Outcome[] => {
    const ms = poll[0]?.ms ?? 0;
    const fields = played.polls[index] ?? {};
    const bytes = Uint8Array.from(poll.flatMap(({ answer }) => [...answer]));
    const failures = playExchange(decode, poll).rejected.map((why): Outcome => ({
      ok: false,
      ms,
      bytes,
      why,
      skipped: bytes.length,
    }));
    if (Object.keys(fields).length === 0) return failures;
    return [...failures, { ok: true, ms, bytes, fields, values: normalise(setup, fields, { isWarmingUp: false }) }];
  });
  const garbage = outcomes.filter(({ ok }) => !ok).length;
  return { outcomes, good: polls.flat().length - garbage, garbage };
}

/** A poll begins where a question comes a second time, as `playExchange` has it. */
function pollsIn(exchanges: readonly Timed[]): readonly (readonly Timed[])[] {
  const polls: Timed[][] = [];
  for (const exchange of exchanges) {
    const current = polls.at(-1);
    if (!current || current.some(({ ask }) => same(ask, exchange.ask))) polls.push([exchange]);
    else current.push(exchange);
  }
  return polls;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => hexText(bare(a)) === hexText(bare(b));
