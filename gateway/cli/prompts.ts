import { stderr, stdin } from 'node:process';
import { confirm, isCancel, log, select, text } from '@clack/prompts';
import type { Key } from 'node:readline';
import type { Language } from '../model/errors.ts';

/** Somebody wants to see the step before once more. */
export const back = Symbol('back');
export type Back = typeof back;

/** Somebody has left the questions; nothing was done. */
export class Left extends Error {
  override readonly name = 'Left';
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  /** Shown beside it while it is pointed at. */
  readonly hint?: string;
  readonly disabled?: boolean;
}

/** Questions on the terminal. Escape gives `back`; Ctrl+C throws `Left`. Words go to the error output, as everywhere. */
export class Prompts {
  readonly #common = { input: stdin, output: stderr } as const;
  readonly #language: Language;
  #lastKey = '';
  readonly #listen = (_text: string | undefined, key: Key): void => {
    this.#lastKey = key.name ?? '';
  };

  constructor(language: Language) {
    this.#language = language;
  }

  open(): void {
    stdin.on('keypress', this.#listen);
  }

  close(): void {
    stdin.off('keypress', this.#listen);
    stdin.pause();
  }

  async choose<T extends string>(message: string, options: readonly Choice<T>[], first?: T): Promise<T | Back> {
    const maxItems = Math.max(5, (stderr.rows || 24) - 8);
    const answer = await select<string>({
      ...this.#common,
      message,
      options: [...options],
      maxItems,
      showInstructions: false,
      ...(first === undefined ? {} : { initialValue: first }),
    });
    if (isCancel(answer)) return this.#left();
    const chosen = options.find(({ value }) => value === answer);
    if (!chosen) throw new Error(`${answer} was not among the choices`);
    return chosen.value;
  }

  /**
   * @param initial - the answer of whoever only presses Enter.
   * @param example - no answer, and said to be none: who presses Enter on it has answered nothing.
   * @param check - what is wrong with an answer, if anything.
   */
  async ask(
    message: string,
    {
      initial,
      example,
      check,
    }: {
      readonly initial?: string;
      readonly example?: string;
      readonly check?: (answer: string) => string | undefined;
    },
  ): Promise<string | Back> {
    const answer = await text({
      ...this.#common,
      message,
      ...(initial === undefined ? {} : { initialValue: initial }),
      ...(example === undefined
        ? {}
        : { placeholder: { en: `such as ${example}`, zh: `例如 ${example}` }[this.#language] }),
      validate: (value) => check?.((value ?? '').trim()),
    });
    return isCancel(answer) ? this.#left() : (answer ?? '').trim();
  }

  async agree(message: string, yes: string, no: string): Promise<boolean | Back> {
    const answer = await confirm({ ...this.#common, message, active: yes, inactive: no });
    return isCancel(answer) ? this.#left() : answer;
  }

  /** Lines between two questions. */
  show(lines: readonly string[]): void {
    log.message([...lines], { output: stderr });
  }

  warn(lines: readonly string[]): void {
    log.warn(lines.join('\n'), { output: stderr });
  }

  #left(): Back {
    if (this.#lastKey === 'escape') return back;
    throw new Left();
  }
}
