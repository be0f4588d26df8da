import { withIncreases, type Totals } from '../field/decode/increase.ts';
import { fieldsOf } from '../field/decode/question.ts';
import { addressIn, bare, questionsTo } from '../field/decode/questions.ts';
import type { Decode, Fields } from '../profiles/grammar.ts';
import type { Exchange } from '../profiles/profile.ts';
import { hexText } from '../platform/hex.ts';

export interface PlayedExchange {
  /** What each poll gave; one begins where a question comes a second time. */
  readonly polls: readonly Fields[];
  /** Why answers gave nothing. */
  readonly rejected: readonly string[];
  /** Some question is none that we would ask. */
  readonly isAskedWrong: boolean;
}

/** What a bus would make of questions and answers, through the same codec as the real one. */
export function playExchange(decode: Decode, exchange: readonly Exchange[]): PlayedExchange {
  const rejected: string[] = [];
  const polls: Fields[] = [];
  let asked: string[] = [];
  let isAskedWrong = false;
  for (const { ask, answer } of exchange) {
    const questions = questionsTo(decode, addressIn(decode.kind, ask));
    const text = hexText(bare(ask));
    const question = questions.find((one) => hexText(bare(one.ask(0))) === text);
    if (!question) {
      isAskedWrong = true;
      const ours = questions.map((one) => hexText(one.ask(0))).join(' / ');
      rejected.push(`Lamppost does not ask ${text}; it asks ${ours}`);
      continue;
    }
    if (asked.includes(text)) asked = [];
    if (asked.length === 0) polls.push({});
    asked.push(text);
    const found = question.read(answer, 0);
    polls.push({ ...polls.pop(), ...fieldsOf(question, found) });
    if (found.kind !== 'answer') rejected.push(found.why ?? 'nobody answered');
  }
  return { polls: increased(decode, polls), rejected, isAskedWrong };
}

function increased(decode: Decode, polls: readonly Fields[]): readonly Fields[] {
  let totals: Totals = {};
  return polls.map((poll) => {
    const step = withIncreases(decode, poll, totals);
    totals = step.totals;
    return step.fields;
  });
}
