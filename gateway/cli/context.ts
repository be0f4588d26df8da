import { GatewayError, reasonOf, exitCodes, gatewayError, type Language } from '../model/errors.ts';

/** What every command has: where data and words go, and how they are wanted. */
export interface Context {
  readonly language: Language;
  readonly isJson: boolean;
  /** Path given with --config. */
  readonly config: string | undefined;
  /** Broker given with --url. */
  readonly url: string | undefined;
  /** Data, one line. */
  readonly out: (line: string) => void;
  /** Words, one line. */
  readonly say: (line: string) => void;
  /** Aborts when the user or the system wants the command to end. */
  readonly signal: AbortSignal;
}

/** The reader's language: --lang, else the environment's. */
export function languageOf(wanted: string | undefined): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return (wanted ?? LC_ALL ?? LC_MESSAGES ?? LANG ?? '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Says an error to a person: what and where, then what to do. @returns the exit code. */
export function sayError(error: unknown, { language, say }: Pick<Context, 'language' | 'say'>): number {
  const known = error instanceof GatewayError ? error : gatewayError('INTERNAL', { reason: reasonOf(error) }, error);
  if (!(error instanceof GatewayError) && error instanceof Error) say(error.stack ?? error.message);
  say(`${known.says(language)} [${known.code}]`);
  say(`→ ${known.remedy(language)}`);
  return known.exitCode;
}

/** A word in the reader's language. */
export function pick(language: Language, words: { readonly en: string; readonly zh: string }): string {
  return words[language];
}

export const ok = exitCodes.ok;
