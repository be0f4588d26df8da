import type { Language } from '../model/errors.ts';
import { progressLine } from './progress.ts';
import { back, Left, Prompts, type Back } from './prompts.ts';

/** Somebody at a terminal who can be asked, one question after the other; `undefined` when they give up. */
export interface Dialog {
  /** @param check - what is wrong with what they wrote. */
  text(
    question: string,
    about?: { readonly initial?: string; readonly check?: (answer: string) => string | undefined },
  ): Promise<string | undefined>;
  confirm(question: string): Promise<boolean | undefined>;
  /** Says that something is being waited for, until the work is done. */
  busy<T>(what: string, work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** The person at this terminal, or nobody. */
export function terminalDialog(language: Language): Dialog | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const prompts = new Prompts(language);
  const [yes, no] = { en: ['yes', 'no'] as const, zh: ['是', '否'] as const }[language];
  prompts.open();
  return {
    text: (question, about = {}) => answered(prompts.ask(question, about)),
    confirm: (question) => answered(prompts.agree(question, yes, no)),
    busy: async (what, work) => {
      const line = progressLine();
      line.show(what);
      try {
        return await work();
      } finally {
        line.clear();
      }
    },
    close: () => prompts.close(),
  };
}

/** Going a step back is giving up here: what was compared cannot be compared again with another instrument. */
async function answered<T>(asking: Promise<T | Back>): Promise<T | undefined> {
  try {
    const answer = await asking;
    return answer === back ? undefined : answer;
  } catch (error) {
    if (error instanceof Left) return undefined;
    throw error;
  }
}
