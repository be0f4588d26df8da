import { GatewayError, reasonOf, exitCodes, gatewayError, type Language } from '../model/errors.ts';
import type { Words } from '../platform/problem.ts';

/** What every command has: where data and words go, and how they are wanted. */
export interface Context {
  readonly language: Language;
  readonly isJson: boolean;
  /** Path given with --config. */
  readonly config: string | undefined;
  /** Data, one line. */
  readonly out: (line: string) => void;
  /** Words, one line. */
  readonly say: (line: string) => void;
  /** Aborts when the user or the system wants the command to end. */
  readonly signal: AbortSignal;
}

/** What stands behind a command on its line. */
export interface Call {
  /** Its name, for `lamppost <command> --help`. */
  readonly command: string;
  readonly args: readonly string[];
  /** Options by their long name in camel case; absent when not given. */
  readonly options: Readonly<Record<string, string | readonly string[] | boolean>>;
}

/** One command. @returns the exit code. */
export type Run = (context: Context, call: Call) => Promise<number>;

/** The value of an option. */
export function optionOf({ options }: Call, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of an option that takes several. */
export function listOf({ options }: Call, name: string): readonly string[] {
  const value = options[name];
  return typeof value === 'object' ? value : [];
}

/** Whether an option that takes no value was given. */
export const isGiven = ({ options }: Call, name: string): boolean => options[name] === true;

/** The reader's language: --lang, else the environment's. */
export function languageOf(wanted: string | undefined): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return ([wanted, LC_ALL, LC_MESSAGES, LANG].find(Boolean) ?? '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/**
 * Says an error: what and where, then what to do. A program that asked for JSON gets it as one line of JSON.
 *
 * @returns the exit code.
 */
export function sayError(
  error: unknown,
  { language, isJson, say }: Pick<Context, 'language' | 'isJson' | 'say'>,
): number {
  const known = error instanceof GatewayError ? error : gatewayError('INTERNAL', { reason: reasonOf(error) }, error);
  const { code, exitCode } = known;
  if (isJson) {
    say(
      JSON.stringify({ error: { code, says: known.says(language), remedy: known.remedy(language), exit: exitCode } }),
    );
    return exitCode;
  }
  if (!(error instanceof GatewayError) && error instanceof Error) say(error.stack ?? error.message);
  say(`${known.says(language)} [${code}]`);
  say(`→ ${known.remedy(language)}`);
  return exitCode;
}

/** Wrong use of a command, in words of both languages. */
export function usage({ command }: Call, what: Words): GatewayError {
  return gatewayError('USAGE', { what, command: `lamppost ${command}` });
}

/** The value of `--seconds`. @throws GatewayError USAGE */
export function secondsOf(call: Call, usual: number): number {
  const written = optionOf(call, 'seconds');
  const seconds = Number(written ?? usual);
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw usage(call, {
    en: `\`${written}\` is not a number of seconds; 0.5 to 3600 is`,
    zh: `\`${written}\` 不是有效的秒数（0.5 至 3600）`,
  });
}

export const { ok, failed } = exitCodes;
